import type { ScanSettings } from '../../shared/settings.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import { AdaptiveLimit } from './adaptive.ts';
import { tune, type ScanContext, type Tuning } from './context.ts';

/** What may be otherwise while a scan runs. */
export type LoadChange = Partial<Pick<ScanSettings, 'load' | 'maxContainers'>>;

/** How many workers may run and what each may use: by the settings, by what the disks take, and by what somebody changes while the scan runs. */
export class Workforce {
  readonly #context: ScanContext;
  #settings: ScanSettings;
  #tuning: Tuning;
  #limit: AdaptiveLimit;

  constructor(context: ScanContext) {
    this.#context = context;
    this.#settings = context.settings;
    this.#tuning = context.tuning;
    this.#limit = this.#newLimit();
  }

  /** As things are now. */
  get tuning(): Tuning {
    return this.#tuning;
  }

  get limit(): number {
    return this.#limit.limit;
  }

  /** With what was changed since the scan began. */
  get settings(): ScanSettings {
    return this.#settings;
  }

  /** For people: how many workers may run, now and at most, and under which load. */
  get allowance(): { readonly now: number; readonly most: number; readonly load: ScanSettings['load'] } {
    return { now: this.limit, most: this.#tuning.maxContainers, load: this.#settings.load };
  }

  change(change: LoadChange): void {
    const { info, log } = this.#context;
    this.#settings = { ...this.#settings, ...change };
    this.#tuning = { ...this.#tuning, ...tune(this.#settings, info) };
    this.#limit = this.#newLimit();
    log.info(
      `LOAD ${this.#settings.load}: up to ${this.#tuning.maxContainers} workers of ${this.#tuning.threads} threads, ${this.limit} to begin with`,
    );
  }

  /** A worker told how long its calls take, or ended (null). Whether the limit is another one now. */
  heard(medianUs: number | null, workers: number, wanting: boolean): boolean {
    const { clock, log } = this.#context;
    const change = this.#limit.heard(medianUs, clock.monotonic(), workers, wanting);
    if (change === null) return false;
    const why = change.medianUs === null ? '' : `: an lstat takes ${formatCount(Math.round(change.medianUs))} µs`;
    log.info(`LOAD ${change.from} → ${change.to} workers${why}`);
    return true;
  }

  /** Of a worker that gets so much memory; more than usual where its chunk ran out of it before. */
  limitsWith(chunkId: number, memoryBytes: number): Tuning['limits'] {
    const { limits } = this.#tuning;
    if (memoryBytes > limits.memoryBytes)
      this.#context.log.info(
        `Chunk ${chunkId} gets ${formatBytes(memoryBytes)} of memory: it ran out of ${formatBytes(limits.memoryBytes)}`,
      );
    return { ...limits, memoryBytes };
  }

  #newLimit(): AdaptiveLimit {
    const { firstWorkers, maxContainers, adaptive } = this.#tuning;
    return new AdaptiveLimit({ first: firstWorkers, most: maxContainers, adaptive }, this.#context.clock.monotonic());
  }
}
