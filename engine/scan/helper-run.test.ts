import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SPOOL_FILES } from '../../shared/worker-protocol.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import type { Runtime, StartSpec } from '../runtime/runtime.ts';
import { systemClock } from './clock.ts';
import { readResult, runHelper } from './helper-run.ts';

const PROBE = { type: 'result', kind: 'probe', exit: 0, reason: 'finished', durationMs: 1 };

/** A probe whose worker ended with code 0 and left this as its result. */
async function probe(left: string | null): Promise<unknown> {
  const dir = temporaryDirectory();
  const path = join(dir, SPOOL_FILES.result);
  if (left !== null) writeFileSync(path, left);
  const runtime = {
    start: () => Promise.resolve({}),
    inspect: () => Promise.resolve({ state: 'exited', exitCode: 0 }),
    fetch: () => Promise.resolve(left === null ? [] : [{ name: SPOOL_FILES.result, path, bytes: 1, copied: false }]),
    logs: () => Promise.resolve(''),
    remove: () => Promise.resolve(),
  } as unknown as Runtime;
  const options = {
    clock: systemClock,
    fetchDir: join(dir, 'fetched'),
    files: [],
    deadlineMs: 10_000,
    signal: new AbortController().signal,
  };
  return await runHelper(runtime, { job: { kind: 'probe' } } as StartSpec, options, ({ result }) =>
    Promise.resolve(result),
  );
}

describe('a helper', () => {
  it('hands over its result', async () => {
    expect(await probe(JSON.stringify(PROBE))).toEqual(PROBE);
  });

  it.each([
    [null, 'The probe worker ended without a result (exit code 0).'],
    ['{"type":', /^The result of the probe worker can't be understood \(exit code 0\): .*JSON.*\.$/],
    [
      JSON.stringify({ ...PROBE, exit: 'none' }),
      /^The result of the probe worker can't be understood \(exit code 0\): exit: .*number.*\.$/,
    ],
  ])('that left %j is told with what is wrong with it', async (left, message) => {
    await expect(probe(left)).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
      message: typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
    });
  });

  it('that left a result of which a part is missing names that part', async () => {
    const path = join(temporaryDirectory(), SPOOL_FILES.result);
    const look = { ...PROBE, probe: { exists: true } };
    writeFileSync(path, JSON.stringify(look));
    const { result, problem } = await readResult([{ name: SPOOL_FILES.result, path, bytes: 1, copied: false }]);
    expect(result).toBeNull();
    expect(problem).toContain('probe.isDirectory');
  });
});
