import { HOST_KINDS } from './kinds-hosts.ts';
import { PLACE_KINDS } from './kinds-places.ts';
import { SCAN_KINDS } from './kinds-scans.ts';
import type { Severity } from '../../shared/diagnosis.ts';

export interface FindingKind {
  readonly severity: Severity;
  readonly title: string;
  /** In plain words. */
  readonly means: string;
  /** What a person can do, one sentence each, the best first. What harms others (restarting Docker) is only ever said, never a button. */
  readonly advice: readonly string[];
}

/**
 * Everything that a check can find, the deeper causes first. docs/troubleshooting.md is made from this by
 * scripts/troubleshooting.ts; a test holds the two together.
 */
const kinds = { ...HOST_KINDS, ...PLACE_KINDS, ...SCAN_KINDS };

export type FindingId = keyof typeof kinds;
export const KINDS: Readonly<Record<FindingId, FindingKind>> = kinds;
