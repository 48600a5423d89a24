import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/support/temporary.ts';
import type { StartSpec } from '../runtime.ts';
import { ProcessRuntime } from './process-runtime.ts';

const ATTEMPT = '0198b4f3-0000-7000-8000-00000000000a';
// What stands in for a worker reads no job.
const SPEC = {
  labels: { host: 'here', scan: 'scan', chunk: '1', attempt: ATTEMPT, role: 'probe', owner: 'me@here' },
  mountPath: '/',
  job: { kind: 'probe' },
  limits: { cpus: 1, memoryBytes: 256 * 1024 ** 2, priority: { cpuShares: 1024, ioWeight: 500, niceness: 0 } },
} as unknown as StartSpec;

/** As of a computer that is busy, or stands still for a moment: turns of the event loop take their time. */
function slowTurns(): () => void {
  let isOver = false;
  const turn = (): void => {
    if (isOver) return;
    const until = performance.now() + 50;
    while (performance.now() < until);
    setImmediate(turn);
  };
  setImmediate(turn);
  return () => (isOver = true);
}

it('sees the end of a worker that ended before its start was over', async () => {
  const runtime = new ProcessRuntime({ nodePath: '/bin/false', workerBundle: '', spoolRoot: temporaryDirectory() });
  const end = slowTurns();
  const ref = await runtime.start(SPEC).finally(end);
  await expect.poll(() => runtime.inspect(ref)).toMatchObject({ state: 'exited', exitCode: 1 });
  await runtime.remove(ref);
  expect(await runtime.list()).toEqual([]);
});

it('leaves nothing of one that can not be started', async () => {
  const spoolRoot = temporaryDirectory();
  const runtime = new ProcessRuntime({ nodePath: '/nonexistent/node', workerBundle: '', spoolRoot });
  await expect(runtime.start(SPEC)).rejects.toMatchObject({ code: 'WORKER_START' });
  expect(existsSync(join(spoolRoot, ATTEMPT))).toBe(false);
});
