import { median } from './median.ts';

const LOOK_MS = 2_000;
/** A disk whose entries come faster than this from its cache has no queue worth a thought, µs. */
const QUICK_US = 100;
const TRIPLED = 3;
/** What counts as usual follows what is seen, this much of it a look: a change of weather is over within a minute. */
const FOLLOW = 0.05;
const HOLD_AFTER_LESS_MS = 6_000;
const NO_MORE_AFTER_LESS_MS = 30_000;

export interface Change {
  readonly from: number;
  readonly to: number;
  /** Median duration of an lstat since the last look, µs; null: no call was timed. */
  readonly medianUs: number | null;
}

/**
 * How many workers may run: more while entries are looked up as quickly as before, fewer when that takes three times as long, because of us
 * or of somebody else on the same disks. Plain arithmetic on a clock that the caller brings.
 */
export class AdaptiveLimit {
  #limit: number;
  #most: number;
  readonly #adaptive: boolean;
  #samples: number[] = [];
  #usualUs: number | null = null;
  #lookedMs: number;
  #lessMs = Number.NEGATIVE_INFINITY;

  constructor(plan: { readonly first: number; readonly most: number; readonly adaptive: boolean }, nowMs: number) {
    this.#most = plan.most;
    this.#adaptive = plan.adaptive;
    this.#limit = Math.max(1, Math.min(plan.first, plan.most));
    this.#lookedMs = nowMs;
  }

  get limit(): number {
    return this.#limit;
  }

  /** A worker told how long its calls take (null: it ended, or made none). `wanting`: there is work for one more. */
  heard(medianUs: number | null, nowMs: number, workers: number, wanting: boolean): Change | null {
    if (medianUs !== null) this.#samples.push(medianUs);
    if (!this.#adaptive || nowMs - this.#lookedMs < LOOK_MS) return null;
    this.#lookedMs = nowMs;
    const seen = median(this.#samples);
    this.#samples = [];
    const slow = this.#isSlow(seen);
    if (slow && workers > 1) return nowMs - this.#lessMs < HOLD_AFTER_LESS_MS ? null : this.#less(seen, workers, nowMs);
    if (slow || !wanting || workers < this.#limit || nowMs - this.#lessMs < NO_MORE_AFTER_LESS_MS) return null;
    return this.#to(Math.min(this.#most, this.#limit + Math.max(1, this.#limit >> 1)), seen);
  }

  #isSlow(seen: number | null): boolean {
    if (seen === null) return false;
    const level = Math.max(QUICK_US, seen);
    const usual = this.#usualUs ?? level;
    this.#usualUs = usual + (level - usual) * FOLLOW;
    return level >= TRIPLED * usual;
  }

  #less(seen: number | null, workers: number, nowMs: number): Change | null {
    this.#lessMs = nowMs;
    return this.#to(Math.max(1, Math.min(this.#limit, workers) - 1), seen);
  }

  #to(limit: number, medianUs: number | null): Change | null {
    const from = this.#limit;
    this.#limit = limit;
    return from === limit ? null : { from, to: limit, medianUs };
  }
}
