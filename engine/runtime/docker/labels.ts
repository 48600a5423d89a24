import type { AttemptLabels } from '../runtime.ts';

const PREFIX = 'io.smart-scanner';

/** On an image: the content hash of the program in it (dist/image-content.json). On a lease: of the image that its workers are started from. */
export const CONTENT_LABEL = `${PREFIX}.content`;
/** On an image: the version of the program in it, for people. */
export const VERSION_LABEL = `${PREFIX}.version`;
/** On a container: the handle of its spool. */
export const SPOOL_LABEL = `${PREFIX}.spool`;
/** What everything of ours carries. */
export const ATTEMPT_LABEL = `${PREFIX}.attempt`;

/** On a volume that tells other computers of a scan (`lease`), or asks its owner something (`ask`). */
export const CONTROLLER_LABEL = `${PREFIX}.controller`;
export const LEASE_LABELS = {
  scan: `${PREFIX}.scan`,
  owner: `${PREFIX}.owner`,
  mountPath: `${PREFIX}.mount-path`,
  mountName: `${PREFIX}.mount-name`,
  since: `${PREFIX}.since`,
} as const;
export const ASK_LABELS = {
  id: `${PREFIX}.ask`,
  scan: `${PREFIX}.scan`,
  kind: `${PREFIX}.kind`,
  by: `${PREFIX}.by`,
} as const;

const KEYS = ['host', 'scan', 'chunk', 'attempt', 'role', 'owner'] as const;
const ROLES = ['worker', 'measure', 'probe', 'list'] as const;

export function toDockerLabels(labels: AttemptLabels): Record<string, string> {
  return Object.fromEntries(KEYS.map((key) => [`${PREFIX}.${key}`, labels[key]]));
}

/** null where one is missing: then it isn't (a whole) one of ours. */
export function fromDockerLabels(labels: Readonly<Record<string, string>>): AttemptLabels | null {
  const value = (key: (typeof KEYS)[number]): string => labels[`${PREFIX}.${key}`] ?? '';
  const role = ROLES.find((known) => known === value('role'));
  if (role === undefined || KEYS.some((key) => value(key) === '')) return null;
  return {
    host: value('host'),
    scan: value('scan'),
    chunk: value('chunk'),
    attempt: value('attempt'),
    role,
    owner: value('owner'),
  };
}
