import { formatCount } from '../../../shared/units.ts';
import type { ExaminedScanRow } from '../../catalog/examine.ts';
import { restart } from '../fixes.ts';
import { runningScans } from '../look.ts';
import type { Check, Found, Seen } from '../types.ts';

const SLOWER = 0.5;
/** Less says nothing of speed. */
const ENOUGH_FILES = 50_000;
const ENOUGH_MS = 60_000;

export const scanSpeed: Check = {
  id: 'scan-speed',
  title: 'The scan is as fast as the one before',
  category: 'scan',
  needs: ['catalog'],
  wakesDisks: false,
  cost: 'a query in the catalog',
  timeoutMs: 30_000,
  finds: ['scan-slower'],
  applicable: async (look) => ((await look.catalog()).ours?.scans ?? []).length > 1,
  run: async (look): Promise<Seen> => {
    const { ours } = await look.catalog();
    const scans = ours?.scans ?? [];
    const wanted = scans.find(({ scanId }) => scanId === ours?.scan?.scanId);
    if (wanted === undefined) return { said: 'There is no such scan.', findings: [] };
    const live = (await runningScans(look)).find(({ snapshot }) => snapshot.scanId === wanted.scanId);
    const now: ExaminedScanRow =
      live === undefined ? wanted : { ...wanted, files: live.snapshot.files, finishedAtMs: look.nowMs };
    const before = scans.find(
      (scan) =>
        scan.finished &&
        scan.mountName === wanted.mountName &&
        scan.startedAtMs < wanted.startedAtMs &&
        rateOf(scan) !== null,
    );
    const slower = before === undefined ? null : judgeSpeedOf(now, before);
    if (slower === null) return { said: 'Nothing says that it is slower.', findings: [] };
    const fixes =
      live === undefined || live.snapshot.load === 'fast'
        ? []
        : [restart('faster', wanted, { load: 'fast' }, 'Let it take more of the host', 'with --load fast')];
    return { said: slower.seen, findings: [{ ...slower, fixes }] };
  },
};

/**
 * Files a second since it last went on: what it did before that, with other settings, says nothing of how it does now, and it may have lain
 * still for days in between. Pauses count as time. null: too little to tell.
 */
function rateOf(scan: ExaminedScanRow): number | null {
  const { files, ms } = stretchOf(scan);
  return files < ENOUGH_FILES || ms < ENOUGH_MS ? null : files / (ms / 1000);
}

function stretchOf({ files, filesBefore, wentOnAtMs, finishedAtMs }: ExaminedScanRow): { files: number; ms: number } {
  return { files: files - filesBefore, ms: (finishedAtMs ?? wentOnAtMs) - wentOnAtMs };
}

/** null: too little to tell, or not slower. */
export function judgeSpeedOf(now: ExaminedScanRow, before: ExaminedScanRow): Found | null {
  const [rate, was] = [rateOf(now), rateOf(before)];
  if (rate === null || was === null || rate > was * SLOWER) return null;
  const [text, wasText] = [rate, was].map((one) => formatCount(Math.round(one)));
  return {
    id: 'scan-slower',
    about: now.mountName,
    mount: now.mountName,
    seen: `${now.mountName}: ${text ?? ''} files a second, ${wasText ?? ''} the time before.`,
    confidence: 'certain',
    evidence: [now, before].map((scan) => {
      const { files, ms } = stretchOf(scan);
      const since = scan.wentOnAtMs === scan.startedAtMs ? '' : ' since it went on';
      return `scan ${scan.scanId}: ${formatCount(files)} files in ${Math.round(ms / 1000)} s${since}, pauses included`;
    }),
  };
}
