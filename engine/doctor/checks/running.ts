import { nameText } from '../../../shared/names.ts';
import type { RunningChunk } from '../../../shared/snapshot.ts';
import { formatCount, formatDuration } from '../../../shared/units.ts';
import type { LiveScan } from '../../app/app.ts';
import type { Fix } from '../../../shared/diagnosis.ts';
import { LOOK_AGAIN, press } from '../fixes.ts';
import type { Check, Found, Seen } from '../types.ts';

/** A disk that wakes up takes up to 15 s. */
const STUCK_MS = 30_000;
/** One directory that takes longer than this looks stuck to who watches. */
const BIG_MS = 30_000;

export const running: Check = {
  id: 'running',
  title: 'What runs moves',
  category: 'scan',
  needs: ['data directory'],
  wakesDisks: false,
  cost: 'reads the state files',
  timeoutMs: 20_000,
  finds: ['directory-big', 'directory-stuck'],
  applicable: async (look) => (await look.live()).some(({ alive }) => alive),
  run: async (look): Promise<Seen> => {
    const live = (await look.live()).filter(({ alive }) => alive);
    const chunks = live.flatMap((scan) => scan.snapshot.running.map((chunk) => ({ scan, chunk })));
    return {
      said: `${live.length} running, ${chunks.length} chunks under way.`,
      findings: chunks.flatMap(({ scan, chunk }) => judgeChunk(scan, chunk, look.nowMs) ?? []),
    };
  },
};

/** Stuck: in one call for long. Big: long in one directory of very many names, and the last progress is fresh. */
export function judgeChunk(scan: LiveScan, chunk: RunningChunk, nowMs: number): Found | null {
  const { entries, path, syscall, waitingMs, lastProgressAtMs, large, label, chunkId } = chunk;
  const where = nameText(path ?? label) || '(mount point)';
  const quietMs = Math.max(0, nowMs - lastProgressAtMs);
  const mount = scan.snapshot.mountName;
  const stop = press(
    `stop-chunk:${chunkId}`,
    'Leave it out and finish',
    { do: 'stop-chunk', scanId: scan.snapshot.scanId, chunkId },
    {
      consequence: `Gives up chunk ${chunkId}; the others go on. What lies there is unknown then, and can be retried.`,
      verify: 'Whether the scan moves is looked at again.',
    },
  );
  // How long its program was silent says nothing of the directory.
  if (waitingMs >= STUCK_MS)
    return {
      id: 'directory-stuck',
      about: `${mount}/${where}`,
      mount,
      seen: `\`${syscall ?? 'a call'}\` on \`${where}\` of ${mount} has not returned for ${formatDuration(waitingMs)}.`,
      confidence: 'certain',
      evidence: [
        `chunk ${chunkId}: ${formatCount(entries)} entries, last progress ${formatDuration(quietMs)} ago`,
        besides(scan, chunk),
      ],
      fixes: [stop, waitFor],
    };
  // A scan of an older version tells nothing of it.
  if ((large?.sinceMs ?? 0) < BIG_MS || large === null || quietMs >= STUCK_MS) return null;
  const big = nameText(large.path) || '(mount point)';
  const rate = Math.round(large.names / (large.sinceMs / 1000));
  return {
    id: 'directory-big',
    about: `${mount}/${big}`,
    mount,
    seen: `\`${big}\` of ${mount} holds ${formatCount(large.names)} entries so far, ${formatCount(rate)} a second, last progress ${formatDuration(quietMs)} ago.`,
    confidence: 'certain',
    evidence: [`chunk ${chunkId} reads it for ${formatDuration(large.sinceMs)}`, besides(scan, chunk)],
    fixes: [waitFor, stop],
  };
}

const waitFor: Fix = {
  ...LOOK_AGAIN,
  id: 'keep-waiting',
  label: 'Keep waiting',
  consequence: 'Changes nothing; looks again.',
};

/** Whether it is the directory or what it lies on. */
function besides({ snapshot }: LiveScan, chunk: RunningChunk): string {
  const others = snapshot.running.filter(({ chunkId }) => chunkId !== chunk.chunkId);
  const stuck = others.filter(({ waitingMs }) => waitingMs >= STUCK_MS);
  if (stuck.length > 0)
    return `also waiting: ${stuck.map(({ path, label }) => nameText(path ?? label) || '(mount point)').join(', ')}: likely one disk`;
  return others.length === 0 ? 'nothing else runs' : `${others.length} other chunks move`;
}
