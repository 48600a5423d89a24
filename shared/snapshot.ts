import type { Name } from './names.ts';
import type { LoadName } from './settings.ts';
import type { Certificate } from './certificate.ts';

/**
 * The live state of a scan, as the orchestrator publishes it (and `monitor` reads it from the data directory). Plain JSON but for
 * the certificate's bigints. `revision` grows by one at each change, so that a reader sees gaps.
 */
export interface ScanSnapshot {
  readonly version: 1;
  readonly revision: number;
  readonly scanId: string;
  /** In the catalog: names are unique on a host only. */
  readonly mountId: string;
  readonly mountName: string;
  readonly mountPath: string;
  readonly runtime: 'docker' | 'process';
  /** "Docker 27.5 at unix:///var/run/docker.sock", "this computer". */
  readonly host: string;
  /** Since when the host does not answer; its workers go on, and the scan does once it is back. null: it answers. */
  readonly hostLostAtMs: number | null;
  readonly phase: ScanPhase;
  /** Why it is paused, oldest first; empty while it goes on. */
  readonly pauses: readonly PauseReason[];
  readonly planning: boolean;
  readonly owner: string;
  readonly logPath: string;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  readonly finishedAtMs: number | null;
  /** Merged plus what running workers report. */
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly failedDirectories: number;
  readonly filesPerSecond: number;
  readonly measuredEntries: number | null;
  /** 0..1 and what is left, only where the plan's sizes are all known. */
  readonly fraction: number | null;
  readonly etaMs: number | null;
  readonly chunks: {
    readonly planned: number;
    readonly queued: number;
    /** With a worker: never more than `maxContainers`. */
    readonly running: number;
    /** Their worker has ended, what it found is being merged. */
    readonly merging: number;
    readonly waiting: number;
    readonly done: number;
    readonly failed: number;
    /** Of those that are queued or waiting: put off until somebody resumes them. */
    readonly paused: number;
  };
  readonly maxContainers: number;
  /** Below that, as many as the load allows now. */
  readonly allowedWorkers: number;
  readonly load: LoadName;
  /** Those with a worker first, then those that are being merged. */
  readonly running: readonly RunningChunk[];
  /** Newest last, at most 50. */
  readonly problems: readonly ScanProblem[];
  readonly certificate: Certificate | null;
  /** The last time that this computer slept while the scan ran, once it is known what happened meanwhile. */
  readonly slept?: SleptThrough | null;
}

export interface SleptThrough {
  /** When it had woken up. */
  readonly atMs: number;
  /** Workers that ended meanwhile. */
  readonly finished: number;
  /** Chunks that had none. */
  readonly waiting: number;
  /** The sentence for people. */
  readonly text: string;
}

/** `reconnecting`: it would be scanning, but its host does not answer. */
export type ScanPhase =
  'preparing' | 'scanning' | 'reconnecting' | 'paused' | 'stopping' | 'closing' | 'finished' | 'interrupted' | 'failed';

/** `asked`: by a person. `window`: outside the hours it may run in. `disk`: it can't be written. `yield`: for the host's own work. */
export type PauseKind = 'asked' | 'window' | 'disk' | 'yield';

/** Whether somebody can let it go on: what waits for its hours or for the host's own work goes on by itself. */
export function isResumable(pauses: readonly Pick<PauseReason, 'kind'>[]): boolean {
  return pauses.some(({ kind }) => kind === 'asked' || kind === 'disk');
}

export interface PauseReason {
  readonly kind: PauseKind;
  /** For people, to be put after "paused": "asked by root@tower". */
  readonly text: string;
  readonly sinceMs: number;
}

export interface RunningChunk {
  readonly chunkId: number;
  readonly attempt: number;
  readonly label: Name;
  readonly rootCount: number;
  readonly role: 'worker' | 'measure';
  readonly phase: 'running' | 'merging';
  readonly startedAtMs: number;
  readonly files: number;
  readonly entries: number;
  /** Where it is right now, and for how long in that one call. */
  readonly path: Name | null;
  readonly syscall: string | null;
  readonly waitingMs: number;
  /** The largest directory that it reads now, from 100,000 names on: names so far, and for how long. */
  readonly large: { readonly path: Name; readonly names: number; readonly sinceMs: number } | null;
  readonly lastProgressAtMs: number;
}

export interface ScanProblem {
  readonly atMs: number;
  readonly code: string;
  readonly chunkId: number | null;
  /** The chunk's folder. */
  readonly label: Name | null;
  readonly text: string;
  /** Retried or failed for good. */
  readonly final: boolean;
}
