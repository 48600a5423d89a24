/** A worker speaks once a second. Looks this far apart count as one: this program itself was stopped (SIGSTOP, suspend), not the worker. */
const LONGEST_TICK_MS = 2_000;

/** Counts for how long a worker has said nothing. In looks, not by the clock: neither a suspended computer nor a stepped clock is silence. */
export class Silence {
  #ms = 0;
  #last: number;

  /** `nowMs`: monotonic. */
  constructor(nowMs: number) {
    this.#last = nowMs;
  }

  heard(): void {
    this.#ms = 0;
  }

  /** Gives how long it has lasted, ms. */
  look(nowMs: number): number {
    this.#ms += Math.min(LONGEST_TICK_MS, Math.max(0, nowMs - this.#last));
    this.#last = nowMs;
    return this.#ms;
  }
}
