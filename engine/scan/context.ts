import type { RelativePath } from '../../shared/names.ts';
import type { ScanSettings } from '../../shared/settings.ts';
import { MAX_DIRECTORY_ENTRIES, type Neighbours } from '../../shared/worker-protocol.ts';
import type { CatalogClient } from '../catalog/api.ts';
import type { ScanLog } from '../log/scan-log.ts';
import type { NeighbourPaths, Runtime, RuntimeInfo, WorkerLimits } from '../runtime/runtime.ts';
import type { Clock } from './clock.ts';
import type { DiskPause } from './disk-pause.ts';
import type { Gate } from './gate.ts';
import type { HostSight } from './host-sight.ts';
import { LOADS } from './load.ts';
import { ASLEEP_MS } from './sleep-watch.ts';
import { PATIENCE, type Patience } from './supervisor.ts';

/** What every part of one scan works with. Made once, in engine/app. */
export interface ScanContext {
  readonly catalog: CatalogClient;
  readonly runtime: Runtime;
  readonly host: Pick<HostSight, 'losses' | 'lostAtMs' | 'onChange'>;
  readonly info: RuntimeInfo;
  readonly log: ScanLog;
  readonly clock: Clock;
  /** What pauses the scan. */
  readonly gate: Gate;
  readonly disk: DiskPause;
  readonly hostId: string;
  readonly scanId: string;
  readonly mountId: string;
  readonly mountPath: string;
  /** What workers are shown: the same directory, its symbolic links resolved on its host. */
  readonly boundPath: string;
  readonly mountName: string;
  /** `<user>@<computer>`. */
  readonly owner: string;
  readonly settings: ScanSettings;
  readonly tuning: Tuning;
  /** Directories that an earlier scan set aside: tried last, alone. */
  readonly setAside: readonly RelativePath[];
  readonly neighbours: NeighbourPaths;
  /** What the preflight saw there. */
  readonly foundNeighbours: Neighbours | null;
  /** Where fetched shards lie until they are merged. */
  readonly fetchDir: string;
  /** Whose disks are watched. */
  readonly disks: { readonly catalog: string; readonly spool: string };
  /** A fresh UUIDv7: attempts sort by time. */
  readonly newId: () => string;
}

/** Settings resolved against the host. */
export interface Tuning {
  readonly maxContainers: number;
  /** Workers that begin; more follow as the disks take it (`adaptive`). */
  readonly firstWorkers: number;
  readonly adaptive: boolean;
  readonly threads: number;
  /** Workers rest while others use the host. */
  readonly givesWay: boolean;
  readonly limits: WorkerLimits;
  /** First wait before a retry, ms; it doubles each time, with jitter. */
  readonly retryBaseMs: number;
  /** A worker is split for idle ones after this long, ms: starting one must be worth it. */
  readonly splitAfterMs: number;
  /** An attempt ends by itself after this long, ms; what it left goes on as other chunks. A worker that dies loses no more than that. */
  readonly attemptMs: number;
  /** PROGRESS lines in the scan log. */
  readonly progressIntervalMs: number;
  /** HEALTH CHECK and DATABASE ACTIVITY lines. */
  readonly healthIntervalMs: number;
  /** A directory that gives more entries is taken for one that never ends. */
  readonly maxDirectoryEntries: number;
  /** With workers that say nothing. */
  readonly patience: Patience;
  /** A gap in which this program did not run, from which on the computer is taken to have slept. */
  readonly asleepMs: number;
}

export function tune(settings: ScanSettings, info: RuntimeInfo): Tuning {
  const cores = Math.max(1, Math.floor(info.cpus));
  const load = LOADS[settings.load];
  // A process has no container's overhead but no isolation of its load either: one worker a core keeps a desktop usable.
  const ordinary = info.kind === 'docker' ? 8 : Math.min(8, cores);
  const maxContainers = settings.maxContainers ?? load.most(ordinary);
  return {
    maxContainers,
    firstWorkers: Math.min(maxContainers, load.first(cores)),
    adaptive: load.adaptive,
    threads: settings.threads ?? load.threads(cores),
    givesWay: load.givesWay,
    limits: {
      cpus: Math.min(settings.cpus, info.cpus),
      memoryBytes: Math.min(settings.memoryBytes, info.memoryBytes),
      priority: load.priority,
    },
    retryBaseMs: 2_000,
    splitAfterMs: 5_000,
    attemptMs: 3_600_000,
    progressIntervalMs: 30_000,
    healthIntervalMs: settings.healthIntervalMs,
    maxDirectoryEntries: MAX_DIRECTORY_ENTRIES,
    patience: PATIENCE,
    asleepMs: ASLEEP_MS,
  };
}
