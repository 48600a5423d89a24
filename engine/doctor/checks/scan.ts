import { WORKER_EXIT } from '../../../shared/worker-protocol.ts';
import { nameText } from '../../../shared/names.ts';
import type { CertificateGap } from '../../../shared/certificate.ts';
import { formatCount, formatDuration } from '../../../shared/units.ts';
import { localStamp } from '../../log/format.ts';
import type { AttemptFailure, ExaminedScan } from '../../catalog/examine.ts';
import type { FindingId } from '../kinds.ts';
import { endedWell, scanOf, type Look } from '../look.ts';
import type { Fix } from '../../../shared/diagnosis.ts';
import { BUILD_IMAGE, goOn, retryFailed, scanAgain } from '../fixes.ts';
import type { Check, Found, Seen } from '../types.ts';

const EXAMPLES = 5;

const common = {
  category: 'scan',
  needs: ['data directory'],
  wakesDisks: false,
  cost: 'a few queries in the catalog',
  timeoutMs: 30_000,
  applicable: async (look: Look) => (await scanOf(look)) !== null,
} as const satisfies Partial<Check>;

const nameOf = (scan: ExaminedScan): string => `The scan of ${scan.mountName} of ${localStamp(scan.startedAtMs)}`;

export const scanOutcome: Check = {
  ...common,
  id: 'scan-outcome',
  title: 'The scan came to its end',
  finds: [
    'scan-abandoned',
    'scan-elsewhere',
    'scan-interrupted',
    'scan-not-published',
    'certificate-disagrees',
    'chunks-failed',
    'inventory-empty',
    'excludes-everything',
  ],
  run: async (look): Promise<Seen> => {
    const scan = await scanOf(look);
    if (scan === null) return { said: 'There is no such scan.', findings: [] };
    const name = nameOf(scan);
    const findings: Found[] = [];
    const found = (id: FindingId, what: string, evidence: readonly string[], fixes: readonly Fix[] = []): void => {
      findings.push({
        id,
        seen: `${name} ${what}`,
        confidence: 'certain',
        evidence: [`scan ${scan.scanId} by ${scan.owner}`, ...evidence],
        fixes,
      });
    };
    const { certificate } = scan;
    const computer = (owner: string): string => owner.slice(owner.lastIndexOf('@') + 1);
    if (scan.state === 'open' && !scan.alive) {
      if (computer(scan.owner) === computer(look.owner))
        found(
          'scan-abandoned',
          'is open, but nobody runs it any more.',
          ['its lock is free', chunksText(scan)],
          [goOn(scan)],
        );
      else found('scan-elsewhere', `belongs to ${scan.owner}.`, [chunksText(scan)]);
    }
    if (scan.state === 'interrupted')
      found('scan-interrupted', 'was stopped before its end.', [chunksText(scan)], [goOn(scan)]);
    if (certificate?.verdict === 'disagrees')
      found(
        'certificate-disagrees',
        'has sums that do not add up.',
        certificate.disagreements.map(({ what, expected, found: is }) => `${what}: expected ${expected}, found ${is}`),
      );
    const { files, excluded, returned } = certificate?.entries ?? { files: 0, excluded: 0, returned: 0 };
    const allExcluded = files === 0 && excluded > 0 && excluded === returned;
    if (allExcluded)
      found(
        'excludes-everything',
        `left out all ${formatCount(excluded)} entries of ${scan.mountPath}.`,
        [`rules: ${scan.settings.excludes.join(', ')}`],
        [scanAgain(scan, { excludes: [] }, 'Scan again without exclude rules')],
      );
    else if (
      scan.state === 'finished' &&
      certificate !== null &&
      !certificate.published &&
      certificate.unpublishedReason !== null
    )
      found(
        'scan-not-published',
        `did not become the inventory: ${certificate.unpublishedReason}.`,
        [],
        [scanAgain(scan, {}, 'Scan again')],
      );
    else if (scan.state === 'finished' && scan.files === 0 && returned === 0)
      found('inventory-empty', `finished and found no file in ${scan.mountPath}.`, ['files: 0']);
    const failed = scan.chunks['failed'] ?? 0;
    if (failed > 0)
      found(
        'chunks-failed',
        `has ${formatCount(failed)} failed ${failed === 1 ? 'chunk' : 'chunks'}.`,
        scan.failedChunks.slice(0, EXAMPLES).map(({ chunkId, reason }) => `chunk ${chunkId}: ${reason}`),
        [retryFailed(scan)],
      );
    const state = scan.state === 'open' ? (scan.alive ? 'runs' : 'has no owner') : scan.state;
    return {
      said: `${name}: ${state}, ${certificate?.verdict ?? 'no certificate'}, ${formatCount(scan.files)} files; ${chunksText(scan)}.`,
      findings,
    };
  },
};

function chunksText(scan: ExaminedScan): string {
  const parts = Object.entries(scan.chunks).map(([state, count]) => `${formatCount(count)} ${state}`);
  return `chunks: ${parts.length === 0 ? 'none' : parts.join(', ')}`;
}

const GAP_OF: readonly (readonly [RegExp, FindingId])[] = [
  [/^(EACCES|EPERM)$/u, 'gaps-permission'],
  [/^(EIO|EUCLEAN|EREMOTEIO|EBADMSG)$/u, 'disk-errors'],
  [/^ESTALE$/u, 'nfs-stale'],
  [/^(STALLED|QUARANTINED|WORKER_STALLED)$/u, 'directory-stalls'],
  [/^TOO_LARGE$/u, 'directory-endless'],
  [/^(ENOTCONN|ENODEV|ENXIO|ECONNABORTED|EHOSTDOWN)$/u, 'mount-gone'],
  [/^E[A-Z0-9]+$/u, 'gaps-other'],
];

export const gaps: Check = {
  ...common,
  id: 'gaps',
  title: 'The certificate has no gaps',
  finds: [
    'gaps-permission',
    'disk-errors',
    'nfs-stale',
    'directory-stalls',
    'directory-endless',
    'mount-gone',
    'gaps-other',
  ],
  run: async (look): Promise<Seen> => {
    const scan = await scanOf(look);
    const certificate = scan?.certificate ?? null;
    if (scan === null || certificate === null) return { said: 'It has no certificate yet.', findings: stalled(scan) };
    const groups = new Map<FindingId, CertificateGap[]>();
    for (const gap of certificate.gaps) {
      const id = GAP_OF.find(([reason]) => reason.test(gap.reason))?.[1];
      if (id !== undefined) groups.set(id, [...(groups.get(id) ?? []), gap]);
    }
    const findings = [...groups].map(([id, list]): Found => ({
      id,
      seen: `${formatCount(list.length)} ${list.length === 1 ? 'directory or entry' : 'directories or entries'} of ${scan.mountName} could not be read: ${[...new Set(list.map(({ reason }) => reason))].join(', ')}.`,
      confidence: 'certain',
      evidence: list
        .slice(0, EXAMPLES)
        .map(({ path, reason, syscall }) => `${nameText(path) || '(mount point)'}: ${syscall ?? ''} ${reason}`),
      fixes: [scanAgain(scan, {}, 'Scan again')],
    }));
    return {
      said: `${formatCount(certificate.gapCount)} gaps, ${formatCount(certificate.entries.excluded + certificate.directories.excluded)} excluded.`,
      findings: [...findings, ...(groups.has('directory-stalls') ? [] : stalled(scan))],
    };
  },
};

function stalled(scan: ExaminedScan | null): Found[] {
  if (scan === null || scan.setAside.length === 0) return [];
  return [
    {
      id: 'directory-stalls',
      seen: `${formatCount(scan.setAside.length)} ${scan.setAside.length === 1 ? 'directory is' : 'directories are'} set aside.`,
      confidence: 'certain',
      evidence: scan.setAside
        .slice(0, EXAMPLES)
        .map(({ path, syscall, reason }) => `${path || '(mount point)'}: ${syscall ?? 'ends its worker'} (${reason})`),
    },
  ];
}

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
  ...common,
  id: 'attempts',
  title: 'Workers ended as they should',
  finds: [...new Set(ATTEMPT_OF.map(([, id]) => id))],
  run: async (look): Promise<Seen> => {
    const scan = await scanOf(look);
    if (scan === null || scan.failures.length === 0) return { said: 'No attempt failed.', findings: [] };
    const all = scan.failures.reduce((sum, failure) => sum + failure.attempts, 0);
    // Mended by trying again: what is worth telling is only what stayed.
    if (endedWell(scan))
      return { said: `${formatCount(all)} attempts failed and were tried again; all is covered.`, findings: [] };
    const findings = scan.failures.flatMap((failure): Found[] => {
      const id = ATTEMPT_OF.find(([fits]) => fits(failure))?.[1];
      if (id === undefined) return [];
      const exit = failure.exitCode === null ? '' : `, exit code ${failure.exitCode}${exitMeaning(failure.exitCode)}`;
      return [
        {
          id,
          seen: `${formatCount(failure.attempts)} ${failure.attempts === 1 ? 'attempt' : 'attempts'} at ${formatCount(failure.chunks)} ${failure.chunks === 1 ? 'chunk' : 'chunks'} ended with ${failure.code ?? failure.outcome}${exit}.`,
          confidence: failure.failedChunks > 0 ? 'certain' : 'likely',
          evidence: [
            failure.reason ?? failure.outcome,
            `chunks that failed for good: ${formatCount(failure.failedChunks)}`,
          ],
          fixes: fixesOf(id, scan),
        },
      ];
    });
    return { said: `${formatCount(all)} attempts failed.`, findings };
  },
};

function fixesOf(id: FindingId, scan: ExaminedScan): Fix[] {
  if (id === 'worker-out-of-memory') {
    const chunkEntries = Math.max(10_000, Math.floor(scan.settings.chunkEntries / 4));
    return [
      scanAgain(
        scan,
        { chunkEntries, threads: 1 },
        `Scan again with 1 thread and chunks of ${formatCount(chunkEntries)} entries`,
      ),
    ];
  }
  if (id === 'image-outdated' || id === 'image-missing') return [BUILD_IMAGE];
  return [scanAgain(scan, {}, 'Scan again')];
}

const NAMES = new Map<number, string>(Object.entries(WORKER_EXIT).map(([name, code]) => [code, name]));

function exitMeaning(code: number): string {
  const known: Readonly<Record<number, string>> = {
    134: 'aborted',
    137: 'killed',
    139: 'aborted',
    143: 'ended',
    255: 'lost with its daemon',
  };
  const meaning = NAMES.get(code) ?? known[code];
  return meaning === undefined ? '' : ` (${meaning})`;
}

export const settings: Check = {
  ...common,
  id: 'settings',
  title: 'Settings do not fight each other',
  finds: ['threads-many', 'stall-timeout-short'],
  run: async (look): Promise<Seen> => {
    const scan = await scanOf(look);
    if (scan === null) return { said: 'There is no such scan.', findings: [] };
    const { threads, maxContainers, stallTimeoutMs } = scan.settings;
    const findings: Found[] = [];
    const daemon = scan.runtime === 'docker' ? await look.daemon() : null;
    const cpus = daemon?.reached === true ? daemon.info.cpus : null;
    const all = (threads ?? 1) * (maxContainers ?? 1);
    if (cpus !== null && threads !== null && maxContainers !== null && all > cpus * 32)
      findings.push({
        id: 'threads-many',
        seen: `${maxContainers} workers of ${threads} threads are ${all} threads for ${cpus} CPUs.`,
        confidence: 'certain',
        evidence: [`--max-containers ${maxContainers} --threads ${threads}`],
        fixes: [scanAgain(scan, { threads: null, maxContainers: null }, 'Scan again with what fits the host')],
      });
    if (stallTimeoutMs < 20_000)
      findings.push({
        id: 'stall-timeout-short',
        seen: `A call that takes ${formatDuration(stallTimeoutMs)} counts as stalled.`,
        confidence: 'certain',
        evidence: [`--stall-timeout ${stallTimeoutMs / 1000}`],
        fixes: [scanAgain(scan, { stallTimeoutMs: 600_000 }, 'Scan again with the usual stall timeout')],
      });
    return { said: findings.length === 0 ? 'They go together.' : 'Some stand in the way.', findings };
  },
};
