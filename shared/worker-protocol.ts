import * as v from 'valibot';
import { NameSchema } from './names.ts';

/**
 * What the orchestrator and a worker say to each other. The worker is started as `node worker.cjs <kind> <job file>`;
 * the job file is JSON; the worker answers with NDJSON lines on stdout, `hello` first. Lines are hints (a log may lose
 * some): results lie in the spool, in files named by the job. Unknown fields are ignored, another major version is refused.
 */
export const PROTOCOL_MAJOR = 1;
export const PROTOCOL_MINOR = 6;

export const WORKER_EXIT = {
  /** Everything asked for was done (failed directories are data, not a failure of the worker). */
  done: 0,
  /** A budget, a deadline or a stop request ended the attempt early; a remainder is left, the shard is whole. */
  remainder: 10,
  /** The job file is missing, malformed or of another major version. */
  badJob: 64,
  /** The spool can't be written (read-only, gone, out of order). */
  spool: 74,
  /** The spool can't be written because its disk is full. An exit code of its own: it needs no room to be told. */
  spoolFull: 75,
  /** The mount point (of a list: the directory) is not there, no directory, can't be listed, or did not answer: probe and list. */
  mount: 66,
  /** A defect of ours; the stack is on stderr. */
  internal: 70,
} as const;
/** A worker with a thread stuck in the kernel can't exit: it writes its result and ends itself with SIGKILL (137). */

/**
 * Five times what an ext4 directory can hold and far above any that people have: beyond it a directory is broken (an endless one of FUSE, a loop of
 * NFS cookies). A shard with that many rows takes about 3 GB.
 */
export const MAX_DIRECTORY_ENTRIES = 50_000_000;
/** Reason of a directory that failed because it gave more. */
export const FAILED_TOO_LARGE = 'TOO_LARGE';

/** Decimal string of a 64-bit integer. */
export const Int64Schema = v.pipe(v.string(), v.regex(/^-?\d{1,19}$/));

export const RootModeSchema = v.picklist(['subtree', 'own']);
/** `subtree`: the directory and all below. `own`: its non-directory entries; subdirectories are listed, not entered. */
export type RootMode = v.InferOutput<typeof RootModeSchema>;

export const JobRootSchema = v.object({ path: NameSchema, mode: RootModeSchema });
export type JobRoot = v.InferOutput<typeof JobRootSchema>;

export const BudgetSchema = v.object({
  /** Stop taking new directories after this many entries returned. null = unlimited. */
  entries: v.nullable(v.number()),
  /** ... after this many allocated bytes. */
  bytes: v.nullable(v.number()),
  /** ... after this many milliseconds. */
  timeMs: v.nullable(v.number()),
  /** ... when this many directories are pending (fast start's first worker). */
  pendingDirs: v.nullable(v.number()),
});
export type Budget = v.InferOutput<typeof BudgetSchema>;

const JobBase = {
  protocol: v.object({ major: v.number(), minor: v.number() }),
  attempt: v.string(),
  /** Absolute path of the mount point as this worker sees it. */
  mount: v.string(),
  /** Absolute path of a private, writable, empty directory as this worker sees it. Result files go here. */
  spool: v.string(),
  /** Walker threads. */
  threads: v.number(),
  /** A system call on the mount that lasts longer than this makes the worker replace its thread. */
  stallTimeoutMs: v.number(),
  crossFilesystems: v.boolean(),
  /** gitignore lines, relative to the mount point, applied in order. */
  excludes: v.array(v.string()),
  /** A directory that gives more entries than this is taken for one that never ends, and fails. Since 1.1. */
  maxDirectoryEntries: v.optional(v.number()),
  /** Walkers rest most of the time while others use the host's processors or disks. Since 1.5. */
  givesWay: v.optional(v.boolean()),
};

export const ScanJobSchema = v.object({
  ...JobBase,
  kind: v.literal('scan'),
  roots: v.array(JobRootSchema),
  budget: BudgetSchema,
  /** `breadth` for fast start's first worker; `depth` keeps the pending list short. */
  order: v.picklist(['depth', 'breadth']),
  /** Write the SHA-256 of the shard into the result (wanted when it will travel). */
  hashShard: v.boolean(),
  /** Leave the shard compressed as well: it will travel over a network. Since 1.4. */
  packShard: v.optional(v.boolean()),
  /** Directories that are met but not entered, and stay pending: they are tried last, alone. Roots are never among them. Since 1.1. */
  setAside: v.optional(v.array(NameSchema)),
  /** One walker thread, and each directory is committed as `reading` before it is touched: the shard of a worker that died names it. Since 1.1. */
  careful: v.optional(v.boolean()),
});
export type ScanJob = v.InferOutput<typeof ScanJobSchema>;

export const MeasureJobSchema = v.object({
  ...JobBase,
  kind: v.literal('measure'),
  /** A directory with more than either is divided. */
  chunkBytes: v.number(),
  chunkEntries: v.number(),
  /** Measuring ends after this; what is unfinished then is divided, what is unread is emitted with unknown size. */
  timeoutMs: v.number(),
});
export type MeasureJob = v.InferOutput<typeof MeasureJobSchema>;

export const ListJobSchema = v.object({
  ...JobBase,
  kind: v.literal('list'),
  path: NameSchema,
  limit: v.number(),
  /** As of a probe. Since 1.3. */
  bound: v.optional(v.object({ mountTable: v.string(), path: v.string() })),
});
export type ListJob = v.InferOutput<typeof ListJobSchema>;

export const ProbeJobSchema = v.object({
  ...JobBase,
  kind: v.literal('probe'),
  /** So many entries of the mount point are looked at one by one, and timed. Since 1.2; a scan's preflight asks for none. */
  samples: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000))),
  /** State files of the host's own work, as this worker sees them. Since 1.2. */
  neighbours: v.optional(
    v.object({
      parity: v.string(),
      mover: v.string(),
      /** It sees the host's processes, so a process id says whether it runs. */
      seesProcesses: v.boolean(),
      /** Look at nothing else: the mount is not touched. */
      only: v.boolean(),
    }),
  ),
  /** The host's mount table as this worker sees it, and what the mount is called there. Since 1.3. */
  bound: v.optional(v.object({ mountTable: v.string(), path: v.string() })),
});
export type ProbeJob = v.InferOutput<typeof ProbeJobSchema>;

/** Looks at several directories, none of which is the mount. Since 1.3. */
export const PlacesJobSchema = v.object({
  ...JobBase,
  kind: v.literal('places'),
  /** The host's mount table, as this worker sees it. */
  mountTable: v.string(),
  /** As this worker sees them. `limit`: so many of its entries are told; 0: only its file system is asked. */
  places: v.array(v.object({ path: v.string(), limit: v.number() })),
});
export type PlacesJob = v.InferOutput<typeof PlacesJobSchema>;

export const JobSchema = v.variant('kind', [
  ScanJobSchema,
  MeasureJobSchema,
  ListJobSchema,
  ProbeJobSchema,
  PlacesJobSchema,
]);
export type Job = v.InferOutput<typeof JobSchema>;
export type JobKind = Job['kind'];

/** Files in the spool directory of an attempt. */
export const SPOOL_FILES = {
  job: 'job.json',
  /** scan: the shard (SQLite, rollback journal beside it while live). */
  shard: 'shard.db',
  /**
   * scan: the shard once more, where the job asked for it and the result has `packedBytes`. Blocks of it, in order, each compressed on its own
   * (zstd) and led by its compressed length in four bytes, the highest first. Since 1.4.
   */
  packed: 'shard.db.zst',
  /** measure: every `item` line again, in order, then the result line: the truth where lines were lost. */
  measure: 'measure.ndjson',
  /** Every kind: the result line, written and fsynced last. Absent after a kill. */
  result: 'result.json',
  /** scan, measure: empty; its time says when the worker last lived, to within 5 s. Since 1.1. */
  heartbeat: 'heartbeat',
} as const;

/** One thing to plan with: a subtree, or a divided directory's own entries. */
export const MeasuredItemSchema = v.object({
  path: NameSchema,
  mode: RootModeSchema,
  /** Entries at or below, the directory itself included; null = unknown (unread when the analysis timed out). */
  entries: v.nullable(v.number()),
  /** Allocated bytes of the non-directory entries; null = unknown. */
  bytes: v.nullable(Int64Schema),
});
export type MeasuredItem = v.InferOutput<typeof MeasuredItemSchema>;

export const WaitingOnSchema = v.object({
  path: NameSchema,
  syscall: v.string(),
  /** How long the call has lasted. */
  sinceMs: v.number(),
  thread: v.number(),
});
export type WaitingOn = v.InferOutput<typeof WaitingOnSchema>;

export const LargeDirectorySchema = v.object({ path: NameSchema, names: v.number(), sinceMs: v.number() });

export const HelloLineSchema = v.object({
  type: v.literal('hello'),
  protocol: v.object({ major: v.number(), minor: v.number() }),
  worker: v.string(),
  node: v.string(),
  shard: v.number(),
  pid: v.number(),
  attempt: v.string(),
  kind: v.picklist(['scan', 'measure', 'list', 'probe', 'places']),
});

/** Once a second, also when nothing moved: the heartbeat. */
export const ProgressLineSchema = v.object({
  type: v.literal('progress'),
  entries: v.number(),
  files: v.number(),
  dirsScanned: v.number(),
  dirsPending: v.number(),
  dirsFailed: v.number(),
  bytes: v.number(),
  /** What each walker thread is in, longest wait first, at most 4. */
  waitingOn: v.array(WaitingOnSchema),
  /** Median duration of an lstat in this second, microseconds; null when none was sampled. */
  lstatMedianUs: v.nullable(v.number()),
  rssBytes: v.number(),
  /** It rests most of the time now, for others. Since 1.5. */
  givesWay: v.optional(v.boolean()),
  /** The largest directory that is being read now, from 100,000 names on: how many so far, and for how long. Since 1.6. */
  large: v.optional(LargeDirectorySchema),
});
export type ProgressLine = v.InferOutput<typeof ProgressLineSchema>;

/**
 * measure: one item, numbered from 0 without gaps so that a lost line shows. A divided directory's `own` item is
 * always its last: all items directly below it have been emitted before.
 */
export const ItemLineSchema = v.object({ type: v.literal('item'), seq: v.number(), ...MeasuredItemSchema.entries });
export const StallLineSchema = v.object({ type: v.literal('stall'), ...WaitingOnSchema.entries });
export const NoteLineSchema = v.object({
  type: v.literal('note'),
  level: v.picklist(['info', 'warning', 'error']),
  text: v.string(),
});

export const ScanTotalsSchema = v.object({
  entries: v.number(),
  files: v.number(),
  subdirs: v.number(),
  excluded: v.number(),
  failed: v.number(),
  vanished: v.number(),
  dirsScanned: v.number(),
  dirsFailed: v.number(),
  dirsVanished: v.number(),
  dirsExcluded: v.number(),
  dirsPending: v.number(),
  sizeBytes: Int64Schema,
  allocatedBytes: Int64Schema,
});
export type ScanTotals = v.InferOutput<typeof ScanTotalsSchema>;

export const StopReasonSchema = v.picklist([
  'finished',
  'entries-budget',
  'bytes-budget',
  'time-budget',
  'pending-budget',
  'stop-requested',
  'stalled',
  'spool',
]);
export type StopReason = v.InferOutput<typeof StopReasonSchema>;

export const ListEntrySchema = v.object({
  name: NameSchema,
  kind: v.number(),
  size: v.nullable(Int64Schema),
  mtimeMs: v.nullable(v.number()),
  error: v.nullable(v.string()),
  /** Of a symbolic link, as it is written. Since 1.3. */
  target: v.optional(NameSchema),
});

const ListedSchema = v.object({ entries: v.array(ListEntrySchema), truncated: v.boolean() });

export const PlaceLookSchema = v.object({
  path: v.string(),
  totalBytes: v.nullable(Int64Schema),
  freeBytes: v.nullable(Int64Schema),
  list: v.nullable(ListedSchema),
  /** errno code of what failed, or that it did not answer in time. */
  error: v.nullable(v.string()),
});
export type PlaceLook = v.InferOutput<typeof PlaceLookSchema>;

const MountEntrySchema = v.object({
  point: v.string(),
  filesystem: v.string(),
  source: v.string(),
  device: v.string(),
  root: v.string(),
});

/** What else works on the host's disks. */
export const NeighboursSchema = v.object({
  /** A parity check, rebuild or clear that runs, as Unraid calls it, and how far it is. */
  parity: v.nullable(v.object({ action: v.string(), percent: v.nullable(v.number()) })),
  mover: v.boolean(),
});
export type Neighbours = v.InferOutput<typeof NeighboursSchema>;

export const ProbeResultSchema = v.object({
  exists: v.boolean(),
  isDirectory: v.boolean(),
  listable: v.boolean(),
  /** At least one entry other than . and .. */
  empty: v.boolean(),
  /** errno code and syscall of what failed, if anything did. */
  code: v.nullable(v.string()),
  syscall: v.nullable(v.string()),
  filesystem: v.nullable(v.string()),
  isMountPoint: v.nullable(v.boolean()),
  totalBytes: v.nullable(Int64Schema),
  freeBytes: v.nullable(Int64Schema),
  spoolFreeBytes: v.nullable(Int64Schema),
  spoolWritable: v.boolean(),
  /** Since 1.2. */
  spoolTotalBytes: v.optional(v.nullable(Int64Schema)),
  /** Where the mount point lies within its file system; with a path of the host's own at its end, nothing is mounted there. Since 1.2. */
  pathInFilesystem: v.optional(v.nullable(v.string())),
  /** The host's number of the file system: the same for all that lies on it. Since 1.2. */
  device: v.optional(v.string()),
  /** How long single `lstat`s took, ms; absent where none were asked for or there was nothing to look at. */
  lstat: v.optional(v.object({ samples: v.number(), p50Ms: v.number(), p95Ms: v.number(), maxMs: v.number() })),
  /** Round trip to this host's clock: its time when the probe ran, ms UTC. */
  nowMs: v.number(),
  timezone: v.string(),
  /** Where the job asked for it. Since 1.2. */
  neighbours: v.optional(NeighboursSchema),
  /** The path on the host of what was bound, symbolic links resolved; null where it can't be told. Since 1.3. */
  boundPath: v.optional(v.nullable(v.string())),
});
export type ProbeResult = v.InferOutput<typeof ProbeResultSchema>;

export const ResultLineSchema = v.object({
  type: v.literal('result'),
  kind: v.picklist(['scan', 'measure', 'list', 'probe', 'places']),
  exit: v.number(),
  reason: StopReasonSchema,
  durationMs: v.number(),
  totals: v.optional(ScanTotalsSchema),
  shardSha256: v.optional(v.string()),
  shardBytes: v.optional(v.number()),
  /** Of the compressed shard; absent: there is none. Since 1.4. */
  packedBytes: v.optional(v.number()),
  /** measure: number of item lines. */
  items: v.optional(v.number()),
  list: v.optional(
    v.object({
      ...ListedSchema.entries,
      /** Of the directory. Since 1.3. */
      filesystem: v.optional(v.nullable(v.string())),
      totalBytes: v.optional(v.nullable(Int64Schema)),
      freeBytes: v.optional(v.nullable(Int64Schema)),
      boundPath: v.optional(v.nullable(v.string())),
    }),
  ),
  probe: v.optional(ProbeResultSchema),
  places: v.optional(v.object({ mounts: v.nullable(v.array(MountEntrySchema)), looked: v.array(PlaceLookSchema) })),
  /** Why, when exit is neither done nor remainder. */
  error: v.optional(v.string()),
});
export type ResultLine = v.InferOutput<typeof ResultLineSchema>;

export const WorkerLineSchema = v.variant('type', [
  HelloLineSchema,
  ProgressLineSchema,
  ItemLineSchema,
  StallLineSchema,
  NoteLineSchema,
  ResultLineSchema,
]);
export type WorkerLine = v.InferOutput<typeof WorkerLineSchema>;

/** process runtime: control lines on the worker's stdin (docker: SIGTERM / SIGUSR2). End of input means nothing. */
export const CONTROL = { stop: 'stop', split: 'split' } as const;
