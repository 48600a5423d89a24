import type * as shared from '../../shared/diagnosis.ts';
import type { FindingId } from './kinds.ts';
import type { Look } from './look.ts';

export type Found = shared.Found<FindingId>;
export type CheckResult = shared.CheckResult<FindingId>;
export type Finding = shared.Finding<FindingId>;
export type Diagnosis = shared.Diagnosis<FindingId>;

/** In the order in which they answer: files at once, the catalog by a process, `image` and `mounts` by a worker. */
export const NEEDS = ['data directory', 'catalog', 'daemon', 'image', 'mounts'] as const;
export type Need = (typeof NEEDS)[number];

/** One thing that is looked at. Looks only: what changes something is a fix. */
export interface Check extends shared.CheckInfo {
  /** What must answer for it to say anything. Those that need what answers soonest are run first. */
  readonly needs: readonly Need[];
  readonly timeoutMs: number;
  /** What it may find. */
  readonly finds: readonly FindingId[];
  applicable(look: Look): Promise<boolean>;
  /** What it throws makes it `unknown`. The signal aborts at its timeout. */
  run(look: Look, signal: AbortSignal): Promise<Seen>;
}

/** What a check saw. */
export interface Seen {
  /** One sentence, also where all is well. */
  readonly said: string;
  readonly findings: readonly Found[];
  /** It could not look everywhere. */
  readonly unknown?: boolean;
}
