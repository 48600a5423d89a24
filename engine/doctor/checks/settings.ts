import { LIMITS } from '../../../shared/settings.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import { scanAgain } from '../fixes.ts';
import { scanOf } from '../look.ts';
import type { Check, Found, Seen } from '../types.ts';

const DAY_MINUTES = 1_440;
const NARROW_MINUTES = 60;

export const settings: Check = {
  id: 'settings',
  title: 'Settings do not fight each other',
  category: 'scan',
  needs: ['catalog'],
  wakesDisks: false,
  cost: 'none beyond what others ask',
  timeoutMs: 30_000,
  finds: ['threads-many', 'limits-clamped', 'stall-timeout-short', 'analysis-timeout-short', 'window-narrow'],
  applicable: async (look) => (await scanOf(look)) !== null,
  run: async (look): Promise<Seen> => {
    const scan = await scanOf(look);
    if (scan === null) return { said: 'There is no such scan.', findings: [] };
    const daemon = scan.runtime === 'docker' ? await look.daemon() : null;
    const host = daemon?.reached === true ? daemon.info : null;
    const findings = judgeSettings(scan, host);
    return { said: findings.length === 0 ? 'They go together.' : 'Some stand in the way.', findings };
  },
};

/** `host`: what there is; null where that is not known. */
export function judgeSettings(
  scan: Parameters<typeof scanAgain>[0],
  host: { readonly cpus: number; readonly memoryBytes: number } | null,
): Found[] {
  const { threads, maxContainers, stallTimeoutMs, analysisTimeoutMs, planWay, cpus, memoryBytes, window } =
    scan.settings;
  const findings: Found[] = [];
  const found = (id: Found['id'], seen: string, option: string, changes: Parameters<typeof scanAgain>[1]): void => {
    findings.push({
      id,
      about: scan.mountName,
      mount: scan.mountName,
      seen,
      confidence: 'certain',
      evidence: [option],
      fixes: [scanAgain(scan, changes, 'Scan again with what is usual', id)],
    });
  };
  const all = (threads ?? 1) * (maxContainers ?? 1);
  if (host !== null && threads !== null && maxContainers !== null && all > host.cpus * 32)
    found(
      'threads-many',
      `${maxContainers} workers of ${threads} threads are ${all} threads for ${host.cpus} CPUs.`,
      `--max-containers ${maxContainers} --threads ${threads}`,
      { threads: null, maxContainers: null },
    );
  // The defaults are the original's and meant to be cut to the host.
  const tooMany = host !== null && cpus !== LIMITS.cpus && cpus > host.cpus;
  const tooMuch = host !== null && memoryBytes !== LIMITS.memoryBytes && memoryBytes > host.memoryBytes;
  if (host !== null && (tooMany || tooMuch))
    found(
      'limits-clamped',
      `Workers were to have ${cpus} CPUs and ${formatBytes(memoryBytes)} each; the host has ${host.cpus} CPUs and ${formatBytes(host.memoryBytes)}.`,
      `--cpus ${cpus} --memory ${formatBytes(memoryBytes)}`,
      { cpus: LIMITS.cpus, memoryBytes: LIMITS.memoryBytes },
    );
  if (stallTimeoutMs < 20_000)
    found(
      'stall-timeout-short',
      `A call that takes ${formatDuration(stallTimeoutMs)} counts as stalled.`,
      `--stall-timeout ${stallTimeoutMs / 1000}`,
      { stallTimeoutMs: LIMITS.stallTimeoutMs },
    );
  if (analysisTimeoutMs < stallTimeoutMs && planWay !== 'fast-start')
    found(
      'analysis-timeout-short',
      `Measuring ends after ${formatDuration(analysisTimeoutMs)}, a stall is seen after ${formatDuration(stallTimeoutMs)}.`,
      `--analysis-timeout ${analysisTimeoutMs / 1000} --stall-timeout ${stallTimeoutMs / 1000}`,
      { analysisTimeoutMs: LIMITS.analysisTimeoutSeconds * 1000, stallTimeoutMs: LIMITS.stallTimeoutMs },
    );
  // From 0:00 to 24:00 is the whole day, not none of it.
  const open = window === null ? DAY_MINUTES : mod(window.to - window.from - 1, DAY_MINUTES) + 1;
  if (open < NARROW_MINUTES)
    found('window-narrow', `It may run for ${open} minutes a day.`, '--window', { window: null });
  return findings;
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
