import type { Name, RelativePath } from './names.ts';
import type { PlanWay } from './settings.ts';

/** What queries tell of the catalog; bigints are bytes. */
export interface Stats {
  readonly catalogBytes: number;
  readonly mounts: {
    mountId: string;
    hostId: string;
    /** What the host calls itself: one of them tells that a host which answers is this one. */
    hostIds: string[];
    hostKind: 'docker' | 'process';
    name: string;
    path: string;
    hostName: string;
    files: number;
    directories: number;
    apparentBytes: bigint;
    allocatedBytes: bigint;
    chargedBytes: bigint;
    scannedAtMs: number | null;
    verdict: 'covered' | 'gaps' | 'disagrees' | null;
    /** What the certificate of the inventory names as missing: folders with all below them, and single entries. null: no inventory. */
    missing: { folders: number; entries: number } | null;
    /** The newest scan was broken off before it was published: what it had merged can be looked at. */
    brokenOff: boolean;
    /** A scan of this mount runs: its merged chunks so far. */
    provisional: { files: number; bytes: bigint } | null;
  }[];
  readonly types: { extension: string; files: number; apparentBytes: bigint; allocatedBytes: bigint }[];
  readonly ages: { label: string; files: number; apparentBytes: bigint; allocatedBytes: bigint }[];
  readonly largestDirectories: {
    mount: string;
    path: Name;
    files: number;
    apparentBytes: bigint;
    allocatedBytes: bigint;
  }[];
  readonly largestFiles: {
    mount: string;
    path: Name;
    apparentBytes: bigint;
    allocatedBytes: bigint;
    mtimeMs: number;
  }[];
}

export interface ScanRow {
  readonly scanId: string;
  readonly mountId: string;
  readonly mountName: string;
  readonly mountPath: string;
  readonly hostName: string;
  /** `interrupted` is also an open scan whose owner is gone. */
  readonly state: 'open' | 'finished' | 'interrupted';
  readonly verdict: 'covered' | 'gaps' | 'disagrees' | null;
  readonly published: boolean;
  readonly planWay: PlanWay;
  readonly runtime: 'docker' | 'process';
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
  readonly files: number;
  readonly directories: number;
  readonly apparentBytes: bigint;
  readonly allocatedBytes: bigint;
  readonly logPath: string;
}

export type ChunkState = 'queued' | 'running' | 'waiting' | 'done' | 'failed';

/** A chunk on the map of its scan. */
export interface ChunkSummary {
  readonly id: number;
  readonly state: ChunkState;
  /** First root, for people. */
  readonly label: RelativePath;
  readonly rootCount: number;
  /** Planned; null unknown. */
  readonly bytes: number | null;
  readonly entries: number | null;
  /** Merged; null before. */
  readonly files: number | null;
  readonly attempts: number;
  readonly reason: string | null;
}

export interface ChunkDetail {
  readonly chunk: ChunkSummary;
  readonly parentChunk: number | null;
  readonly roots: readonly { readonly path: RelativePath; readonly mode: 'subtree' | 'own' }[];
  /** More roots than are listed. */
  readonly moreRoots: number;
  readonly attempts: readonly {
    readonly attemptId: string;
    readonly runtime: 'docker' | 'process';
    /** Container id, or pid and start time; null where it never started. */
    readonly worker: string | null;
    readonly startedAtMs: number;
    readonly endedAtMs: number | null;
    readonly outcome: string | null;
    readonly exitCode: number | null;
    readonly code: string | null;
    readonly reason: string | null;
  }[];
}

/** Directories at a place of a host, to pick a mount point from. */
export interface BrowseReport {
  readonly path: string;
  readonly directories: readonly string[];
  /** There are more entries than were looked at. */
  readonly truncated: boolean;
}

/** The chunks that a scan would have by the sizes of the published one. */
export interface PlanPreview {
  readonly chunks: number;
  /** Bytes of each, largest first; of at most 400, evenly taken where there are more. */
  readonly bytes: readonly number[];
  /** One folder each that is larger than a chunk may be, and has nothing to divide it by. */
  readonly oversized: number;
  readonly entries: number;
}

export interface ChunkSample {
  /** 100: one processor. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}
