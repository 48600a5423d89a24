import type { CheckInfo, CheckResult, Diagnosis, FixOutcome } from './diagnosis.ts';
import type { ErrorJson } from './errors.ts';

/** A look of the doctor, as a window opened it. One a window. */
export interface DoctorOpened {
  readonly session: number;
  /** What is looked at now, in this order. */
  readonly checks: readonly CheckInfo[];
  /** What would wake disks, and is left out until somebody agrees. */
  readonly held: readonly CheckInfo[];
}

export interface BundleEntry {
  readonly name: string;
  readonly bytes: number;
  readonly what: string;
}

/** What main says of a session, to the window that opened it. */
export type DoctorEvent = { readonly session: number } & DoctorNews;

export type DoctorNews =
  | { readonly kind: 'result'; readonly result: CheckResult }
  | { readonly kind: 'looked'; readonly diagnosis: Diagnosis }
  /** A line of what a fix does. */
  | { readonly kind: 'said'; readonly line: string }
  /** The fix has started this scan: it is one of the app's runs, and goes on whoever leaves. */
  | { readonly kind: 'run'; readonly runId: string }
  | { readonly kind: 'fixed'; readonly outcome: FixOutcome }
  | { readonly kind: 'broke'; readonly during: 'look' | 'fix'; readonly error: ErrorJson };
