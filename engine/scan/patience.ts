import { SmartScannerError } from '../../shared/errors.ts';
import type { AttemptRef, Runtime } from '../runtime/runtime.ts';
import type { Clock } from './clock.ts';

/** How long a call may still take once nobody wants to wait, ms. */
const HURRIED_MS = 3_000;

/**
 * Waits for calls as long as they take, until somebody is in a hurry (`stop('now')`): from then on three seconds each, and after the first
 * that took longer not at all. A host that doesn't answer must not keep the program from ending. Calls that were given up go on unheard.
 */
export class Patience {
  readonly #hurry: AbortSignal;
  readonly #clock: Clock;
  readonly #gone = new AbortController();

  constructor(hurry: AbortSignal, clock: Clock) {
    this.#hurry = hurry;
    this.#clock = clock;
  }

  /** As the call settles, or rejects INTERRUPTED when it is given up. */
  async wait<T>(call: () => Promise<T>): Promise<T> {
    if (this.#gone.signal.aborted) throw givenUp();
    const settled = new AbortController();
    return await new Promise<T>((resolve, reject) => {
      void call()
        .then(resolve, reject)
        .finally(() => settled.abort());
      void this.#lost(settled.signal).then((lost) => {
        if (lost) reject(givenUp());
      });
    });
  }

  /** false: it settled before. */
  async #lost(settled: AbortSignal): Promise<boolean> {
    await aborted(this.#hurry, settled);
    await this.#clock.delay(HURRIED_MS, AbortSignal.any([settled, this.#gone.signal]));
    if (settled.aborted) return false;
    this.#gone.abort();
    return true;
  }
}

/** The same runtime, whose calls are waited for with this patience only. */
export function withPatience(runtime: Runtime, patience: Patience): Runtime {
  return {
    kind: runtime.kind,
    leases: runtime.leases,
    connect: (signal) => patience.wait(() => runtime.connect(signal)),
    time: () => patience.wait(() => runtime.time()),
    prepare: (options) => patience.wait(() => runtime.prepare(options)),
    start: (spec) => patience.wait(() => runtime.start(spec)),
    lines: (ref, signal, onlyNew) => runtime.lines(ref, signal, onlyNew),
    waitForEnd: (ref, signal) => patience.wait(() => runtime.waitForEnd(ref, signal)),
    inspect: (ref) => patience.wait(() => runtime.inspect(ref)),
    stop: (ref, kind) => patience.wait(() => runtime.stop(ref, kind)),
    kill: (ref) => patience.wait(() => runtime.kill(ref)),
    logs: (ref, maxBytes) => patience.wait(() => runtime.logs(ref, maxBytes)),
    stats: (ref) => patience.wait(() => runtime.stats(ref)),
    fetch: (ref: AttemptRef, names, intoDir) => patience.wait(() => runtime.fetch(ref, names, intoDir)),
    list: () => patience.wait(() => runtime.list()),
    remove: (ref) => patience.wait(() => runtime.remove(ref)),
    close: () => runtime.close(),
  };
}

function givenUp(): SmartScannerError {
  return new SmartScannerError('INTERRUPTED', 'The host did not answer, and was not waited for any longer.');
}

function aborted(...signals: AbortSignal[]): Promise<void> {
  const any = AbortSignal.any(signals);
  return new Promise((resolve) => {
    if (any.aborted) resolve();
    else any.addEventListener('abort', () => resolve(), { once: true });
  });
}
