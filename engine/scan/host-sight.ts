import { formatDuration } from '../../shared/units.ts';
import type { ScanLog } from '../log/scan-log.ts';
import type { ReconnectHooks } from '../runtime/reconnecting.ts';

/** Whether the host of a scan can be seen, and how often it was lost. Logs both. */
export class HostSight implements ReconnectHooks {
  readonly #log: Pick<ScanLog, 'info' | 'warn'>;
  /** ms UTC. */
  readonly #now: () => number;
  #losses = 0;
  #lostAtMs: number | null = null;
  #changed: () => void = () => undefined;

  constructor(log: Pick<ScanLog, 'info' | 'warn'>, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** What ended around one may have ended with the host. */
  get losses(): number {
    return this.#losses;
  }

  /** Since when it does not answer, ms UTC; null: it does. */
  get lostAtMs(): number | null {
    return this.#lostAtMs;
  }

  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  lost(reason: string): void {
    this.#losses += 1;
    this.#lostAtMs = this.#now();
    this.#log.warn(`RECONNECTING: the host does not answer (${reason}); its workers go on`);
    this.#changed();
  }

  found(afterMs: number): void {
    this.#lostAtMs = null;
    this.#log.info(`RECONNECTED after ${formatDuration(afterMs)}`);
    this.#changed();
  }
}
