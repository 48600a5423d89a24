import { WORKER_EXIT } from '../../../shared/worker-protocol.ts';
import type { Fix } from '../../../shared/diagnosis.ts';
import { formatCount } from '../../../shared/units.ts';
import type { AttemptFailure, ExaminedScan } from '../../catalog/examine.ts';
import { BUILD_IMAGE, goOn, LOOK_AGAIN, retryFailed, scanAgain } from '../fixes.ts';
import type { FindingId } from '../kinds.ts';
import { endedWell, scanOf } from '../look.ts';
import type { Check, Found, Seen } from '../types.ts';

/** What exit codes and error codes of attempts mean; the first that fits. */
const ATTEMPT_OF: readonly (readonly [(failure: AttemptFailure) => boolean, FindingId])[] = [
  [({ code }) => code === 'DISK_FULL' || code === 'MERGE_DISK_FULL', 'disk-full'],
  [({ exitCode }) => exitCode === WORKER_EXIT.spoolFull, 'disk-full'],
  [({ code, outcome }) => code === 'WORKER_OOM' || outcome === 'oom', 'worker-out-of-memory'],
  [({ code }) => code === 'DOCKER_UNREACHABLE', 'docker-unreachable'],
  [({ exitCode, outcome }) => outcome === 'lost' && exitCode === 255, 'docker-restarted'],
  [({ reason }) => /Range of CPUs|memory limit/u.test(reason ?? ''), 'limits-above-host'],
  [({ reason }) => (reason ?? '').includes('bind source path does not exist'), 'mount-missing'],
  [({ reason }) => reason?.toLowerCase().includes('no such image') === true, 'image-missing'],
  [({ reason }) => /exec format error/iu.test(reason ?? ''), 'image-architecture'],
  [({ reason }) => /no space left/iu.test(reason ?? ''), 'disk-full'],
  [({ code, outcome }) => code === 'WORKER_START' || outcome === 'start-failed', 'worker-start-failed'],
  [({ code, outcome }) => code === 'WORKER_STALLED' || outcome === 'stalled', 'directory-stalls'],
  [({ code }) => code === 'WORKER_PROTOCOL', 'image-outdated'],
  [({ outcome }) => outcome === 'mount', 'mount-not-listable'],
  [({ code }) => code?.startsWith('SHARD_') === true, 'shard-damaged'],
  [({ code, outcome }) => code === 'WORKER_KILLED' || outcome === 'killed', 'worker-killed'],
  [({ code }) => code === 'WORKER_CRASHED', 'worker-crashed'],
];

export const attempts: Check = {
  id: 'attempts',
  title: 'Workers ended as they should',
  category: 'scan',
  needs: ['catalog'],
  wakesDisks: false,
  cost: 'a few queries in the catalog',
  timeoutMs: 30_000,
  applicable: async (look) => (await scanOf(look)) !== null,
  finds: [...new Set(ATTEMPT_OF.map(([, id]) => id))],
  run: async (look): Promise<Seen> => {
    const scan = await scanOf(look);
    if (scan === null || scan.failures.length === 0) return { said: 'No attempt failed.', findings: [] };
    const all = scan.failures.reduce((sum, failure) => sum + failure.attempts, 0);
    // Mended by trying again: what is worth telling is only what stayed.
    if (endedWell(scan))
      return { said: `${formatCount(all)} attempts failed and were tried again; all is covered.`, findings: [] };
    const findings = scan.failures.flatMap((failure): Found[] => {
      // While it runs, what is tried again is no failure yet; once it has ended, what helped in the end is none.
      if ((scan.alive || scan.state === 'finished') && failure.failedChunks === 0) return [];
      const id = ATTEMPT_OF.find(([fits]) => fits(failure))?.[1];
      if (id === undefined) return [];
      const exit = failure.exitCode === null ? '' : `, exit code ${failure.exitCode}${exitMeaning(failure.exitCode)}`;
      return [
        {
          id,
          about: scan.mountName,
          mount: scan.mountName,
          seen: `${formatCount(failure.attempts)} ${failure.attempts === 1 ? 'attempt' : 'attempts'} at ${formatCount(failure.chunks)} ${failure.chunks === 1 ? 'chunk' : 'chunks'} ended with ${failure.code ?? failure.outcome}${exit}.`,
          confidence: failure.failedChunks > 0 ? 'certain' : 'likely',
          evidence: [
            failure.reason ?? failure.outcome,
            `chunks that failed for good: ${formatCount(failure.failedChunks)}`,
          ],
          fixes: fixesOf(id, failure, scan),
        },
      ];
    });
    return { said: `${formatCount(all)} attempts failed.`, findings };
  },
};

function fixesOf(id: FindingId, failure: AttemptFailure, scan: ExaminedScan): Fix[] {
  const fewer = Math.max(1, Math.floor((scan.settings.maxContainers ?? FEWER_OF) / 2));
  switch (id) {
    case 'worker-out-of-memory': {
      const chunkEntries = Math.max(10_000, Math.floor(scan.settings.chunkEntries / 4));
      const label = `Scan again with 1 thread and chunks of ${formatCount(chunkEntries)} entries`;
      return [
        scanAgain(scan, { chunkEntries, threads: 1 }, label, 'smaller-chunks'),
        again(scan, { maxContainers: fewer }, `Use ${workers(fewer)}`),
      ];
    }
    case 'worker-killed':
      return [again(scan, { maxContainers: fewer }, `Use ${workers(fewer)}`)];
    case 'limits-above-host': {
      // What is asked for is cut to what the host has each time anew.
      const has = /only (\d+) CPUs|to (\d+)(?:\.\d+)?,/u
        .exec(failure.reason ?? '')
        ?.slice(1)
        .find(Boolean);
      return [again(scan, {}, has === undefined ? 'Use what there is' : `Use ${has}`)];
    }
    case 'image-outdated':
    case 'image-missing':
      return [BUILD_IMAGE, again(scan)];
    case 'docker-unreachable':
    case 'mount-missing':
    case 'disk-full':
      return [LOOK_AGAIN, again(scan)];
    default:
      return [again(scan)];
  }
}

/** What failed in a scan that has ended is tried again; one that was stopped before its end goes on, with all that it has left. */
function again(scan: ExaminedScan, changes: { readonly maxContainers?: number } = {}, how = ''): Fix {
  return scan.state === 'finished' || scan.alive
    ? retryFailed(scan, changes, how)
    : goOn(scan, changes, how === '' ? '' : `${how}, go on`);
}

/** Where none was set: what Docker hosts get. */
const FEWER_OF = 8;

function workers(count: number): string {
  return `${count} ${count === 1 ? 'worker' : 'workers'}`;
}

const NAMES = new Map<number, string>(Object.entries(WORKER_EXIT).map(([name, code]) => [code, name]));

/** In brackets, after the code; empty: it means nothing to anybody. */
export function exitMeaning(code: number): string {
  const known: Readonly<Record<number, string>> = {
    134: 'aborted',
    137: 'killed',
    139: 'crashed: segmentation fault',
    143: 'ended',
    255: 'lost with its daemon',
  };
  const meaning = NAMES.get(code) ?? known[code];
  return meaning === undefined ? '' : ` (${meaning})`;
}
