import type { KnownSize } from '../../shared/places.ts';
import type { Certificate } from '../../shared/certificate.ts';
import type { Name, RelativePath } from '../../shared/names.ts';
import type {
  FindCursor,
  FindQuery,
  FoundRow,
  InventoryFacts,
  Listing,
  Measure,
  Totals,
  Which,
} from '../../shared/files.ts';
import type { ChunkDetail, ChunkState, ChunkSummary, ScanRow, Stats } from '../../shared/inventory.ts';
import type { PlanWay, ScanRequest, ScanSettings } from '../../shared/settings.ts';
import type { JobRoot, RootMode } from '../../shared/worker-protocol.ts';
import type { ChunkLimits, PlanItem, PlannedChunk } from '../plan/types.ts';
import type { Examination, ExamineRequest } from './examine.ts';
import type { HostInventory } from './forget.ts';
import type { ShardRequest } from './shard.ts';

/**
 * What the catalog process answers: one map, request and reply. Everything that opens SQLite is behind it.
 * Errors are SmartScannerErrors with the codes named here. Where nothing can be noted any more, whatever writes says DISK_FULL while a
 * scan of ours runs, DATA_DIR before; CATALOG_UNWRITABLE where its disk is read-only, fails or is gone. Such calls have changed nothing.
 */
export interface CatalogApi {
  /**
   * CATALOG_NOT_SQLITE, CATALOG_NEWER, CATALOG_FOREIGN, CATALOG_ORIGINAL, CATALOG_FILESYSTEM, CATALOG_OPEN: the file is left
   * byte for byte untouched. `mustExist`: queries never create a catalog (CATALOG_OPEN).
   */
  open: Call<{ path: string; mustExist: boolean; allowAnyFilesystem: boolean }, { created: boolean }>;
  /** Finds the host by daemon id or makes one; updates its attributes. */
  resolveHost: Call<
    { kind: 'docker' | 'process'; ids: readonly [string, ...string[]]; address: string; name: string },
    { hostId: string }
  >;
  /** As resolveHost, but writes nothing; null where no host has any of these ids. */
  findHost: Call<{ ids: readonly [string, ...string[]] }, { hostId: string | null }>;
  /** What there is of the host that has any of these ids. */
  hostInventories: Call<{ ids: readonly [string, ...string[]] }, { inventories: HostInventory[] }>;
  /** Deletes the host with all its inventories; asked again until it is done. SCAN_RUNNING. */
  forgetHost: Call<{ ids: readonly [string, ...string[]]; maxMs: number }, { done: boolean }>;
  /** Finds or makes (only if `create`) the mount. MOUNT_NAME_TAKEN, MOUNT_PATH_NAMED_OTHERWISE name both. */
  resolveMount: Call<{ hostId: string; path: string; name: string; create: boolean }, MountInfo>;
  /**
   * Takes the lock of the scan (held by the catalog process until closed or dead), makes the scan row and the root directory row.
   * SCAN_RUNNING when an open scan of that mount has a live owner. An open scan with a dead owner is marked interrupted.
   */
  createScan: Call<NewScan, { scanId: string }>;
  /** The plan is whole: a resumed scan needs no more of it. */
  planMade: Call<{ scanId: string }, null>;
  /** The newest scan of each mount (or of this one) that was left unfinished: open without a live owner, or interrupted with open chunks. */
  unfinishedScans: Call<{ mountName: string | null }, { scans: UnfinishedScan[] }>;
  /**
   * Takes the lock of an unfinished scan and opens it again under this owner. NO_SUCH_SCAN; SCAN_RUNNING names a live owner, also of a newer
   * scan of the mount. Chunks of attempts that nobody ended stay `running`: the caller adopts, harvests or gives up each.
   */
  resumeScan: Call<{ scanId: string; owner: string }, OpenedScan>;
  /** What a scan goes on with from now on: whoever resumes it finds these. NO_SUCH_SCAN. */
  changeSettings: Call<{ scanId: string; settings: ScanSettings }, null>;
  /**
   * What of a closed scan (`latest`: of this mount, or of any) can be tried again, without changing anything. NO_SUCH_SCAN; SCAN_RUNNING names a
   * live owner; NOTHING_TO_RETRY says what there is.
   */
  findRetry: Call<RetryAsked, RetryFound>;
  /**
   * Takes the lock of a closed scan and opens it again, with nothing to do but what is asked for: failed chunks are queued, failed directories
   * and those with entries that could not be looked at get new chunks, about `parts` of them. Throws as `findRetry`.
   */
  retryScan: Call<RetryOpen, OpenedScan>;
  /** Directories of this mount that are set aside. */
  quarantined: Call<{ mountId: string }, { items: QuarantinedDirectory[] }>;
  /** Items for the plan of a rescan: the published scan's tree, divided where over the limits. */
  publishedItems: Call<{ mountId: string; limits: ChunkLimits }, { items: PlanItem[] }>;
  /** Numbers chunks and makes pending directory rows for their roots (and missing ancestors). */
  addChunks: Call<{ scanId: string; chunks: PlannedChunk[] }, { chunks: ChunkRow[] }>;
  /** queued|waiting → running for this attempt. Gives the roots for the job file. */
  startAttempt: Call<NewAttempt, { roots: JobRoot[] }>;
  /** Attaches the runtime's handle once the worker has started. */
  attemptStarted: Call<{ attemptId: string; ref: string }, null>;
  /**
   * The one transaction: merges the shard's scanned directories, takes the chunk from running to done for exactly this
   * attempt, packs the remainder into child chunks. When the shard holds nothing that is done the chunk waits for another try or has
   * failed, as by `attemptFailed`. SHARD_MISSING, SHARD_DAMAGED, SHARD_DISAGREES, MERGE_DISK_FULL, MERGE_FAILED
   * leave the chunk running; the caller then says `attemptFailed`.
   */
  harvest: Call<HarvestRequest, HarvestReply>;
  /**
   * The attempt ended and left nothing to harvest: chunk → waiting (retry) or failed, after more than `maxRetries` failures. An attempt
   * that was lost with its daemon is no failure of its chunk.
   */
  attemptFailed: Call<{ attemptId: string; chunkId: number; end: AttemptEnd; maxRetries: number }, { chunk: ChunkRow }>;
  /** What is neither done nor failed goes back to queued (stop): nothing is held against it. */
  releaseChunk: Call<{ attemptId: string; chunkId: number; end: AttemptEnd }, null>;
  /** Chunks that wait for a worker fail with CHUNK_STOPPED, since somebody asked that they are not tried. They can be retried. */
  stopChunks: Call<{ chunkIds: number[]; reason: string }, { chunks: ChunkRow[] }>;
  /** Sums, hard links, certificate, publishing; frees the lock. */
  closeScan: Call<CloseRequest, { certificate: Certificate }>;
  /** Deletes the entries of superseded scans of the mount in small transactions; returns when done or `maxMs` passed. */
  prune: Call<{ mountId: string; keepScans: number; maxMs: number }, { prunedScans: number; done: boolean }>;
  scans: Call<{ mountName: string | null; limit: number }, { scans: ScanRow[] }>;
  /** `scanId` may be `latest`. NO_SUCH_SCAN. */
  certificate: Call<{ scanId: string; mountName: string | null }, { certificate: Certificate }>;
  stats: Call<StatsRequest, Stats>;
  /** Every chunk of a scan, for its map. NO_SUCH_SCAN. */
  chunks: Call<{ scanId: string }, { chunks: ChunkSummary[] }>;
  /** Its roots and attempts. NO_SUCH_SCAN. */
  chunk: Call<{ scanId: string; chunkId: number }, ChunkDetail>;
  /** How to find the worker of an attempt again, and where; `ref` null: it never started. NO_SUCH_CHUNK. */
  attempt: Call<{ attemptId: string }, AttemptPlace>;
  /** A directory and a page of what is in it; the root is ''. NO_SUCH_MOUNT. */
  listing: Call<ListingRequest, Listing>;
  /** A stretch of a search by name, short enough for others to get their turn between two. NO_SUCH_MOUNT. */
  find: Call<FindWindow, FoundWindow>;
  /** Totals by type and age. NO_SUCH_MOUNT. */
  totals: Call<{ mountId: string; which: Which; top: number; nowMs: number }, Totals>;
  /** Whether this mount has a published scan. */
  isPublished: Call<{ mountId: string }, { published: boolean }>;
  /** What the inventories of a host say of directories, by absolute path, in their order. */
  knownSizes: Call<
    { ids: readonly [string, ...string[]]; paths: readonly string[] },
    { sizes: readonly (KnownSize | null)[] }
  >;
  /** What the newest scan of this mount was asked to do; null where there was none. `mountId` null: of any mount with this name. */
  lastRequest: Call<{ mountName: string; mountId: string | null }, { request: ScanRequest | null }>;
  /** Open scans and whether their owner lives (its lock is held). */
  openScans: Call<null, { scans: OpenScan[] }>;
  /** Files in the catalog for DATABASE ACTIVITY lines: of the newest scan of this mount, of those of all mounts, merged since then. */
  activity: Call<{ mountId: string; sinceMs: number }, { mountFiles: number; totalFiles: number; filesSince: number }>;
  /** Looks at a catalog file, whatever it is, without opening it as the catalog and without changing a byte. */
  examine: Call<ExamineRequest, Examination>;
  close: Call<null, null>;
}

export interface Call<Request, Reply> {
  readonly request: Request;
  readonly reply: Reply;
}

export interface MountInfo {
  readonly mountId: string;
  readonly created: boolean;
  readonly published: { readonly scanId: string; readonly entries: number; readonly finishedAtMs: number } | null;
}

export interface NewScan {
  /** A UUIDv7; one is made where it is left out. */
  readonly scanId?: string;
  readonly mountId: string;
  readonly settings: ScanSettings;
  readonly planWay: PlanWay;
  readonly runtime: 'docker' | 'process';
  readonly owner: string;
  readonly logPath: string;
  readonly startedAtMs: number;
}

export interface ChunkRow {
  readonly id: number;
  readonly scanId: string;
  readonly state: ChunkState;
  readonly parentChunk: number | null;
  /** Planned sizes; null unknown. */
  readonly bytes: number | null;
  readonly entries: number | null;
  readonly rootCount: number;
  /** First root, for people. */
  readonly label: RelativePath;
  readonly firstMode: RootMode;
  /** Attempts begun, and how many of them count against the retries. */
  readonly attempts: number;
  readonly failures: number;
  readonly reason: string | null;
  /** Suspects: one worker, with one thread, for them alone. */
  readonly alone: boolean;
  /** How often its only root stalled or killed a worker that had nothing else to do. */
  readonly strikes: number;
  /** What an earlier scan set aside: tried after everything else, once. */
  readonly last: boolean;
}

export interface AttemptPlace {
  readonly ref: string | null;
  readonly runtime: 'docker' | 'process';
  /** As in the settings of its scan; null: none was named. */
  readonly host: string | null;
  readonly address: string;
}

export interface UnfinishedScan {
  readonly scanId: string;
  readonly mountId: string;
  readonly mountName: string;
  readonly mountPath: string;
  readonly hostId: string;
  readonly runtime: 'docker' | 'process';
  readonly owner: string;
  readonly startedAtMs: number;
  readonly settings: ScanSettings;
  readonly openChunks: number;
}

/** A scan that was opened again, with everything its runner needs to go on. */
export interface OpenedScan extends UnfinishedScan {
  readonly planWay: PlanWay;
  readonly logPath: string;
  /** The plan is whole; else `items` tells what of it is in chunks already. */
  readonly planned: boolean;
  readonly items: PlanItem[];
  /** Chunks that have not ended, in any open state. */
  readonly chunks: ChunkRow[];
  /** The attempts of those that are `running`; `ref` null where the worker may never have started. */
  readonly attempts: {
    readonly attemptId: string;
    readonly chunkId: number;
    readonly ref: string | null;
    readonly startedAtMs: number;
  }[];
  /** What is merged already. */
  readonly merged: {
    readonly files: number;
    readonly directories: number;
    readonly bytes: number;
    readonly failedDirectories: number;
    readonly entries: number;
  };
  readonly ended: { readonly done: number; readonly failed: number };
}

/** One chunk (and those made of what it left), what failed, or what is set aside. */
export type RetryWhich = { readonly chunk: number } | 'failed' | 'quarantined';

export interface RetryAsked {
  readonly scanId: string;
  readonly mountName: string | null;
  readonly which: RetryWhich;
}

export interface RetryFound extends UnfinishedScan {
  /** What is tried again. */
  readonly chunks: number;
  readonly directories: number;
  /** That could not be looked at, in directories which were scanned: those are read again. */
  readonly entries: number;
}

export interface RetryOpen extends RetryAsked {
  readonly owner: string;
  readonly runtime: 'docker' | 'process';
  readonly parts: number;
}

export interface QuarantinedDirectory {
  readonly path: RelativePath;
  readonly syscall: string | null;
  readonly reason: string;
  readonly sinceMs: number;
  readonly scanId: string;
}

export interface NewAttempt {
  readonly attemptId: string;
  readonly chunkId: number;
  readonly runtime: 'docker' | 'process';
  readonly node: string;
  readonly startedAtMs: number;
}

/** How an attempt ended, as inspect and its result line tell. */
export interface AttemptEnd {
  readonly outcome:
    | 'finished'
    | 'remainder'
    | 'crashed'
    | 'killed'
    | 'oom'
    | 'stalled'
    | 'spool'
    | 'mount'
    | 'start-failed'
    | 'lost'
    | 'stopped';
  readonly exitCode: number | null;
  /** One of ErrorCode, or null when all went well. */
  readonly code: string | null;
  /** One sentence with evidence. */
  readonly reason: string | null;
  readonly endedAtMs: number;
}

export interface HarvestRequest extends ShardRequest {
  readonly chunkId: number;
  /** What the worker counted, where it ended in order. */
  readonly totals: { readonly files: number; readonly dirsScanned: number } | null;
  readonly end: AttemptEnd;
  readonly maxRetries: number;
  readonly limits: ChunkLimits;
  /** Into about how many child chunks a remainder of unknown size is divided. */
  readonly remainderParts: number;
}

export interface HarvestReply {
  readonly chunk: ChunkRow;
  readonly children: ChunkRow[];
  readonly merged: {
    readonly files: number;
    readonly directories: number;
    readonly failedDirectories: number;
    readonly failedEntries: number;
    readonly vanished: number;
    readonly bytes: number;
  };
  /** First failed directories of this shard, for the log. */
  readonly failures: { path: Name; syscall: string | null; code: string }[];
  /** Directories that stalled or killed this worker: what becomes of each. `set-aside`: proven twice, alone. */
  readonly suspects: { path: Name; syscall: string | null; strikes: number; fate: 'tried-alone' | 'set-aside' }[];
  readonly durationMs: number;
}

export interface CloseRequest {
  readonly scanId: string;
  readonly interrupted: boolean;
  readonly publish: boolean;
  readonly finishedAtMs: number;
}

export interface OpenScan {
  readonly scanId: string;
  readonly mountId: string;
  readonly mountName: string;
  readonly hostId: string;
  readonly owner: string;
  readonly startedAtMs: number;
  readonly alive: boolean;
}

export interface StatsRequest {
  /** null = all mounts. NO_SUCH_MOUNT. */
  readonly mountName: string | null;
  readonly top: number;
  readonly nowMs: number;
}

export interface ListingRequest {
  readonly mountId: string;
  readonly which: Which;
  readonly path: RelativePath;
  readonly measure: Measure;
  readonly offset: number;
  readonly limit: number;
}

export interface FindWindow extends FindQuery {
  /** Where to begin; null: at the beginning. */
  readonly at: FindPlace | null;
  /** Only what comes after this one. */
  readonly after: FindCursor | null;
  readonly limit: number;
}

export interface FindPlace {
  readonly source: number;
  readonly dir: number;
}

export interface FoundWindow {
  readonly facts: InventoryFacts;
  readonly hits: readonly { readonly row: FoundRow; readonly cursor: FindCursor }[];
  /** Of this stretch; null: not counted. */
  readonly count: number | null;
  /** null: that was the last stretch. */
  readonly next: FindPlace | null;
}

/** The client half: one method a call. */
export type CatalogClient = {
  readonly [K in keyof CatalogApi]: (request: CatalogApi[K]['request']) => Promise<CatalogApi[K]['reply']>;
};
