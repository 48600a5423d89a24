/** Of a host, since it was started; processor times in the kernel's ticks. */
export interface HostTimes {
  readonly cpus: number;
  readonly busy: number;
  readonly total: number;
  /** Threads that wait for a disk at this moment, of everybody. */
  readonly blocked: number;
}

/** What `/proc/stat` says; null where it is not as it should be. In a container it tells of the whole host as well. */
export function parseStat(text: string): HostTimes | null {
  const [first = '', ...lines] = text.split('\n');
  const [name, ...ticks] = first.trim().split(/\s+/);
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks.map(Number);
  const blocked = /^procs_blocked (\d+)$/mu.exec(text)?.[1];
  const busy = user + nice + system + irq + softirq + steal;
  if (name !== 'cpu' || blocked === undefined || Number.isNaN(busy + idle + iowait)) return null;
  const cpus = lines.filter((line) => /^cpu\d/u.test(line)).length;
  return { cpus: Math.max(1, cpus), busy, total: busy + idle + iowait, blocked: Number(blocked) };
}

/** Of the processors, used by others: from then on they would feel what this worker takes. */
const CPU_SHARE = 0.25;
/** Threads of others that wait for a disk, on average. */
const WAITING = 0.3;
/** How much a new look counts against what was seen before: with ten looks a second it takes about a third of one to see somebody come. */
const FOLLOW = 0.3;
/** Looks in a row that see nobody before they count as gone. */
const CALM_LOOKS = 10;

/**
 * Whether others use the host's processors or wait for its disks. Plain arithmetic over looks that the caller takes, about ten a second. On a FUSE
 * share the threads of the file system work for us and are not ours: one of them stands for each call of ours, which itself counts as none.
 */
export class Others {
  #before: { readonly times: HostTimes; readonly ownMs: number; readonly nowMs: number } | null = null;
  #share = 0;
  #waiting = 0;
  #calm = CALM_LOOKS;

  /** `ownMs`: processor time of this process so far. `ownCalls`: its threads that are in a call now. */
  look(times: HostTimes, ownMs: number, ownCalls: number, nowMs: number): boolean {
    const before = this.#before;
    this.#before = { times, ownMs, nowMs };
    const passed = before === null ? 0 : times.total - before.times.total;
    if (before === null || passed <= 0) return this.active;
    const own = (ownMs - before.ownMs) / Math.max(1, (nowMs - before.nowMs) * times.cpus);
    const share = (times.busy - before.times.busy) / passed - own;
    this.#share += (Math.max(0, share) - this.#share) * FOLLOW;
    this.#waiting += (Math.max(0, times.blocked - ownCalls) - this.#waiting) * FOLLOW;
    this.#calm = this.#share >= CPU_SHARE || this.#waiting >= WAITING ? 0 : this.#calm + 1;
    return this.active;
  }

  get active(): boolean {
    return this.#calm < CALM_LOOKS;
  }
}
