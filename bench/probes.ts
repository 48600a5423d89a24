import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { tune } from '../engine/scan/context.ts';
import { systemClock } from '../engine/scan/clock.ts';
import { waitUntilEnded } from '../engine/scan/helper-run.ts';
import { jobCommon, startSpec } from '../engine/scan/job.ts';
import { STANDARD } from '../engine/runtime/pick.ts';
import { runtimeSources } from '../engine/runtime/sources.ts';
import { defaultSettings } from '../shared/settings.ts';

const DEADLINE_MS = 600_000;

/** Runs `count` containers with `worker probe`, `concurrency` at a time, each started, waited for and removed as a worker is. Gives seconds. */
export async function probes(mountPath: string, count: number, concurrency: number, work: string): Promise<number> {
  const root = join(import.meta.dirname, '..');
  const sources = runtimeSources({
    nodePath: process.execPath,
    workerBundle: join(root, 'dist', 'worker.cjs'),
    contextRoot: root,
    spools: { process: join(work, 'process'), docker: join(work, 'docker') },
    choice: STANDARD,
    environment: process.env,
  });
  const runtime = await sources.docker((await sources.endpoint()).endpoint);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const settings = defaultSettings();
  const tuning = tune(settings, await runtime.connect(signal));
  await runtime.prepare({ onProgress: () => undefined, signal });
  const one = async (): Promise<void> => {
    const attempt = uuidv7();
    const labels = { host: 'bench', scan: 'bench', chunk: '0', attempt, role: 'probe' as const, owner: 'bench' };
    const job = { kind: 'probe' as const, ...jobCommon(attempt, settings, tuning) };
    const ref = await runtime.start(startSpec(labels, mountPath, job, tuning));
    const status = await waitUntilEnded(runtime, ref, systemClock, signal);
    if (status.exitCode !== 0) throw new Error(`A probe ended with ${String(status.exitCode)}.`);
    await runtime.remove(ref);
  };
  const startedAt = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (left > 0) {
        left -= 1;
        await one();
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  await runtime.close();
  await rm(work, { recursive: true, force: true });
  return seconds;
}
