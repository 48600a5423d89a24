import { setTimeout as delay } from 'node:timers/promises';
import { SmartScannerError, toSmartScannerError } from '../../shared/errors.ts';
import { isConnectionLost } from './connection-lost.ts';
import type { Runtime } from './runtime.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const CONNECT_DEADLINE_MS = 10_000;
/** A removal that times out so often while the host itself answers fails by what is removed (a container that can't die). */
const MOST_REMOVALS = 3;

export interface ReconnectHooks {
  /** Nobody answers: this is why. */
  lost(reason: string): void;
  found(afterMs: number): void;
}

/**
 * The same runtime, whose calls wait while the host can't be reached, however long that takes, and are made again when it answers: what can't
 * be seen has not failed. All wait for one and the same attempt to reconnect. The signal ends the waiting (INTERRUPTED). Streams are hints and just end.
 */
export function withReconnect(runtime: Runtime, hooks: ReconnectHooks, signal: AbortSignal): Runtime {
  let reconnecting: Promise<void> | null = null;
  let waiting: AbortController | null = null;
  const reconnect = async (reason: string): Promise<void> => {
    const since = performance.now();
    hooks.lost(reason);
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
      // Jitter keeps several programs from coming back together.
      waiting = new AbortController();
      const either = AbortSignal.any([signal, waiting.signal]);
      await delay(wait * (0.75 + Math.random() / 2), undefined, { signal: either }).catch(() => undefined);
      if (signal.aborted)
        throw new SmartScannerError('INTERRUPTED', 'The host did not answer, and was not waited for any longer.');
      try {
        await runtime.connect(AbortSignal.any([signal, AbortSignal.timeout(CONNECT_DEADLINE_MS)]));
        hooks.found(performance.now() - since);
        return;
      } catch (error) {
        // A daemon that answers, and be it with an error, is there again: its answer is for the call itself.
        if (!isConnectionLost(error) && toSmartScannerError(error).code !== 'INTERRUPTED') throw error;
      }
    }
  };
  const call = async <T>(work: () => Promise<T>, mostTimeouts = Infinity): Promise<T> => {
    for (let timeouts = 0; ;) {
      if (reconnecting !== null) await reconnecting;
      try {
        return await work();
      } catch (error) {
        if (!isConnectionLost(error)) throw error;
        timeouts += toSmartScannerError(error).code === 'DEADLINE' ? 1 : 0;
        if (timeouts >= mostTimeouts) throw error;
        reconnecting ??= reconnect(toSmartScannerError(error).message).finally(() => {
          reconnecting = null;
        });
      }
    }
  };
  return {
    kind: runtime.kind,
    leases: runtime.leases,
    connect: (until) => runtime.connect(until),
    wake: () => {
      waiting?.abort();
      runtime.wake?.();
    },
    time: () => call(() => runtime.time()),
    prepare: (options) => call(() => runtime.prepare(options)),
    start: (spec) => call(() => runtime.start(spec)),
    lines: (ref, until, onlyNew) => runtime.lines(ref, until, onlyNew),
    waitForEnd: (ref, until) => runtime.waitForEnd(ref, until),
    inspect: (ref) => call(() => runtime.inspect(ref)),
    stop: (ref, kind) => call(() => runtime.stop(ref, kind)),
    kill: (ref) => call(() => runtime.kill(ref)),
    logs: (ref, maxBytes) => call(() => runtime.logs(ref, maxBytes)),
    stats: (ref) => (reconnecting === null ? runtime.stats(ref) : Promise.resolve(null)),
    fetch: (ref, names, intoDir) => call(() => runtime.fetch(ref, names, intoDir)),
    list: () => call(() => runtime.list()),
    remove: (ref) => call(() => runtime.remove(ref), MOST_REMOVALS),
    close: () => runtime.close(),
  };
}
