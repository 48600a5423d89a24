import { setTimeout as delay } from 'node:timers/promises';

/** Time as a port, so that a test can hold it. */
export interface Clock {
  /** ms UTC. For stamps; never steps back while this program runs. */
  now(): number;
  /** ms, never steps back. For durations and deadlines. */
  monotonic(): number;
  /** Resolves after that long, or at once when the signal aborts. Never rejects. */
  delay(ms: number, signal: AbortSignal): Promise<void>;
}

/** A clock that is set back by less is only being corrected. */
const CORRECTION_MS = 1_000;

/**
 * The time of day, but for steps back: after one it goes on as it was, so that nothing of one scan ends before it began. Steps forward are
 * followed: a computer that slept looks just the same.
 */
export function steadyNow(wall: () => number, monotonic: () => number): () => number {
  let offset = wall() - monotonic();
  let last = 0;
  return () => {
    const ticks = monotonic();
    const seen = wall() - ticks;
    if (seen > offset - CORRECTION_MS) offset = seen;
    last = Math.max(last, Math.round(ticks + offset));
    return last;
  };
}

export const systemClock: Clock = {
  now: steadyNow(
    () => Date.now(),
    () => performance.now(),
  ),
  monotonic: () => performance.now(),
  delay: async (ms, signal) => {
    await delay(ms, undefined, { signal, ref: true }).catch(() => undefined);
  },
};
