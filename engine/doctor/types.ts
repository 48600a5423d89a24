import type { ScanSettings } from '../../shared/settings.ts';
import type { FindingId } from './kinds.ts';
import type { Look } from './look.ts';

export type Verdict = 'ok' | 'warning' | 'problem' | 'unknown';
export type Severity = Extract<Verdict, 'warning' | 'problem'>;
/** `certain`: it was seen. `likely`: what was seen has hardly another cause. `possible`: one cause among others. */
export type Confidence = 'certain' | 'likely' | 'possible';

/** One thing that is looked at. Looks only: what changes something is a fix. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly category: 'catalog' | 'scan' | 'host' | 'mount' | 'disk';
  /** What must answer for it to say anything. */
  readonly needs: readonly ('data directory' | 'daemon' | 'image' | 'mounts')[];
  /** Whether it reads from the mounts, whose disks may sleep. */
  readonly wakesDisks: boolean;
  /** What it costs the host, for people. */
  readonly cost: string;
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

/** A finding as its check states it; engine/doctor/kinds.ts has what it means and what to do. */
export interface Found {
  readonly id: FindingId;
  /** One sentence with numbers and names. */
  readonly seen: string;
  readonly confidence: Confidence;
  /** Log lines with file and line, fields of inspect, numbers. */
  readonly evidence: readonly string[];
  readonly fixes?: readonly Fix[];
}

export interface Finding {
  readonly id: FindingId;
  readonly severity: Severity;
  readonly title: string;
  readonly seen: string;
  readonly means: string;
  readonly confidence: Confidence;
  readonly evidence: readonly string[];
  /** To be pressed. */
  readonly fixes: readonly Fix[];
  /** To be done by a person: one sentence each. */
  readonly advice: readonly string[];
  /** Checks that found it. */
  readonly checks: readonly string[];
  /** Its section on docs/troubleshooting.md. */
  readonly section: string;
  /** Findings that come of it and are not shown on their own. */
  readonly explains: readonly FindingId[];
}

/** Something to press. Nothing here harms what isn't ours. */
export interface Fix {
  /** Stable: `debug --fix ID` names it. */
  readonly id: string;
  readonly label: string;
  /** What it changes. */
  readonly consequence: string;
  readonly action: FixAction;
}

export type FixAction =
  | { readonly do: 'remove-leftovers' }
  | { readonly do: 'build-image' }
  | { readonly do: 'resume'; readonly mountName: string }
  | {
      readonly do: 'scan';
      readonly mountPath: string;
      readonly mountName: string;
      readonly settings: ScanSettings;
    };

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly category: Check['category'];
  readonly verdict: Verdict;
  readonly said: string;
  readonly durationMs: number;
  readonly findings: readonly Found[];
}

export interface Diagnosis {
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** In the order of the list, not of their end. */
  readonly checks: readonly CheckResult[];
  /** Root causes, the likeliest first. */
  readonly findings: readonly Finding[];
  /** One sentence. */
  readonly summary: string;
}
