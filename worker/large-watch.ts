import type { Buffer } from 'node:buffer';
import type { SharedState } from './slots.ts';

/** Fewer names are nothing to tell of. */
const LARGE_NAMES = 100_000;

export interface LargeDirectory {
  /** Names read so far. */
  readonly names: number;
  readonly sinceMs: number;
  readonly bytes: Buffer;
}

/** Sees from the main thread which large directory is being read, and since when: what looks stuck and is not. */
export class LargeWatch {
  readonly #shared: SharedState;
  readonly #since = new Map<number, { directory: number; atMs: number }>();

  constructor(shared: SharedState) {
    this.#shared = shared;
  }

  /** The largest one that any of this many walkers reads now; null: none. `nowMs` never goes back. */
  look(walkers: number, nowMs: number): LargeDirectory | null {
    let largest: LargeDirectory | null = null;
    for (let thread = 0; thread < walkers; thread += 1) {
      const found = this.#shared.slot(thread).streamed();
      if (found === null) {
        this.#since.delete(thread);
        continue;
      }
      const before = this.#since.get(thread);
      const atMs = before?.directory === found.directory ? before.atMs : nowMs;
      this.#since.set(thread, { directory: found.directory, atMs });
      if (found.names < LARGE_NAMES || found.names <= (largest?.names ?? 0)) continue;
      largest = { names: found.names, sinceMs: Math.round(nowMs - atMs), bytes: found.path };
    }
    return largest;
  }
}
