import { toSmartScannerError } from '../../shared/errors.ts';
import { formatMinutes, formatWindow, lookAtWindow, type Window } from '../../shared/window.ts';
import type { ScanLog } from '../log/scan-log.ts';
import type { HostTime } from '../runtime/runtime.ts';
import type { Clock } from './clock.ts';
import type { Gate } from './gate.ts';

/** The host's clock is asked at least this often, ms: it may be set, and summer time begins. */
const LOOK_MS = 60_000;

export interface WindowWatchOptions {
  readonly window: Window;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: ScanLog;
  readonly time: () => Promise<HostTime>;
  readonly signal: AbortSignal;
}

/** Pauses a scan outside its window, by the host's clock. */
export class WindowWatch {
  readonly #options: WindowWatchOptions;
  #next = LOOK_MS;

  constructor(options: WindowWatchOptions) {
    this.#options = options;
  }

  /** Once; a host that can't be asked changes nothing. */
  async look(): Promise<void> {
    const { window, gate, log, time } = this.#options;
    try {
      const { atMs, offsetMinutes } = await time();
      const { open, changesInMs } = lookAtWindow(window, atMs, offsetMinutes);
      this.#next = Math.min(LOOK_MS, changesInMs);
      if (open) gate.release('window');
      else
        gate.hold(
          'window',
          `outside ${formatWindow(window)}, goes on at ${formatMinutes(window.from)} of the host's time`,
        );
    } catch (error) {
      this.#next = LOOK_MS;
      log.warn(`WINDOW: the host's time is unknown: ${toSmartScannerError(error).message}`);
    }
  }

  /** Until the signal aborts. */
  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      await clock.delay(this.#next, signal);
      if (!isOver()) await this.look();
    }
  }
}
