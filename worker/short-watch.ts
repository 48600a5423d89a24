import {
  WORKER_EXIT,
  type ListJob,
  type PlacesJob,
  type ProbeJob,
  type ResultLine,
} from '../shared/worker-protocol.ts';
import type { Output } from './output.ts';
import type { Counters } from './slots.ts';

const NOTHING_COUNTED: Counters = { entries: 0, files: 0, dirs: 0, failed: 0, bytes: 0, pending: 0 };

/**
 * The heartbeat of the short kinds. They run in the keeper, in one go, so its silence is all that can be seen of a call that doesn't come
 * back. Time is counted in beats: a suspended process has no stalls.
 */
export class ShortWatch {
  readonly #job: ListJob | ProbeJob | PlacesJob;
  readonly #output: Output;
  #silentMs = 0;

  constructor(job: ListJob | ProbeJob | PlacesJob, output: Output) {
    this.#job = job;
    this.#output = output;
  }

  /** Gives the result that ends the worker once the stall timeout has passed, else null. */
  beat(afterMs: number): ResultLine | null {
    const { kind, stallTimeoutMs } = this.#job;
    this.#silentMs += afterMs;
    const path = this.#job.kind === 'list' ? this.#job.path : '';
    const wait = { path, syscall: 'unknown', sinceMs: this.#silentMs, thread: 0 };
    this.#output.progress(NOTHING_COUNTED, 0, [wait], null);
    if (this.#silentMs < stallTimeoutMs) return null;
    this.#output.line({ type: 'stall', ...wait });
    const error = `The mount point did not answer for ${Math.round(this.#silentMs / 1000)} s.`;
    return { type: 'result', kind, exit: WORKER_EXIT.mount, reason: 'stalled', durationMs: this.#silentMs, error };
  }
}
