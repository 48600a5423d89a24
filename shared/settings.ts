import * as v from 'valibot';

export const SETTINGS_VERSION = 1;
export const GIB = 1024 ** 3;

export const LIMITS = {
  maxContainers: { min: 1, max: 256, default: 8 },
  chunkBytesDefault: 100 * GIB,
  chunkEntriesDefault: 1_000_000,
  analysisTimeoutSeconds: 1800,
  cpus: 12,
  memoryBytes: 12 * GIB,
  retries: 2,
  stallTimeoutMs: 600_000,
  healthIntervalMs: 300_000,
  pauseTimeoutMs: 86_400_000,
  /** Where nobody looks on. */
  pauseTimeoutJsonMs: 600_000,
  keepScans: 1,
} as const;

/** Litter of NAS systems: off unless chosen with `--exclude-preset nas`. gitignore lines. */
export const EXCLUDE_PRESETS: Readonly<Record<string, readonly string[]>> = {
  nas: ['.Recycle.Bin/', '@eaDir/', '.snapshot/', '.zfs/', 'lost+found/'],
};

const positiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1));

/** How the plan of a scan was made. The setting `auto` becomes `published` where there is a published scan, else `measure`. */
export const PlanWaySchema = v.picklist(['measure', 'fast-start', 'published']);
export type PlanWay = v.InferOutput<typeof PlanWaySchema>;

/** The host's own work that a scan can make way for. */
export const YieldToSchema = v.picklist(['parity', 'mover']);
export type YieldTo = v.InferOutput<typeof YieldToSchema>;
/** How much of the NAS a scan may take: engine/scan/load.ts has the numbers. */
export const LoadSchema = v.picklist(['gentle', 'balanced', 'fast']);
export type LoadName = v.InferOutput<typeof LoadSchema>;

export const RuntimeChoiceSchema = v.picklist(['auto', 'docker', 'process']);
export type RuntimeChoice = v.InferOutput<typeof RuntimeChoiceSchema>;

/** Everything that a scan was asked to do. Stored with the scan; versioned. */
export const ScanSettingsSchema = v.object({
  version: v.literal(SETTINGS_VERSION),
  chunkBytes: positiveInteger,
  chunkEntries: positiveInteger,
  /** null: 8 in Docker; in the process runtime the number of processors, at most 8; with the load `gentle` one. */
  maxContainers: v.nullable(
    v.pipe(v.number(), v.integer(), v.minValue(LIMITS.maxContainers.min), v.maxValue(LIMITS.maxContainers.max)),
  ),
  planWay: v.picklist(['auto', 'measure', 'fast-start', 'published']),
  analysisTimeoutMs: positiveInteger,
  runtime: RuntimeChoiceSchema,
  image: v.nullable(v.string()),
  /** Name, id, address or docker context of the host that was asked for; null: whichever was set up. `--host` goes before it. */
  host: v.optional(v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(1_000))), null),
  /** Wanted per worker; clamped to the host. */
  cpus: v.pipe(v.number(), v.minValue(0.01)),
  memoryBytes: positiveInteger,
  /** Walker threads a worker; null: chosen from the host's processors. */
  threads: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64))),
  retries: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100)),
  excludes: v.array(v.string()),
  crossFilesystems: v.boolean(),
  stallTimeoutMs: positiveInteger,
  /** HEALTH CHECK and DATABASE ACTIVITY lines. */
  healthIntervalMs: v.optional(positiveInteger, LIMITS.healthIntervalMs),
  /** Hours of the day, of the host's time, outside which the scan is paused; null: any. In minutes after midnight. */
  window: v.optional(v.nullable(v.object({ from: v.number(), to: v.number() })), null),
  /** Paused while one of these runs. */
  yieldTo: v.optional(v.array(YieldToSchema), []),
  /** A scan that is paused for a full, read-only or vanished disk is given up after this. */
  pauseTimeoutMs: v.optional(positiveInteger, LIMITS.pauseTimeoutMs),
  load: v.optional(LoadSchema, 'balanced'),
  keepScans: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Publish although the scan was interrupted, or has less than half the entries of the last one, or is empty. */
  publish: v.boolean(),
});
export type ScanSettings = v.InferOutput<typeof ScanSettingsSchema>;

export const ScanRequestSchema = v.object({
  /** Absolute path on the host. */
  mountPath: v.string(),
  mountName: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  settings: ScanSettingsSchema,
});
export type ScanRequest = v.InferOutput<typeof ScanRequestSchema>;

export function defaultSettings(): ScanSettings {
  return {
    version: SETTINGS_VERSION,
    chunkBytes: LIMITS.chunkBytesDefault,
    chunkEntries: LIMITS.chunkEntriesDefault,
    maxContainers: null,
    planWay: 'auto',
    analysisTimeoutMs: LIMITS.analysisTimeoutSeconds * 1000,
    runtime: 'auto',
    image: null,
    host: null,
    cpus: LIMITS.cpus,
    memoryBytes: LIMITS.memoryBytes,
    threads: null,
    retries: LIMITS.retries,
    excludes: [],
    crossFilesystems: false,
    stallTimeoutMs: LIMITS.stallTimeoutMs,
    healthIntervalMs: LIMITS.healthIntervalMs,
    window: null,
    yieldTo: [],
    pauseTimeoutMs: LIMITS.pauseTimeoutMs,
    load: 'balanced',
    keepScans: LIMITS.keepScans,
    publish: false,
  };
}
