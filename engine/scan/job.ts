import { PROTOCOL_MAJOR, PROTOCOL_MINOR } from '../../shared/worker-protocol.ts';
import type { AttemptLabels, JobTemplate, StartSpec } from '../runtime/runtime.ts';
import type { ScanSettings } from '../../shared/settings.ts';
import type { Tuning } from './context.ts';

/** What all jobs of one scan have in common. */
export interface JobCommon {
  readonly protocol: { readonly major: number; readonly minor: number };
  readonly attempt: string;
  readonly threads: number;
  readonly stallTimeoutMs: number;
  readonly crossFilesystems: boolean;
  readonly excludes: string[];
  readonly maxDirectoryEntries: number;
}

export function jobCommon(attempt: string, settings: ScanSettings, tuning: Tuning): JobCommon {
  return {
    protocol: { major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR },
    attempt,
    threads: tuning.threads,
    stallTimeoutMs: settings.stallTimeoutMs,
    crossFilesystems: settings.crossFilesystems,
    excludes: [...settings.excludes],
    maxDirectoryEntries: tuning.maxDirectoryEntries,
  };
}

export function startSpec(labels: AttemptLabels, mountPath: string, job: JobTemplate, tuning: Tuning): StartSpec {
  return { labels, mountPath, job, limits: tuning.limits };
}
