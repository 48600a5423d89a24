import type { ContainerCreateOptions, MountPropagation, MountSettings } from 'dockerode';
import { SPOOL_FILES } from '../../../shared/worker-protocol.ts';
import type { AttemptLabels, WorkerLimits } from '../runtime.ts';
import { SPOOL_LABEL, toDockerLabels } from './labels.ts';
import { seccompProfile } from './seccomp.ts';

/** Where a worker sees what it works on. */
export const INSIDE = {
  mount: '/mount',
  spool: '/spool',
  worker: '/opt/smart-scanner/dist/worker.cjs',
  neighbours: { parity: '/neighbours/parity', mover: '/neighbours/mover' },
  mountTable: '/host/mountinfo',
  place: (index: number) => `/places/${index}`,
} as const;

const LOG_FILE_SIZE = '10m';
const LOG_FILES = '2';
/** Threads and init of a worker are about 20; a fork bomb ends here. */
const PIDS_LIMIT = 200;
const NANO = 1e9;
/** Docker refuses less than 6 MB; Node needs more than that in any case. */
const LEAST_MEMORY_BYTES = 64 * 1024 ** 2;

const HAS_HEARTBEAT: readonly string[] = ['scan', 'measure'];
const SECOND_NS = 1e9;
/**
 * Is the heartbeat younger than 30 s (a worker beats every 5)? Costs a start of Node, about 40 ms, so seldom. It tells of a worker that hangs or
 * was stopped, never of a mount that doesn't answer.
 */
export const HEALTHCHECK = {
  Test: [
    'CMD',
    'node',
    '-e',
    `process.exit(Date.now() - fs.statSync('${INSIDE.spool}/${SPOOL_FILES.heartbeat}').mtimeMs > 30000 ? 1 : 0)`,
  ],
  Interval: 60 * SECOND_NS,
  Timeout: 20 * SECOND_NS,
  StartPeriod: 30 * SECOND_NS,
  // The clock may have been set in between.
  Retries: 2,
};

export interface ContainerSpec {
  /** Id, not name: a tag may move under a running scan. */
  readonly imageId: string;
  readonly labels: AttemptLabels;
  readonly jobKind: string;
  /** null: it is not to be touched. */
  readonly mountPath: string | null;
  readonly propagation: MountPropagation;
  /** Read-only files of the host, and directories that are looked at beside or instead of the mount. */
  readonly files: readonly BoundFile[];
  readonly spool: MountSettings;
  readonly spoolHandle: string;
  readonly jobFile: string;
  readonly limits: WorkerLimits;
  /** Whether this kernel and daemon know `BlkioWeight`. */
  readonly weighsIo: boolean;
}

export interface BoundFile {
  readonly source: string;
  readonly target: string;
  /** What is mounted below it is seen as well. */
  readonly isDirectory?: boolean;
}

export function containerName(labels: AttemptLabels): string {
  return `smart-scanner-${labels.role}-${labels.attempt}`;
}

/** Everything that a worker's container is given; docs/docker.md says why, and a test reads it back with inspect. */
export function containerOptions(spec: ContainerSpec): ContainerCreateOptions {
  const memory = Math.max(LEAST_MEMORY_BYTES, Math.floor(spec.limits.memoryBytes));
  return {
    name: containerName(spec.labels),
    Image: spec.imageId,
    // The image's own entry is the command line.
    Entrypoint: ['node', `--max-old-space-size=${heapMebibytes(memory)}`, INSIDE.worker],
    Cmd: [spec.jobKind, `${INSIDE.spool}/${spec.jobFile}`],
    User: '0:0',
    WorkingDir: '/',
    Labels: { ...toDockerLabels(spec.labels), [SPOOL_LABEL]: spec.spoolHandle },
    NetworkDisabled: true,
    StopSignal: 'SIGTERM',
    ...(HAS_HEARTBEAT.includes(spec.jobKind) ? { Healthcheck: HEALTHCHECK } : {}),
    HostConfig: {
      Mounts: [
        ...(spec.mountPath === null ? [] : [bindOf(spec.mountPath, INSIDE.mount, spec.propagation)]),
        spec.spool,
        ...spec.files.map(({ source, target, isDirectory }) =>
          isDirectory === true
            ? bindOf(source, target, spec.propagation)
            : { Type: 'bind' as const, Source: source, Target: target, ReadOnly: true },
        ),
      ],
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ['ALL'],
      // Reads every directory; uid 0 without it reads what its owner may, which is next to nothing.
      CapAdd: ['DAC_READ_SEARCH'],
      SecurityOpt: [
        'no-new-privileges:true',
        `seccomp=${seccompProfile()}`,
        // Where SELinux rules, no label may read a share that other programs own.
        'label=disable',
      ],
      IpcMode: 'private',
      PidsLimit: PIDS_LIMIT,
      Init: true,
      // Exit codes and logs are evidence: containers stay until they are harvested.
      AutoRemove: false,
      RestartPolicy: { Name: 'no' },
      CpuShares: spec.limits.priority.cpuShares,
      ...(spec.weighsIo ? { BlkioWeight: spec.limits.priority.ioWeight } : {}),
      NanoCpus: Math.floor(spec.limits.cpus * NANO),
      Memory: memory,
      // The same as memory: no swap.
      MemorySwap: memory,
      LogConfig: { Type: 'json-file', Config: { 'max-size': LOG_FILE_SIZE, 'max-file': LOG_FILES } },
    },
  };
}

/** `Mounts`, since `Binds` would make a directory that is missing on the host. */
function bindOf(source: string, target: string, propagation: MountPropagation): MountSettings {
  return {
    Type: 'bind',
    Source: source,
    Target: target,
    ReadOnly: true,
    BindOptions: { Propagation: propagation },
  };
}

function heapMebibytes(memoryBytes: number): number {
  return Math.max(48, Math.min(2048, Math.floor(memoryBytes / 2 / 1024 ** 2)));
}
