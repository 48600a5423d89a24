import type { Buffer } from 'node:buffer';
import { SYSCALLS, type SharedState } from './slots.ts';

/** Looks this far apart count as one look: the process itself was stopped (SIGSTOP, suspend), not the disk. */
const LONGEST_TICK_MS = 2_000;

export interface Wait {
  readonly thread: number;
  readonly directory: number;
  readonly syscall: string;
  readonly sinceMs: number;
  readonly bytes: Buffer;
  readonly stalled: boolean;
}

/**
 * Sees from the main thread how long each walker has been in one call: the sequence number that it leaves behind doesn't move. Time is
 * counted in looks, so that walkers need no clock and a suspended process has no stalls.
 */
export class StallWatch {
  readonly #shared: SharedState;
  readonly #timeoutMs: number;
  readonly #seen: { sequence: number; waitedMs: number }[] = [];
  #last = performance.now();

  constructor(shared: SharedState, timeoutMs: number) {
    this.#shared = shared;
    this.#timeoutMs = timeoutMs;
  }

  /** What each walker is in now, longest wait first. */
  look(walkers: number): Wait[] {
    const now = performance.now();
    const tick = Math.min(LONGEST_TICK_MS, now - this.#last);
    this.#last = now;
    const waits: Wait[] = [];
    for (let thread = 0; thread < walkers; thread += 1) {
      const { syscall, sequence, directory, path } = this.#shared.slot(thread).look();
      const before = this.#seen[thread];
      const waitedMs = before?.sequence === sequence && syscall !== 0 ? before.waitedMs + tick : 0;
      this.#seen[thread] = { sequence, waitedMs };
      if (path.length === 0) continue;
      waits.push({
        thread,
        directory,
        syscall: SYSCALLS[syscall] ?? '',
        sinceMs: Math.round(waitedMs),
        bytes: path,
        stalled: waitedMs >= this.#timeoutMs,
      });
    }
    return waits.sort((a, b) => b.sinceMs - a.sinceMs);
  }

  /** Median of the lstat durations sampled since the last call, microseconds. */
  median(walkers: number): number | null {
    const samples: number[] = [];
    for (let thread = 0; thread < walkers; thread += 1) samples.push(...this.#shared.slot(thread).takeSamples());
    samples.sort((a, b) => a - b);
    return samples[samples.length >> 1] ?? null;
  }
}
