import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

interface Record {
  readonly labels: { readonly attempt: string; readonly chunk: string; readonly role: string };
  readonly ref: { readonly id: string };
}

function processes(spool: string): SeenWorker[] {
  return list(spool).flatMap((name) => {
    try {
      const { labels, ref } = JSON.parse(readFileSync(join(spool, name, 'attempt.json'), 'utf8')) as Record;
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

/** Stops each container of a worker on this mount as it starts, by SIGSTOP, until it is told to let go. */
export async function holdContainers(docker: Docker, mount: string): Promise<() => Promise<void>> {
  const events = await docker.getEvents({
    filters: { type: ['container'], event: ['start'], label: ['io.smart-scanner.role=worker'] },
  });
  const held = new Set<Docker.Container>();
  const holding = new Set<Promise<void>>();
  const hold = async (id: string): Promise<void> => {
    const container = docker.getContainer(id);
    const { Mounts } = await container.inspect();
    if (!Mounts.some(({ Source }) => Source === mount)) return;
    await container.kill({ signal: 'SIGSTOP' });
    held.add(container);
  };
  events.on('data', (data: Buffer) => {
    for (const line of data.toString().trim().split('\n')) {
      // What has ended in between needs no hand to hold it.
      const one = hold((JSON.parse(line) as { id: string }).id).catch(() => undefined);
      holding.add(one);
    }
  });
  events.on('error', () => undefined);
  return async () => {
    (events as { destroy?: () => void }).destroy?.();
    await Promise.all(holding);
    await Promise.all(Array.from(held, (container) => container.kill({ signal: 'SIGCONT' }).catch(() => undefined)));
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
