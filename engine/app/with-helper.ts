import { v7 as uuidv7 } from 'uuid';
import { defaultSettings } from '../../shared/settings.ts';
import type { HostChoice } from '../../shared/places.ts';
import type { ResultLine } from '../../shared/worker-protocol.ts';
import { pickRuntime } from '../runtime/pick.ts';
import type { JobTemplate, RuntimeInfo } from '../runtime/runtime.ts';
import { systemClock } from '../scan/clock.ts';
import { tune } from '../scan/context.ts';
import { runHelper } from '../scan/helper-run.ts';
import { jobCommon, startSpec, type JobCommon } from '../scan/job.ts';
import type { AppShared } from './prepare.ts';

const DEADLINE_MS = 30_000;

export interface Helpers {
  readonly info: RuntimeInfo;
  /** Runs one short worker to its end; `mountPath` is what it sees of the host, if its kind sees any. */
  run(mountPath: string, job: (common: JobCommon) => JobTemplate): Promise<ResultLine>;
}

/** Reaches a host, makes sure that workers can start there, and ends all of it after `use`. */
export async function withHelpers<T>(
  shared: AppShared,
  choice: HostChoice,
  onProgress: (line: string) => void,
  signal: AbortSignal,
  use: (helpers: Helpers) => Promise<T>,
): Promise<T> {
  const { places, directories } = shared;
  for (const dir of Object.values(places.spools)) await directories.make(dir);
  await directories.make(places.fetched);
  const sources = shared.runtimes({ image: null, host: choice.host });
  const { runtime, info } = await pickRuntime(choice.runtime, sources, signal);
  try {
    await runtime.prepare({ onProgress, signal });
    const settings = defaultSettings();
    const tuning = tune(settings, info);
    const { owner } = shared;
    return await use({
      info,
      run: (mountPath, job) => {
        const attempt = uuidv7();
        const labels = { host: info.ids[0], scan: 'none', chunk: '0', attempt, role: 'list', owner } as const;
        return runHelper(
          runtime,
          startSpec(labels, mountPath, job(jobCommon(attempt, settings, tuning)), tuning),
          {
            clock: systemClock,
            fetchDir: `${places.fetched}/${attempt}`,
            files: [],
            deadlineMs: DEADLINE_MS,
            signal,
          },
          ({ result }) => Promise.resolve(result),
        );
      },
    });
  } finally {
    await runtime.close();
  }
}
