import { webcrypto } from 'node:crypto';

/** What the Node of older Electrons lacks and the engine uses. Imported before anything else. */
if (!('crypto' in globalThis)) Object.defineProperty(globalThis, 'crypto', { configurable: true, value: webcrypto });

if (!('any' in AbortSignal)) {
  Object.defineProperty(AbortSignal, 'any', {
    configurable: true,
    writable: true,
    value: (signals: Iterable<AbortSignal>): AbortSignal => {
      const controller = new AbortController();
      const all = [...signals];
      const abort = (event: Event): void => end((event.target as AbortSignal).reason);
      function end(reason: unknown): void {
        for (const signal of all) signal.removeEventListener('abort', abort);
        controller.abort(reason);
      }
      for (const signal of all) {
        if (signal.aborted) {
          end(signal.reason);
          break;
        }
        signal.addEventListener('abort', abort, { once: true });
      }
      return controller.signal;
    },
  });
}
