import { setTimeout as delay } from 'node:timers/promises';

/** Time as a port, so that a test can hold it. */
export interface Clock {
  /** ms UTC. For stamps; may step. */
  now(): number;
  /** ms, never steps back. For durations and deadlines. */
  monotonic(): number;
  /** Resolves after that long, or at once when the signal aborts. Never rejects. */
  delay(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  delay: async (ms, signal) => {
    await delay(ms, undefined, { signal, ref: true }).catch(() => undefined);
  },
};
