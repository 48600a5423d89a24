import type { Budget } from '../../shared/worker-protocol.ts';
import type { ChunkRow } from '../catalog/api.ts';

/** What an attempt may take on at once: the first thing that decides how much memory it needs. */
export interface Load {
  readonly budget: Budget;
  readonly threads: number;
}

/** Memory of one worker, and of the host that all share, bytes. */
export interface Memory {
  readonly limitBytes: number;
  readonly hostBytes: number;
  readonly workers: number;
}

/** Of the host's memory, this much may be promised to workers. */
const PROMISED = 0.8;

/** What a worker gets whose chunk ran out of memory so many times: twice as much each time, as far as the others leave it. */
export function memoryAfter(times: number, { limitBytes, hostBytes, workers }: Memory): number {
  const free = Math.floor(hostBytes * PROMISED) - (workers - 1) * limitBytes;
  return Math.max(limitBytes, Math.min(limitBytes * 2 ** times, free));
}

/**
 * What is left of a load after a chunk ran out of memory so many times: half of it each time, at least one thread and one entry. Entries
 * are halved from what the chunk is known to hold where that is less than its budget, or nothing would change for it.
 */
export function loadAfter(times: number, load: Load, knownEntries: number | null): Load {
  if (times === 0) return load;
  const part = 2 ** times;
  const { entries } = load.budget;
  const whole = Math.min(entries ?? Number.POSITIVE_INFINITY, knownEntries ?? Number.POSITIVE_INFINITY);
  const most = Number.isFinite(whole) ? Math.max(1, Math.ceil(whole / part)) : null;
  return {
    budget: { ...load.budget, entries: most },
    threads: Math.max(1, Math.floor(load.threads / part)),
  };
}

/** Remembers how often each chunk ran out of memory. Only while the scan runs: a limit may be another one the next time. */
export class OutOfMemory {
  readonly #times = new Map<number, number>();

  /** `children`: what the attempt left, which is as heavy as what it had. */
  met(chunk: ChunkRow, children: readonly ChunkRow[]): void {
    this.#times.set(chunk.id, (this.#times.get(chunk.id) ?? 0) + 1);
    this.inherit(chunk, children);
  }

  /** What is left of a chunk that ran out of memory once is not begun with the whole load again. */
  inherit(chunk: ChunkRow, children: readonly ChunkRow[]): void {
    const times = this.#times.get(chunk.id);
    if (times !== undefined) for (const child of children) this.#times.set(child.id, times);
  }

  memoryOf(chunk: ChunkRow, memory: Memory): number {
    return memoryAfter(this.#times.get(chunk.id) ?? 0, memory);
  }

  loadOf(chunk: ChunkRow, load: Load): Load {
    return loadAfter(this.#times.get(chunk.id) ?? 0, load, chunk.entries);
  }
}
