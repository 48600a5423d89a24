import { v7 as uuidv7 } from 'uuid';
import { SmartScannerError } from '../../shared/errors.ts';
import type { BrowseReport } from '../../shared/inventory.ts';
import { defaultSettings, type RuntimeChoice } from '../../shared/settings.ts';
import { ENTRY_KIND } from '../../shared/shard-schema.ts';
import { pickRuntime } from '../runtime/pick.ts';
import { systemClock } from '../scan/clock.ts';
import { tune } from '../scan/context.ts';
import { runHelper } from '../scan/helper-run.ts';
import { jobCommon, startSpec } from '../scan/job.ts';
import { MadeDirectories } from './made-directories.ts';
import type { AppShared } from './prepare.ts';

const DEADLINE_MS = 30_000;
/** Enough to pick from; a directory with more is no place of mount points. */
const MAX_ENTRIES = 5_000;

export interface BrowseRequest {
  readonly runtime: RuntimeChoice;
  /** As in the settings of a scan. */
  readonly host: string | null;
  readonly path: string;
}

/** The directories at a path of a host, as a worker there sees them. Names that aren't UTF-8 are left out: they can't be typed either. */
export async function browse(
  shared: AppShared,
  { runtime: choice, host, path }: BrowseRequest,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<BrowseReport> {
  const { places } = shared;
  const directories = new MadeDirectories();
  const attempt = uuidv7();
  try {
    for (const dir of Object.values(places.spools)) await directories.make(dir);
    await directories.make(places.fetched);
    const { runtime, info } = await pickRuntime(choice, shared.runtimes({ image: null, host }), signal);
    try {
      await runtime.prepare({ onProgress, signal });
      const settings = defaultSettings();
      const tuning = tune(settings, info);
      const labels = {
        host: info.ids[0],
        scan: 'none',
        chunk: '0',
        attempt,
        role: 'list',
        owner: shared.owner,
      } as const;
      const job = { kind: 'list', ...jobCommon(attempt, settings, tuning), path: '', limit: MAX_ENTRIES } as const;
      return await runHelper(
        runtime,
        startSpec(labels, path, job, tuning),
        { clock: systemClock, fetchDir: `${places.fetched}/${attempt}`, files: [], deadlineMs: DEADLINE_MS, signal },
        ({ result }) => {
          if (result.list === undefined) throw cannotList(path, result.error ?? 'no result');
          const { entries, truncated } = result.list;
          const names = entries.flatMap(({ name, kind }) =>
            kind === ENTRY_KIND.directory && typeof name === 'string' ? [name] : [],
          );
          return Promise.resolve({
            path,
            directories: names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
            truncated,
          });
        },
      );
    } catch (error) {
      if (error instanceof SmartScannerError && /bind source path does not exist/i.test(error.message))
        throw cannotList(path, 'ENOENT');
      throw error;
    } finally {
      await runtime.close();
    }
  } finally {
    await directories.takeBack();
  }
}

function cannotList(path: string, why: string): SmartScannerError {
  return new SmartScannerError('MOUNT_NOT_LISTABLE', `${path} can't be listed (${why}).`, {
    hint: 'Check its permissions, and that the disk or share behind it is healthy.',
  });
}
