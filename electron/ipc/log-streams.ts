import { followLog, type LogBatch } from '../app/log-follower.ts';

interface Stream {
  readonly stream: number;
  readonly ended: AbortController;
}

/** One log a window: opening another ends the one before, and a window that goes ends its own. */
export class LogStreams {
  readonly #send: (window: number, event: LogBatch & { readonly stream: number }) => void;
  readonly #open = new Map<number, Stream>();
  #last = 0;

  constructor(send: (window: number, event: LogBatch & { readonly stream: number }) => void) {
    this.#send = send;
  }

  open(window: number, path: string): number {
    this.closeAll(window);
    this.#last += 1;
    const stream = this.#last;
    const ended = new AbortController();
    this.#open.set(window, { stream, ended });
    // The answer with its number goes out before the first line does.
    setImmediate(() => {
      void followLog(path, (batch) => this.#send(window, { stream, ...batch }), ended.signal);
    });
    return stream;
  }

  close(window: number, stream: number): void {
    if (this.#open.get(window)?.stream === stream) this.closeAll(window);
  }

  closeAll(window: number): void {
    this.#open.get(window)?.ended.abort();
    this.#open.delete(window);
  }
}
