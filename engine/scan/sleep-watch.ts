import { uptime } from 'node:os';

const LOOK_MS = 1_000;
/** A shorter gap is a busy computer. */
export const ASLEEP_MS = 10_000;

export interface SleepHooks {
  /** Connections of before are not to be trusted. */
  woke(): void;
  /** It slept, or this program stood still, for so long. */
  slept(ms: number): void;
}

/**
 * Notices that time went by in which this program did not run: the computer slept, or it was stopped. By the time since the computer started,
 * which counts sleep and knows nothing of clocks that are set.
 */
export class SleepWatch {
  readonly #hooks: SleepHooks;
  readonly #asleepMs: number;
  readonly #uptimeMs: () => number;
  #timer: NodeJS.Timeout | null = null;
  #last: number;

  constructor(hooks: SleepHooks, asleepMs: number, uptimeMs: () => number = () => uptime() * 1000) {
    this.#hooks = hooks;
    this.#asleepMs = asleepMs;
    this.#uptimeMs = uptimeMs;
    this.#last = uptimeMs();
  }

  start(): void {
    this.#last = this.#uptimeMs();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Somebody knows that it woke up, or wants to have it looked at now. */
  wake(): void {
    if (!this.#look()) this.#hooks.woke();
  }

  #look(): boolean {
    const now = this.#uptimeMs();
    const gap = now - this.#last - LOOK_MS;
    this.#last = now;
    if (gap < this.#asleepMs) return false;
    this.#hooks.woke();
    this.#hooks.slept(gap);
    return true;
  }
}
