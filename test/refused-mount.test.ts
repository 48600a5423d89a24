import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { expect, it } from 'vitest';
import { DockerRuntime } from '../engine/runtime/docker/docker-runtime.ts';
import { Connection } from '../engine/connection/connection.ts';
import { parseEndpoint } from '../engine/connection/endpoint.ts';
import { ACCEPT_NONE } from '../engine/connection/ssh/host-key.ts';
import { PROTOCOL_MAJOR, PROTOCOL_MINOR } from '../shared/worker-protocol.ts';
import { startRefusingDaemon } from './fixtures/refusing-daemon.ts';
import { temporaryDirectory } from './support/temporary.ts';

it('a mount that the daemon takes neither as a slave nor privately: both refusals are told, for each worker', async () => {
  const dir = temporaryDirectory();
  const daemon = await startRefusingDaemon(dir, {
    rslave: 'path /mnt/user is mounted on /mnt/user but it is not a shared or slave mount',
    rprivate: 'mounting /mnt/user: no such device',
  });
  const runtime = new DockerRuntime({
    connection: new Connection(parseEndpoint(daemon.address), ACCEPT_NONE),
    contextRoot: join(import.meta.dirname, '..'),
    image: null,
    baseImage: null,
    spoolRoot: join(dir, 'spool'),
  });
  const signal = new AbortController().signal;
  const start = (): Promise<unknown> => {
    const attempt = uuidv7();
    return runtime.start({
      labels: { host: 'h', scan: 's', chunk: '7', attempt, role: 'probe', owner: 'me@here' },
      mountPath: '/mnt/user',
      limits: { cpus: 1, memoryBytes: 2 ** 30, priority: { cpuShares: 512, ioWeight: 250, niceness: 5 } },
      job: {
        kind: 'probe',
        protocol: { major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR },
        attempt,
        threads: 1,
        stallTimeoutMs: 1_000,
        crossFilesystems: false,
        excludes: [],
      },
    });
  };
  const refused = {
    code: 'WORKER_START',
    message:
      'With rslave: path /mnt/user is mounted on /mnt/user but it is not a shared or slave mount; with rprivate: mounting /mnt/user: no such device.',
  };
  try {
    await runtime.connect(signal);
    await runtime.prepare({ onProgress: () => undefined, signal });
    await expect(start()).rejects.toMatchObject(refused);
    // Nothing was settled by the first one, nor by one that starts at the same time.
    await Promise.all([1, 2].map(() => expect(start()).rejects.toMatchObject(refused)));
    const [first, second, ...rest] = daemon.propagations;
    expect([first, second]).toEqual(['rslave', 'rprivate']);
    expect(rest.sort()).toEqual(['rprivate', 'rprivate', 'rslave', 'rslave']);
  } finally {
    await runtime.close();
    daemon.close();
  }
});
