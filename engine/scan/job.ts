import { PROTOCOL_MAJOR, PROTOCOL_MINOR, type JobRoot } from '../../shared/worker-protocol.ts';
import type { AttemptLabels, JobTemplate, StartSpec } from '../runtime/runtime.ts';
import type { ScanSettings } from '../../shared/settings.ts';
import type { AttemptPlan } from './attempt.ts';
import type { ScanContext, Tuning } from './context.ts';

/** What all jobs of one scan have in common. */
export interface JobCommon {
  readonly protocol: { readonly major: number; readonly minor: number };
  readonly attempt: string;
  readonly threads: number;
  readonly stallTimeoutMs: number;
  readonly crossFilesystems: boolean;
  readonly excludes: string[];
  readonly maxDirectoryEntries: number;
  readonly givesWay: boolean;
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
    givesWay: tuning.givesWay,
  };
}

export function startSpec(
  labels: AttemptLabels,
  mountPath: string,
  job: JobTemplate,
  { limits }: Pick<Tuning, 'limits'>,
): StartSpec {
  return { labels, mountPath, job, limits };
}

/** Of an attempt at a chunk. */
export function scanSpec(context: ScanContext, attempt: string, plan: AttemptPlan, roots: JobRoot[]): StartSpec {
  const { settings, tuning, runtime, info, hostId, scanId, owner, boundPath, setAside } = context;
  const { chunk, threads, givesWay, budget, order } = plan;
  const labels = { host: hostId, scan: scanId, chunk: String(chunk.id), attempt, role: 'worker' as const, owner };
  const job = {
    kind: 'scan' as const,
    ...jobCommon(attempt, settings, tuning),
    threads,
    givesWay,
    roots,
    budget,
    order,
    hashShard: runtime.kind === 'docker',
    ...(info.isRemote ? { packShard: true } : {}),
    setAside: [...setAside],
    ...(chunk.alone ? { careful: true } : {}),
  };
  return startSpec(labels, boundPath, job, { limits: plan.limits });
}
