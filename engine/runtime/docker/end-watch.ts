import type Docker from 'dockerode';
import { within } from './client.ts';
import { ATTEMPT_LABEL } from './labels.ts';

/** One stream of events for all who wait for the end of a container: for hosts where only a few streams can be open. */
export class EndWatch {
  readonly #streams: Docker;
  readonly #waiting = new Map<string, Set<() => void>>();
  #opening: Promise<void> | null = null;

  constructor(streams: Docker) {
    this.#streams = streams;
  }

  /** Settles when the container has ended, as far as events tell, or can't be watched any more; when the signal aborts. Whoever waits asks then. */
  async wait(id: string, isRunning: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const done = (): void => over.abort();
    const set = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, set.add(done));
    try {
      await this.#open();
      // It may have ended before anybody listened.
      if (!(await isRunning())) return;
      await aborted(AbortSignal.any([over.signal, signal]));
    } catch {
      // Nobody to ask: a hint by contract.
    } finally {
      set.delete(done);
      if (set.size === 0) this.#waiting.delete(id);
    }
  }

  #open(): Promise<void> {
    this.#opening ??= this.#listen().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  async #listen(): Promise<void> {
    const filters = JSON.stringify({ type: ['container'], event: ['die', 'destroy'], label: [ATTEMPT_LABEL] });
    const stream = await within('GET /events', (abortSignal) => this.#streams.getEvents({ filters, abortSignal }));
    const over = (): void => {
      this.#opening = null;
      for (const set of this.#waiting.values()) for (const done of set) done();
    };
    stream.on('error', over);
    stream.on('close', over);
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const id = /"id":"([0-9a-f]+)"/u.exec(line)?.[1] ?? '';
        for (const done of this.#waiting.get(id) ?? []) done();
      }
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
