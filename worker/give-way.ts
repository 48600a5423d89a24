import { readFileSync } from 'node:fs';
import { Others, parseStat } from './others.ts';
import type { SharedState } from './slots.ts';

const LOOK_MS = 100;
/** While others are active a walker rests so many times as long as it worked. */
const REST_TIMES = 3;

/** Lets walkers rest while others use the host. Looks at no more than the kernel's counters; where there are none, nobody rests. */
export class GiveWay {
  readonly #shared: SharedState;
  readonly #others = new Others();
  #timer: NodeJS.Timeout | null = null;

  constructor(shared: SharedState) {
    this.#shared = shared;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  get resting(): boolean {
    return this.#others.active;
  }

  #look(): void {
    const times = this.#stat();
    if (times === null) {
      if (this.#timer !== null) clearInterval(this.#timer);
      return;
    }
    const { user, system } = process.cpuUsage();
    const active = this.#others.look(times, (user + system) / 1000, this.#shared.inCalls, performance.now());
    this.#shared.setRest(active ? REST_TIMES : 0);
  }

  #stat(): ReturnType<typeof parseStat> {
    try {
      return parseStat(readFileSync('/proc/stat', 'latin1'));
    } catch {
      return null;
    }
  }
}
