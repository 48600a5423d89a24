import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import type { TestRuntime } from './runtimes.ts';

/** A worker that runs right now, seen from outside. */
export interface SeenWorker {
  readonly attempt: string;
  readonly chunk: string;
  readonly role: string;
  kill(): Promise<void>;
}

/** Running workers of scans on this data directory: processes by their spool records, containers by asking the daemon. */
export async function runningWorkers(runtime: TestRuntime, dataDir: string): Promise<SeenWorker[]> {
  return runtime.kind === 'process' ? processes(join(dataDir, 'spool', 'process')) : await containers(runtime, dataDir);
}

interface SpoolRecord {
  readonly labels: { readonly attempt: string; readonly chunk: string; readonly role: string };
  readonly ref: { readonly id: string };
}

function processes(spool: string): SeenWorker[] {
  return list(spool).flatMap((name) => {
    try {
      const { labels, ref } = JSON.parse(readFileSync(join(spool, name, 'attempt.json'), 'utf8')) as SpoolRecord;
      const pid = Number(ref.id.split(':')[0]);
      if (!isAlive(pid)) return [];
      return [
        {
          ...labels,
          kill: () => {
            process.kill(pid, 'SIGKILL');
            return Promise.resolve();
          },
        },
      ];
    } catch {
      // Not written yet, or gone again.
      return [];
    }
  });
}

async function containers(runtime: TestRuntime, dataDir: string): Promise<SeenWorker[]> {
  const docker = dockerOf(runtime);
  const ours = new Set(list(join(dataDir, 'spool', 'docker')));
  const running = await docker.listContainers({ filters: { label: ['io.smart-scanner.attempt'] } });
  return running.flatMap((container) => {
    const label = (key: string): string => container.Labels[`io.smart-scanner.${key}`] ?? '';
    if (!ours.has(label('attempt'))) return [];
    return [
      {
        attempt: label('attempt'),
        chunk: label('chunk'),
        role: label('role'),
        kill: async () => {
          await docker.getContainer(container.Id).kill({ signal: 'SIGKILL' });
        },
      },
    ];
  });
}

/** Of a container as it starts: asking for what runs may come too late for one that lives for a moment. */
export interface StartedContainer {
  readonly container: Docker.Container;
  readonly attempt: string;
  readonly chunk: string;
}

/** Hears of every worker's container as it starts, of any scan on this engine. Gives what ends it, which waits for what was begun. */
export async function onContainerStart(
  docker: Docker,
  act: (started: StartedContainer) => Promise<void>,
): Promise<() => Promise<void>> {
  const events = await docker.getEvents({
    filters: { type: ['container'], event: ['start'], label: ['io.smart-scanner.role=worker'] },
  });
  const acting = new Set<Promise<void>>();
  events.on('data', (data: Buffer) => {
    for (const line of data.toString().trim().split('\n')) {
      const { id, Actor } = JSON.parse(line) as { id: string; Actor: { Attributes: Record<string, string> } };
      const label = (key: string): string => Actor.Attributes[`io.smart-scanner.${key}`] ?? '';
      // What has ended in between can't be acted on.
      const started = { container: docker.getContainer(id), attempt: label('attempt'), chunk: label('chunk') };
      acting.add(act(started).catch(() => undefined));
    }
  });
  events.on('error', () => undefined);
  return async () => {
    (events as { destroy?: () => void }).destroy?.();
    await Promise.all(acting);
  };
}

/** Stops each container of a worker on this mount as it starts, by SIGSTOP, until it is told to let go. */
export async function holdContainers(docker: Docker, mount: string): Promise<() => Promise<void>> {
  const held = new Set<Docker.Container>();
  const end = await onContainerStart(docker, async ({ container }) => {
    const { Mounts } = await container.inspect();
    if (!Mounts.some(({ Source }) => Source === mount)) return;
    await container.kill({ signal: 'SIGSTOP' });
    held.add(container);
  });
  return async () => {
    await end();
    await Promise.all(Array.from(held, (container) => container.kill({ signal: 'SIGCONT' }).catch(() => undefined)));
  };
}

/** Kills those workers of a scan that `doomed` says, so many ms after their start. Gives what ends it: how many were killed. */
export async function killWorkers(
  runtime: TestRuntime,
  dataDir: string,
  doomed: (worker: Pick<SeenWorker, 'attempt' | 'chunk'>) => boolean,
  afterMs: () => number = () => 0,
): Promise<() => Promise<number>> {
  let kills = 0;
  if (runtime.kind === 'docker') {
    const end = await onContainerStart(dockerOf(runtime), async (started) => {
      const isOurs = existsSync(join(dataDir, 'spool', 'docker', started.attempt));
      if (!isOurs || !doomed(started)) return;
      await delay(afterMs());
      await started.container.kill({ signal: 'SIGKILL' });
      kills += 1;
    });
    return async () => {
      await end();
      return kills;
    };
  }
  const spool = join(dataDir, 'spool', 'process');
  const met = new Set<string>();
  const kill = async ({ attempt }: SeenWorker): Promise<void> => {
    await delay(afterMs());
    const worker = processes(spool).find((one) => one.attempt === attempt);
    if (worker === undefined) return;
    await worker.kill();
    kills += 1;
  };
  const killing = new Set<Promise<void>>();
  const looking = setInterval(() => {
    for (const worker of processes(spool)) {
      if (worker.role !== 'worker' || met.has(worker.attempt)) continue;
      met.add(worker.attempt);
      // It may end in between.
      if (doomed(worker)) killing.add(kill(worker).catch(() => undefined));
    }
  }, 5);
  return async () => {
    clearInterval(looking);
    await Promise.all(killing);
    return kills;
  };
}

export function dockerOf(runtime: TestRuntime): Docker {
  const address = runtime.options.env?.['DOCKER_HOST'] ?? '';
  return new Docker({ socketPath: address.replace(/^unix:\/\//, ''), host: undefined, protocol: 'http' });
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    // A zombie is dead: its parent just hasn't looked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
