import { nameText } from '../../../shared/names.ts';
import type { CertificateGap } from '../../../shared/certificate.ts';
import { formatCount } from '../../../shared/units.ts';
import { localStamp } from '../../log/format.ts';
import type { ExaminedScan } from '../../catalog/examine.ts';
import type { FindingId } from '../kinds.ts';
import { scanOf, type Look } from '../look.ts';
import type { Fix } from '../../../shared/diagnosis.ts';
import { copy, exclude, goOn, quote, retryFailed, retrySetAside, scanAgain } from '../fixes.ts';
import type { Check, Found, Seen } from '../types.ts';

const EXAMPLES = 5;

const common = {
  category: 'scan',
  needs: ['catalog'],
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
        about: scan.scanId,
        mount: scan.mountName,
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
        [scanAgain(scan, {}, 'Scan again')],
      );
    const { files, excluded, returned } = certificate?.entries ?? { files: 0, excluded: 0, returned: 0 };
    const allExcluded = files === 0 && excluded > 0 && excluded === returned;
    if (allExcluded)
      found(
        'excludes-everything',
        `left out all ${formatCount(excluded)} entries of ${scan.mountPath}.`,
        [`rules: ${scan.settings.excludes.join(', ')}`],
        [scanAgain(scan, { excludes: [] }, 'Scan again without exclude rules', 'no-excludes')],
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
        [
          scanAgain(scan, {}, 'Scan again'),
          {
            ...scanAgain(scan, { publish: true }, 'Scan again and take what is found', 'publish'),
            consequence: `What this scan finds of ${scan.mountPath} becomes the inventory, however little it is.`,
          },
        ],
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
      about: scan.mountName,
      mount: scan.mountName,
      seen: seenOf(scan, list),
      confidence: 'certain',
      evidence: list
        .slice(0, EXAMPLES)
        .map(({ path, reason, syscall }) => `${nameText(path) || '(mount point)'}: ${syscall ?? ''} ${reason}`),
      fixes: gapFixes(id, scan, list),
    }));
    return {
      said: `${formatCount(certificate.gapCount)} gaps, ${formatCount(certificate.entries.excluded + certificate.directories.excluded)} excluded.`,
      findings: [...findings, ...(groups.has('directory-stalls') ? [] : stalled(scan))],
    };
  },
};

/** Names the first: most people know what lies there. */
function seenOf({ mountName }: ExaminedScan, list: readonly CertificateGap[]): string {
  const first = nameText(list[0]?.path ?? '') || mountName;
  const more = list.length > 1 ? ` and ${formatCount(list.length - 1)} more` : '';
  const why = [...new Set(list.map(({ reason }) => reason))].join(', ');
  return `\`${first}\`${more} of ${mountName} could not be read (${why}).`;
}

/** So few can be named on a button. */
const EXCLUDES_MAX = 3;

function gapFixes(id: FindingId, scan: ExaminedScan, list: readonly CertificateGap[]): Fix[] {
  // A rule can't name what is no text.
  const dirs = [...new Set(list.map(({ path }) => path))].filter((path) => typeof path === 'string');
  const leaveOut = withoutThem(scan, dirs);
  switch (id) {
    case 'directory-endless':
      return leaveOut;
    case 'directory-stalls':
      return [retrySetAside(scan), ...leaveOut];
    case 'nfs-stale':
      return [remount(scan.mountPath), retryFailed(scan)];
    default:
      return [retryFailed(scan), ...leaveOut];
  }
}

/** Programs may have files open there: not ours to do. */
function remount(path: string): Fix {
  const text = `umount -l ${quote(path)} && mount ${quote(path)}`;
  return copy(
    'copy-remount',
    'Copy the command that mounts it again',
    text,
    'To be run as root on the host; programs that have files open there lose them.',
    'Look again afterwards, then retry.',
  );
}

function stalled(scan: ExaminedScan | null): Found[] {
  // While it runs they are tried again, at the end.
  if (scan === null || scan.alive || scan.setAside.length === 0) return [];
  return [
    {
      id: 'directory-stalls',
      about: scan.mountName,
      mount: scan.mountName,
      seen: `${formatCount(scan.setAside.length)} ${scan.setAside.length === 1 ? 'directory is' : 'directories are'} set aside.`,
      confidence: 'certain',
      evidence: scan.setAside
        .slice(0, EXAMPLES)
        .map(({ path, syscall, reason }) => `${path || '(mount point)'}: ${syscall ?? 'ends its worker'} (${reason})`),
      fixes: [
        retrySetAside(scan),
        ...withoutThem(
          scan,
          scan.setAside.map(({ path }) => path),
        ),
      ],
    },
  ];
}

/** All of them at once, where they are few and none is the mount point itself. */
function withoutThem(scan: ExaminedScan, paths: readonly string[]): Fix[] {
  return paths.length === 0 || paths.length > EXCLUDES_MAX || paths.includes('') ? [] : [exclude(scan, paths)];
}
