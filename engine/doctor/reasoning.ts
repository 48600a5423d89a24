import { KINDS, type FindingId } from './kinds.ts';
import type { Confidence, Fix, Severity } from '../../shared/diagnosis.ts';
import type { CheckResult, Finding, Found } from './types.ts';

/** What every failure of a scan looks like, whatever its cause. */
const COMMON: readonly FindingId[] = [
  'chunks-failed',
  'log-errors',
  'original-empty',
  'inventory-empty',
  'scan-not-published',
];

/**
 * Cause → what comes of it. Where both are found, only the cause is shown, and names what it explains. Followed as it is, not through
 * other findings: each line says all that its cause explains.
 */
/** What comes of a host that can not be spoken to, whatever is in the way. */
const NO_HOST: readonly FindingId[] = [
  ...COMMON,
  'docker-unreachable',
  'worker-start-failed',
  'docker-restarted',
  'worker-killed',
  'scan-cut-off',
  'scan-interrupted',
];

export const EXPLAINS: Readonly<Partial<Record<FindingId, readonly FindingId[]>>> = {
  'host-unknown': NO_HOST,
  'host-name': NO_HOST,
  'host-port-closed': NO_HOST,
  'host-silent': NO_HOST,
  'host-certificate': NO_HOST,
  'ssh-setup': NO_HOST,
  'ssh-host-key-changed': NO_HOST,
  'ssh-host-key-unknown': NO_HOST,
  'ssh-no-key': NO_HOST,
  'ssh-key-locked': NO_HOST,
  'ssh-login-refused': NO_HOST,
  'ssh-forwarding': NO_HOST,
  'ssh-lost': NO_HOST,
  'docker-api': NO_HOST,
  'docker-not-installed': NO_HOST,
  'docker-not-on-path': NO_HOST,
  'parity-running': ['mount-slow', 'scan-slower'],
  'mover-running': ['mount-slow', 'scan-slower'],
  'scan-paused': ['scan-slower'],
  'mount-slow': ['scan-slower'],
  'fuse-path': ['scan-slower'],
  'catalog-not-sqlite': COMMON,
  'catalog-newer': COMMON,
  'catalog-foreign': COMMON,
  'catalog-damaged': [...COMMON, 'database-locked'],
  'catalog-filesystem': [...COMMON, 'database-locked', 'catalog-damaged'],
  'database-locked': [...COMMON, 'worker-crashed', 'scan-cut-off'],
  'docker-denied': [...COMMON, 'docker-unreachable', 'worker-start-failed', 'scan-cut-off'],
  'docker-unreachable': [
    ...COMMON,
    'worker-start-failed',
    'docker-restarted',
    'worker-killed',
    'scan-cut-off',
    'scan-interrupted',
  ],
  'docker-restarted': [...COMMON, 'worker-killed', 'scan-interrupted', 'scan-cut-off'],
  'docker-disk-full': [
    ...COMMON,
    'disk-full',
    'worker-start-failed',
    'worker-crashed',
    'database-locked',
    'scan-cut-off',
  ],
  'disk-full': [
    ...COMMON,
    'worker-start-failed',
    'worker-crashed',
    'database-locked',
    'shard-damaged',
    'disk-low',
    'scan-cut-off',
  ],
  'image-missing': [...COMMON, 'worker-start-failed'],
  'image-base-missing': [...COMMON, 'worker-start-failed'],
  'image-outdated': [...COMMON, 'worker-start-failed'],
  'image-architecture': [...COMMON, 'worker-start-failed', 'worker-crashed'],
  'limits-above-host': [...COMMON, 'worker-start-failed'],
  'mount-missing': [...COMMON, 'worker-start-failed', 'mount-empty', 'scan-not-published'],
  'mount-empty': [...COMMON, 'scan-not-published'],
  'mount-not-mounted': ['mount-empty', 'inventory-empty', 'scan-not-published'],
  'mount-not-listable': [...COMMON, 'gaps-permission', 'scan-not-published'],
  'nfs-root-squash': [...COMMON, 'gaps-permission', 'mount-not-listable', 'scan-not-published'],
  'nfs-stale': [...COMMON, 'disk-errors', 'mount-not-listable', 'scan-not-published'],
  'worker-out-of-memory': [...COMMON, 'worker-killed', 'worker-crashed'],
  'worker-killed': COMMON,
  'worker-crashed': COMMON,
  'shard-damaged': COMMON,
  'worker-start-failed': COMMON,
  'disk-errors': [...COMMON, 'directory-stalls', 'mount-slow', 'mount-not-listable', 'scan-slower'],
  'directory-stalls': [...COMMON, 'mount-slow', 'worker-killed', 'scan-slower'],
  'directory-stuck': ['mount-slow', 'log-errors', 'scan-slower'],
  'gaps-permission': COMMON,
  'directory-endless': COMMON,
  'excludes-everything': [...COMMON, 'scan-not-published'],
  'analysis-timeout': COMMON,
  'scan-abandoned': [...COMMON, 'scan-interrupted', 'scan-cut-off', 'leftovers', 'scan-not-published'],
  'scan-interrupted': ['chunks-failed', 'log-errors', 'inventory-empty', 'scan-not-published', 'scan-cut-off'],
  'scan-not-published': ['log-errors'],
  'scan-cut-off': ['chunks-failed', 'log-errors', 'original-empty', 'inventory-empty'],
  'certificate-disagrees': ['log-errors', 'scan-not-published'],
  'chunks-failed': ['log-errors', 'original-empty', 'inventory-empty'],
  'original-empty': ['log-errors'],
};

const CONFIDENCES: readonly Confidence[] = ['certain', 'likely', 'possible'];
const ORDER = new Map(Object.keys(KINDS).map((id, index) => [id, index]));

export function severityOf(id: FindingId): Severity {
  return KINDS[id].severity;
}

/** Root causes of what the checks found: one finding for what several saw, consequences under their cause, the likeliest first. */
export function findingsOf(checks: readonly CheckResult[]): Finding[] {
  const merged = new Map<FindingId, { readonly found: Found[]; readonly checks: string[] }>();
  for (const check of checks) {
    for (const found of check.findings) {
      const entry = merged.get(found.id) ?? { found: [], checks: [] };
      entry.found.push(found);
      if (!entry.checks.includes(check.id)) entry.checks.push(check.id);
      merged.set(found.id, entry);
    }
  }
  const ids = [...merged.keys()];
  const explained = new Set(ids.flatMap((id) => EXPLAINS[id] ?? []));
  return ids
    .filter((id) => !explained.has(id))
    .map((id) => {
      const { found, checks: by } = merged.get(id) ?? { found: [], checks: [] };
      const explains = (EXPLAINS[id] ?? []).filter((other) => merged.has(other));
      // What mends the consequence comes after what mends its cause.
      const after = explains.flatMap((other) => merged.get(other)?.found ?? []).flatMap(({ fixes }) => fixes ?? []);
      return toFinding(id, found, by, explains, after);
    })
    .sort((a, b) => rank(a) - rank(b));
}

function toFinding(
  id: FindingId,
  found: readonly Found[],
  checks: readonly string[],
  explains: readonly FindingId[],
  after: readonly Fix[],
): Finding {
  const { title, means, advice } = KINDS[id];
  // A cause is as bad as what comes of it.
  const severity = [id, ...explains].some((one) => severityOf(one) === 'problem') ? 'problem' : 'warning';
  const best = [...found].sort((a, b) => CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence));
  // Of those with one id the first: it knows most of the case.
  const offered = [...best.flatMap((one) => one.fixes ?? []), ...after];
  const fixes = offered.filter((fix, index) => offered.findIndex(({ id: other }) => other === fix.id) === index);
  const about = [...new Set(best.flatMap((one) => one.about ?? []))].sort();
  return {
    id,
    key: [id, ...about].join(':'),
    severity,
    title,
    seen: [...new Set(best.map(({ seen }) => seen))].join(' '),
    means,
    confidence: best[0]?.confidence ?? 'possible',
    evidence: [...new Set(best.flatMap(({ evidence }) => evidence))],
    fixes,
    advice: [...new Set([...best.flatMap((one) => one.advice ?? []), ...advice])],
    checks,
    section: `docs/troubleshooting.md#${id}`,
    explains,
  };
}

/** Problems before warnings, then what is surer, then what the list of kinds has first. */
function rank({ severity, confidence, id }: Finding): number {
  return (severity === 'problem' ? 0 : 10_000) + CONFIDENCES.indexOf(confidence) * 1_000 + (ORDER.get(id) ?? 999);
}
