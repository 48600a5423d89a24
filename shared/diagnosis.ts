import type { ScanSettings } from './settings.ts';

/** What the doctor says: plain data, for the command line and for a window. engine/doctor makes it. */
export type Verdict = 'ok' | 'warning' | 'problem' | 'unknown';
export type Severity = Extract<Verdict, 'warning' | 'problem'>;
/** `certain`: it was seen. `likely`: what was seen has hardly another cause. `possible`: one cause among others. */
export type Confidence = 'certain' | 'likely' | 'possible';
export type CheckCategory = 'catalog' | 'scan' | 'host' | 'mount' | 'disk';

/** A check before it has run. */
export interface CheckInfo {
  readonly id: string;
  readonly title: string;
  readonly category: CheckCategory;
  /** Whether it reads from the mounts, whose disks may sleep: ask first. */
  readonly wakesDisks: boolean;
  /** What it costs the host, for people. */
  readonly cost: string;
}

/** What a check saw. */
export interface Found<Id extends string = string> {
  readonly id: Id;
  /** Which one, where there may be several: the name of a mount, the id of a scan. Muting is for this one only. */
  readonly about?: string;
  /** Name of the mount that it is about; without: the host, the catalog or all of them. Only what is about the same one comes of it. */
  readonly mount?: string;
  /** One sentence with numbers and names. */
  readonly seen: string;
  readonly confidence: Confidence;
  /** Log lines with file and line, fields of inspect, numbers. */
  readonly evidence: readonly string[];
  /** The likeliest first. */
  readonly fixes?: readonly Fix[];
  /** What a person can do in just this case; what holds for every case of the finding stands in engine/doctor/kinds.ts. */
  readonly advice?: readonly string[];
}

export interface CheckResult<Id extends string = string> {
  readonly id: string;
  readonly title: string;
  readonly category: CheckCategory;
  readonly verdict: Verdict;
  /** One sentence, also where all is well. */
  readonly said: string;
  readonly durationMs: number;
  readonly findings: readonly Found<Id>[];
}

export interface Finding<Id extends string = string> {
  readonly id: Id;
  /** Names it over several looks, also for muting: its id, and what it is about. */
  readonly key: string;
  readonly severity: Severity;
  readonly title: string;
  readonly seen: string;
  readonly means: string;
  readonly confidence: Confidence;
  readonly evidence: readonly string[];
  /** The first is the one to offer. */
  readonly fixes: readonly Fix[];
  /** To be done by a person: one sentence each. */
  readonly advice: readonly string[];
  /** Checks that found it. */
  readonly checks: readonly string[];
  /** Its section on docs/troubleshooting.md. */
  readonly section: string;
  /** Findings that come of it and are not shown on their own. */
  readonly explains: readonly Id[];
}

/** What docs/troubleshooting.md says of one finding, whatever was seen this time. */
export interface FindingSection {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** In plain words. */
  readonly means: string;
  readonly advice: readonly string[];
  /** What the checks that find it look at. */
  readonly foundBy: readonly string[];
  /** Findings that come of it. */
  readonly explains: readonly { readonly id: string; readonly title: string }[];
  /** Findings that it may come of. */
  readonly explainedBy: readonly { readonly id: string; readonly title: string }[];
}

/** Something to press, or text to copy where pressing could harm others or can't be done from here. */
export interface Fix {
  /** Stable: `debug --fix ID` names it. */
  readonly id: string;
  readonly label: string;
  /** Whether anything is otherwise afterwards than before: on the host, in the catalog, or of a running scan. */
  readonly changes: boolean;
  /** What happens then, one sentence. */
  readonly consequence: string;
  /** How it is seen that it helped, one sentence. */
  readonly verify: string;
  /** Checks that see it; without them those that had found what it mends. */
  readonly verifiedBy?: readonly string[];
  /** null: text to copy. */
  readonly action: FixAction | null;
  /** null: to be pressed. */
  readonly copy: string | null;
}

/** Nothing here harms what isn't ours. */
export type FixAction =
  | { readonly do: 'remove-leftovers' }
  | { readonly do: 'build-image' }
  /** Only looks again. */
  | { readonly do: 'look-again' }
  | { readonly do: 'resume'; readonly mountName: string; readonly changes: ResumeChanges }
  /** A scan that runs is stopped in order, and goes on otherwise. */
  | { readonly do: 'restart'; readonly scanId: string; readonly mountName: string; readonly changes: ResumeChanges }
  | {
      readonly do: 'retry';
      readonly scanId: string;
      readonly mountName: string;
      readonly which: 'failed' | 'quarantined';
      readonly changes: Partial<Pick<ScanSettings, 'maxContainers' | 'retries' | 'stallTimeoutMs' | 'runtime'>>;
    }
  /** A scan that is paused goes on. */
  | { readonly do: 'unpause'; readonly scanId: string }
  /** One chunk of a scan that runs is given up. */
  | { readonly do: 'stop-chunk'; readonly scanId: string; readonly chunkId: number }
  | {
      readonly do: 'scan';
      readonly mountPath: string;
      readonly mountName: string;
      readonly settings: ScanSettings;
    };

export type ResumeChanges = Partial<
  Pick<ScanSettings, 'maxContainers' | 'load' | 'retries' | 'stallTimeoutMs' | 'publish' | 'window' | 'yieldTo'>
>;

export interface Diagnosis<Id extends string = string> {
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** In the order of the list, not of their end. */
  readonly checks: readonly CheckResult<Id>[];
  /** Root causes, the likeliest first. */
  readonly findings: readonly Finding<Id>[];
  /** Those that somebody does not want to hear of. */
  readonly muted: readonly Finding<Id>[];
  /** One sentence. */
  readonly summary: string;
}

export interface FixOutcome {
  readonly fixed: boolean;
  /** "Fixed: …" or "That wasn't it: …". */
  readonly said: string;
  /** What is likeliest now. */
  readonly next: Finding | null;
}

/** What people say is wrong, and the checks that can tell; null: all of them. A test holds the ids to engine/doctor/checks.ts. */
export const SYMPTOMS = [
  {
    id: 'stuck',
    label: 'It looks stuck',
    checks: [
      'running',
      'pauses',
      'scan-outcome',
      'others',
      'log-patterns',
      'host',
      'daemon',
      'neighbours',
      'mounts',
      'space',
    ],
  },
  {
    id: 'failed',
    label: 'Some folders failed',
    checks: [
      'gaps',
      'attempts',
      'scan-outcome',
      'log-patterns',
      'host',
      'daemon',
      'docker-disk',
      'image',
      'worker-start',
      'space',
      'mounts',
      'settings',
    ],
  },
  {
    id: 'missing',
    label: 'Finished, but files are missing',
    checks: [
      'catalog-file',
      'original-catalog',
      'scan-outcome',
      'gaps',
      'attempts',
      'log-patterns',
      'settings',
      'mounts',
    ],
  },
  {
    id: 'connect',
    label: "Can't connect",
    checks: ['host', 'ssh', 'daemon', 'image', 'worker-start', 'clock'],
  },
  {
    id: 'slow',
    label: 'Slower than last time',
    checks: ['scan-speed', 'running', 'pauses', 'neighbours', 'mount-speed', 'settings', 'daemon', 'leftovers'],
  },
  {
    id: 'struggling',
    label: 'My NAS is struggling',
    checks: ['neighbours', 'others', 'settings', 'running', 'docker-disk', 'space', 'leftovers', 'mount-speed'],
  },
  {
    id: 'catalog',
    label: "The catalog won't open",
    checks: ['catalog-file', 'catalog-integrity', 'catalog-place', 'original-catalog', 'space', 'running'],
  },
  { id: 'all', label: 'Just check everything', checks: null },
] as const satisfies readonly {
  readonly id: string;
  readonly label: string;
  readonly checks: readonly string[] | null;
}[];
export type SymptomId = (typeof SYMPTOMS)[number]['id'];
