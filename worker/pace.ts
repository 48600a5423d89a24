import type { SharedState } from './slots.ts';

/** Work is done in stretches of at least this, ms: a wake-up for each call would cost more than it spares. */
const STRETCH_MS = 5;
/** No rest is longer, ms: a stop and the end of what others do are seen in time anyway, by being woken. */
const LONGEST_MS = 250;

/** A walker's turns of work and rest. */
export class Pace {
  readonly #shared: SharedState;
  #began = performance.now();

  constructor(shared: SharedState) {
    this.#shared = shared;
  }

  /** Between two calls. Costs next to nothing while nobody has to rest. */
  step(): void {
    const times = this.#shared.rest;
    if (times === 0) return;
    const worked = performance.now() - this.#began;
    if (worked < STRETCH_MS) return;
    this.#shared.waitForRest(times, Math.min(worked * times, LONGEST_MS));
    this.#began = performance.now();
  }
}
