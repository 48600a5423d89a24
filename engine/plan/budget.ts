import type { Budget } from '../../shared/worker-protocol.ts';
import type { ChunkLimits } from './types.ts';

/** A chunk of known size may grow by this factor before a remainder is made of it: drift is no reason to split. */
const GROWTH = 1.5;
const FIRST_WORKER = { entries: 50_000, timeMs: 5_000, pendingDirsPerContainer: 64 } as const;

/** What an attempt at this chunk may meet before it stops taking directories. */
export function budgetFor(
  chunk: { readonly entries: number | null; readonly bytes: number | null },
  limits: ChunkLimits,
  timeMs: number,
): Budget {
  return {
    entries: Math.ceil(Math.max(limits.entries, (chunk.entries ?? 0) * GROWTH)),
    bytes: Math.ceil(Math.max(limits.bytes, (chunk.bytes ?? 0) * GROWTH)),
    timeMs,
    pendingDirs: null,
  };
}

/** Fast start: the first worker only finds enough directories for everybody. */
export function firstWorkerBudget(maxContainers: number): Budget {
  return {
    entries: FIRST_WORKER.entries,
    bytes: null,
    timeMs: FIRST_WORKER.timeMs,
    pendingDirs: FIRST_WORKER.pendingDirsPerContainer * maxContainers,
  };
}
