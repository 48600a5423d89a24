import { shortHash } from './fixes.ts';
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

/**
 * Cause → what comes of it. Where both are found, of one mount or one of them of the whole host, only the cause is shown, and names what it
 * explains. Followed as it is, not through other findings: each line says all that its cause explains.
 */
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
  'catalog-unreadable': COMMON,
  'catalog-damaged': [...COMMON, 'catalog-unreadable', 'database-locked'],
  'catalog-filesystem': [...COMMON, 'catalog-unreadable', 'database-locked', 'catalog-damaged'],
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
  'mount-missing': [...COMMON, 'worker-start-failed', 'mount-empty'],
  'mount-empty': COMMON,
  'mount-not-mounted': ['mount-empty', 'inventory-empty', 'scan-not-published'],
  'mount-not-listable': [...COMMON, 'gaps-permission'],
  'nfs-root-squash': [...COMMON, 'gaps-permission', 'mount-not-listable'],
  'nfs-stale': [...COMMON, 'disk-errors', 'mount-not-listable'],
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
  'excludes-everything': COMMON,
  'analysis-timeout': COMMON,
  'scan-abandoned': [...COMMON, 'scan-interrupted', 'scan-cut-off', 'leftovers'],
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

/** What is told, and what somebody does not want to hear of. */
export interface Told {
  readonly findings: readonly Finding[];
  readonly muted: readonly Finding[];
}

interface Sighting {
  readonly found: Found;
  readonly check: string;
}

/**
 * Root causes of what the checks found: one finding for what several saw, consequences under their cause, the likeliest first. What is muted
 * is told apart and explains nothing: else what comes of it would be told nowhere.
 */
export function findingsOf(checks: readonly CheckResult[], mutedKeys: ReadonlySet<string> = new Set()): Told {
  let left = checks.flatMap(({ id, findings }) => findings.map((found): Sighting => ({ found, check: id })));
  const muted: Finding[] = [];
  for (;;) {
    const causes = causesOf(left);
    const quiet = causes.filter(({ finding }) => mutedKeys.has(finding.key));
    if (quiet.length === 0) {
      const findings = causes.map(({ finding }) => finding).sort((a, b) => rank(a) - rank(b));
      const [told, apart] = distinct([findings, muted]);
      return { findings: told ?? [], muted: apart ?? [] };
    }
    muted.push(...quiet.map(({ finding }) => finding));
    const gone = new Set(quiet.flatMap(({ own }) => own));
    left = left.filter((one) => !gone.has(one));
  }
}

interface Cause {
  readonly finding: Finding;
  /** What it is made of, without what it explains. */
  readonly own: readonly Sighting[];
}

function causesOf(all: readonly Sighting[]): Cause[] {
  const roots = all.filter((one) => !all.some((other) => explains(other.found, one.found)));
  return [...new Set(roots.map(({ found }) => found.id))].map((id) => {
    const own = roots.filter(({ found }) => found.id === id);
    const consequences = all.filter((one) => own.some(({ found }) => explains(found, one.found)));
    return { own, finding: toFinding(id, own, consequences) };
  });
}

/** What happened to one mount says nothing of another. */
export function explains(cause: Found, consequence: Found): boolean {
  const isHere = cause.mount === undefined || consequence.mount === undefined || cause.mount === consequence.mount;
  return isHere && (EXPLAINS[cause.id] ?? []).includes(consequence.id);
}

/** One id is one thing to do, also where it is typed: of fixes that are called alike and do something else, the likeliest keeps the short id. */
function distinct(lists: readonly (readonly Finding[])[]): Finding[][] {
  const known = new Map<string, string>();
  const own = (fix: Fix): Fix => {
    const long = longId(fix);
    const first = known.get(fix.id) ?? long;
    known.set(fix.id, first);
    return first === long ? fix : { ...fix, id: long };
  };
  return lists.map((list) => list.map((finding) => ({ ...finding, fixes: finding.fixes.map(own) })));
}

/** Its long id means just this fix also once the likelier one that had the short one is gone. */
export function isCalled(fix: Fix, id: string): boolean {
  return fix.id === id || longId(fix) === id;
}

function longId({ id, action, copy }: Fix): string {
  return `${id}:${shortHash(JSON.stringify([action, copy]))}`;
}

/** Taking what is found for the inventory is offered for that alone: where a mount is gone it would throw the inventory away. */
function isSafeElsewhere({ action }: Fix): boolean {
  return action?.do !== 'scan' || !action.settings.publish;
}

function toFinding(id: FindingId, own: readonly Sighting[], consequences: readonly Sighting[]): Finding {
  const { title, means, advice } = KINDS[id];
  const found = own.map((one) => one.found);
  const seen = new Set(consequences.map((one) => one.found.id));
  const explained = [...new Set(EXPLAINS[id] ?? [])].filter((other) => seen.has(other));
  // What mends the consequence comes after what mends its cause.
  const after = consequences.flatMap((one) => one.found.fixes ?? []).filter(isSafeElsewhere);
  // A cause is as bad as what comes of it.
  const severity = [id, ...explained].some((one) => severityOf(one) === 'problem') ? 'problem' : 'warning';
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
    checks: [...new Set(own.map(({ check }) => check))],
    section: `docs/troubleshooting.md#${id}`,
    explains: explained,
  };
}

/** Problems before warnings, then what is surer, then what the list of kinds has first. */
function rank({ severity, confidence, id }: Finding): number {
  return (severity === 'problem' ? 0 : 10_000) + CONFIDENCES.indexOf(confidence) * 1_000 + (ORDER.get(id) ?? 999);
}
