import type { SymptomId } from './diagnosis.ts';
import type { ErrorCode } from './errors.ts';

const RULES: readonly (readonly [RegExp, SymptomId])[] = [
  [/^(CATALOG_|DATA_DIR|MERGE_)/u, 'catalog'],
  [/^(DOCKER_|HOST_|SSH_|TLS_|ENDPOINT|IMAGE_|WORKER_START|NO_SUCH_HOST)/u, 'connect'],
  [/^(MOUNT_|NO_SUCH_MOUNT)/u, 'missing'],
  [/^(DEADLINE|PAUSE_TIMEOUT)/u, 'stuck'],
];

/** Where the doctor begins when something was refused with this code. */
export function symptomOf(code: ErrorCode): SymptomId {
  return RULES.find(([codes]) => codes.test(code))?.[1] ?? 'all';
}
