import type * as shared from '../../shared/diagnosis.ts';
import type { FindingId } from './kinds.ts';
import type { Look } from './look.ts';

export type Found = shared.Found<FindingId>;
export type CheckResult = shared.CheckResult<FindingId>;
export type Finding = shared.Finding<FindingId>;
export type Diagnosis = shared.Diagnosis<FindingId>;

/** One thing that is looked at. Looks only: what changes something is a fix. */
export interface Check extends shared.CheckInfo {
  /** What must answer for it to say anything. */
  readonly needs: readonly ('data directory' | 'daemon' | 'image' | 'mounts')[];
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
