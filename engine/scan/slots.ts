import { deferred } from '../../shared/deferred.ts';

/** A worker that was asked to let go of the mount gets this long before it is ended, ms. */
export const LET_GO_MS = 5_000;

/** Counts the workers that run, measuring among them, and tells when they have let go of the mount. */
export class Slots {
  readonly #taken = new Set<Promise<null>>();

  get taken(): number {
    return this.#taken.size;
  }

  /** Gives the way to free it; more than once does no harm. */
  take(): () => void {
    const { promise, resolve } = deferred<null>();
    this.#taken.add(promise);
    return () => {
      this.#taken.delete(promise);
      resolve(null);
    };
  }

  /** Waits until those that are taken now are free, or the deadline ends it; gives how many were freed and how many were not. */
  async untilFree(deadline: Promise<void>): Promise<{ freed: number; held: number }> {
    const now = [...this.#taken];
    await Promise.race([Promise.all(now), deadline]);
    const held = now.filter((slot) => this.#taken.has(slot)).length;
    return { freed: now.length - held, held };
  }
}
