import type { Job } from '../../shared/worker-protocol.ts';

/** Runs workers: containers of a Docker daemon, or child processes. The scan knows only this interface. */
export interface Runtime {
  readonly kind: 'docker' | 'process';
  /** null: nobody but programs on this data directory can run workers there. */
  readonly leases: HostLeases | null;
  /** Talks to the host once and says what it is. Throws DOCKER_UNREACHABLE / DOCKER_API. */
  connect(signal: AbortSignal): Promise<RuntimeInfo>;
  /** Looks at once whether the way to the host still stands. */
  wake?(): void;
  /** The host's own clock. */
  time(): Promise<HostTime>;
  /** Makes sure that workers can start (docker: image present and carrying our worker). Throws IMAGE_*. */
  prepare(options: PrepareOptions): Promise<void>;
  /** Creates the attempt's spool, puts the job there and starts the worker. Throws WORKER_START with the daemon's words. */
  start(spec: StartSpec): Promise<AttemptRef>;
  /**
   * Lines of the worker's stdout as they come. A hint: may end early, may lose lines; never throws, ends with the signal. `onlyNew`: not those
   * that came before.
   */
  lines(ref: AttemptRef, signal: AbortSignal, onlyNew?: boolean): AsyncIterable<string>;
  /** Resolves when the worker may have ended (event, stream end or deadline): ask `inspect` then. */
  waitForEnd(ref: AttemptRef, signal: AbortSignal): Promise<void>;
  /** The truth. */
  inspect(ref: AttemptRef): Promise<AttemptStatus>;
  /** Graceful: finish what ends within 3 s, commit, exit. `split` means the same to the worker and is logged apart. */
  stop(ref: AttemptRef, kind: 'stop' | 'split'): Promise<void>;
  kill(ref: AttemptRef): Promise<void>;
  /** Everything the worker printed, stderr too, at most maxBytes from the end. */
  logs(ref: AttemptRef, maxBytes: number): Promise<string>;
  /** One sample; null where there is none (ended). */
  stats(ref: AttemptRef): Promise<AttemptStats | null>;
  /**
   * Brings the named spool files that exist to a local directory, only after inspect said that the worker has ended, and
   * says where each lies. The process runtime copies nothing. Missing files are left out.
   */
  fetch(ref: AttemptRef, names: readonly string[], intoDir: string): Promise<FetchedFile[]>;
  /** What carries our labels on this host, of any scan of any owner. */
  list(): Promise<FoundAttempt[]>;
  /** Removes container/process record and spool directory of the attempt. Kills it first if need be. Idempotent. */
  remove(ref: AttemptRef): Promise<void>;
  /** What a doctor asks of a daemon that `connect` reached; absent where there is none. Changes nothing. */
  examine?(signal: AbortSignal): Promise<DaemonLook>;
  /** Ends streams and sockets; workers go on. */
  close(): Promise<void>;
}

/**
 * Who scans what on a host that several computers (or data directories) may use, kept on that host. At most one lease a mount path. Every method
 * makes one or two calls and throws what they throw.
 */
export interface HostLeases {
  look(): Promise<{ readonly leases: readonly HostLease[]; readonly asks: readonly HostAsk[] }>;
  /** Takes the lease of this mount path where nobody holds it. Gives the lease that stands now: ours, or that of another scan. */
  take(lease: HostLease): Promise<HostLease>;
  /** Gives it back, if it is (still) of this scan. */
  drop(lease: HostLease): Promise<void>;
  /** Puts a question to the owner of a scan. A controller that lives answers within seconds, by withdrawing it. */
  ask(ask: HostAsk): Promise<void>;
  /** false: it was gone already. */
  withdraw(id: string): Promise<boolean>;
}

export interface HostLease {
  readonly scanId: string;
  /** `<user>@<computer>`. */
  readonly owner: string;
  readonly mountPath: string;
  readonly mountName: string;
  /** By the owner's clock: for people only. */
  readonly sinceMs: number;
}

export interface HostAsk {
  readonly id: string;
  readonly scanId: string;
  /** `stop`: let the mount go. `answer`: only show that you live. */
  readonly kind: 'stop' | 'answer';
  readonly by: string;
}

/** What only a daemon can be asked. */
export interface DockerHost extends Runtime {
  /** The version of the API that both sides speak. */
  api(): string;
  /** Whether workers can start at once. */
  imageStatus(): Promise<ImageStatus>;
  /** Builds the image where it is missing, without looking at spools. Throws IMAGE_*. */
  prepareImage(options: PrepareOptions): Promise<void>;
  /** Writes the image that is there to a file of this computer. Throws IMAGE_MISSING, IMAGE_FILE. */
  exportImage(path: string, options: PrepareOptions): Promise<void>;
  /** Brings such a file to the daemon, once its version, content and processor are seen to fit. Throws IMAGE_FILE. */
  loadImage(path: string, options: PrepareOptions): Promise<void>;
  /** Every image with our label, of whatever version. */
  ourImages(): Promise<{ readonly id: string; readonly names: readonly string[]; readonly bytes: number }[]>;
  /** By all its names; one that is gone already is no error. */
  removeImage(id: string): Promise<void>;
  /** Runs a script in a shell of the host itself and gives what it printed; by SSH only, and by the connection that stands. */
  shell(script: string, signal: AbortSignal): Promise<string>;
}

/** An image as a daemon has it. */
export interface FoundImage {
  readonly id: string;
  /** Hash of the program in it; null: of somebody else. */
  readonly content: string | null;
  readonly version: string | null;
  readonly bytes: number;
  readonly createdAtMs: number | null;
  /** amd64, arm64. */
  readonly architecture: string;
}

export interface ImageStatus {
  readonly name: string;
  /** outdated: it carries another version of this program, and is built again by the next scan. */
  readonly state: 'ready' | 'outdated' | 'missing' | 'foreign';
  /** What this program carries. */
  readonly wanted: { readonly content: string; readonly version: string | null };
  readonly image: FoundImage | null;
}

export interface RuntimeInfo {
  readonly kind: 'docker' | 'process';
  /**
   * What this host is known by: Docker's id of the daemon, and the computer's where it is this one. Attributes of our host, not its
   * identity; one that the catalog knows is enough to find it again.
   */
  readonly ids: readonly [string, ...string[]];
  /** For people: "Docker 27.5 at unix:///var/run/docker.sock", "this computer". */
  readonly description: string;
  /** Where it was reached; `local` for processes. */
  readonly address: string;
  readonly hostName: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** The daemon runs in a VM (Docker Desktop and its like), so local paths are slow or invisible there. */
  readonly isVirtualMachine: boolean;
  /** Another machine: nothing here is a path there. */
  readonly isRemote: boolean;
  readonly operatingSystem: string;
  /** What a person must know each time about how it is reached; null: nothing. */
  readonly warning: string | null;
}

export interface DaemonLook {
  readonly version: string;
  readonly apiVersion: string;
  readonly storageDriver: string;
  readonly rootDir: string;
  /** Of Docker's own disk, where this computer sees it. */
  readonly rootSpace: { readonly freeBytes: number; readonly totalBytes: number } | null;
  /** The host's time less ours, ms; null where it doesn't tell. */
  readonly clockAheadMs: number | null;
  /** The daemon's own warnings. */
  readonly warnings: readonly string[];
  readonly image: {
    readonly name: string;
    readonly state: 'present' | 'other-version' | 'foreign' | 'missing';
    /** Of the image it is built from. */
    readonly base: string;
    readonly baseIsThere: boolean;
  };
  readonly ours: {
    readonly containers: number;
    readonly running: number;
    readonly images: number;
    readonly imageBytes: number;
  };
}

export interface HostTime {
  /** ms UTC. */
  readonly atMs: number;
  /** Its local time is that far ahead of UTC. */
  readonly offsetMinutes: number;
}

/** Files of the host that tell of its own work; where they are missing there is none. */
export interface NeighbourPaths {
  readonly parity: string;
  readonly mover: string;
}

export interface PrepareOptions {
  /** Progress for people, one line each. */
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
  /** Asked before an image is built; absent: nobody is there to ask, and it is built. */
  readonly agree?: (question: string) => Promise<boolean>;
}

export interface AttemptLabels {
  readonly host: string;
  readonly scan: string;
  readonly chunk: string;
  readonly attempt: string;
  readonly role: 'worker' | 'measure' | 'probe' | 'list';
  /** `<user>@<computer>` of the orchestrator. */
  readonly owner: string;
}

export interface StartSpec {
  readonly labels: AttemptLabels;
  /** Absolute path on the host; bound read-only. */
  readonly mountPath: string;
  /** `mount` and `spool` are filled in by the runtime: only it knows what the worker will see. */
  readonly job: JobTemplate;
  readonly limits: WorkerLimits;
  /** Of a probe: paths on the host that it looks at, too. `only`: the mount is not even bound. */
  readonly neighbours?: NeighbourPaths & { readonly only: boolean };
}

type WithoutPlaces<T> = T extends unknown ? Omit<T, 'mount' | 'spool'> : never;
export type JobTemplate = WithoutPlaces<Job>;

export interface WorkerLimits {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly priority: WorkerPriority;
}

/** What a worker gets where others want the same: against Docker's defaults of 1024 and 500, and as a process against niceness 0. */
export interface WorkerPriority {
  readonly cpuShares: number;
  /** 10 to 1000, where the kernel has it. */
  readonly ioWeight: number;
  readonly niceness: number;
}

/** Serializable; enough to find the worker again after a restart. */
export interface AttemptRef {
  readonly runtime: 'docker' | 'process';
  /** Docker daemon (later: swarm node) or `local`. */
  readonly node: string;
  readonly attempt: string;
  /** Container id, or `<pid>:<start time>`. */
  readonly id: string;
  /** Runtime's own handle of the spool directory on that node. */
  readonly spool: string;
}

export interface AttemptStatus {
  readonly state: 'created' | 'running' | 'exited' | 'gone';
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  /** What the daemon's own look at its heartbeat says: starting, healthy, unhealthy; null where nobody looks. */
  readonly health: string | null;
  /** The daemon's words about why it didn't start or run. */
  readonly error: string | null;
  /** Raw inspect for the scan log. */
  readonly raw: unknown;
}

export interface AttemptStats {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}

export interface FetchedFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** It travelled: its hash is worth checking. */
  readonly copied: boolean;
}

export interface FoundAttempt {
  readonly ref: AttemptRef;
  readonly labels: AttemptLabels | null;
  readonly state: AttemptStatus['state'];
  readonly createdAtMs: number;
  /** Size of its spool directory where cheap to know. */
  readonly spoolBytes: number | null;
}
