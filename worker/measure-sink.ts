import type { BigIntStats } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import type { MeasureBatch } from './measure-tree.ts';
import type { ToSink } from './messages.ts';
import type { Sink } from './sink.ts';
import type { SharedState } from './slots.ts';

const BATCH_RECORDS = 256;
const BLOCK = 512;

/** Keeps sums only: what the measurer needs to divide the tree. */
export class MeasureSink implements Sink {
  readonly #port: MessagePort;
  readonly #shared: SharedState;
  #records: MeasureBatch['records'][number][] = [];
  #id = 0;
  #entries = 0;
  #bytes = 0;
  #children: { id: number; name: string | Uint8Array }[] = [];

  constructor(port: MessagePort, shared: SharedState) {
    this.#port = port;
    this.#shared = shared;
  }

  root(): void {
    // The only root is the mount point; the measurer has it already.
  }

  begin(directory: number): void {
    this.#id = directory;
    this.#entries = 0;
    this.#bytes = 0;
    this.#children = [];
  }

  file(_name: string | Uint8Array, stat: BigIntStats): number {
    const bytes = Number(stat.blocks) * BLOCK;
    this.#entries += 1;
    this.#bytes += bytes;
    return bytes;
  }

  child(name: string | Uint8Array): number {
    const id = this.#shared.takeIds(1);
    this.#children.push({ id, name });
    return id;
  }

  childExcluded(): void {
    this.#entries += 1;
  }

  entryExcluded(): void {
    this.#entries += 1;
  }

  entryVanished(): void {
    // Gone before the scan can meet it.
  }

  entryFailed(): void {
    this.#entries += 1;
  }

  end(_returned: number, parts: number): void {
    this.#record(parts);
    if (this.#records.length >= BATCH_RECORDS) this.flush();
  }

  endPart(): void {
    this.#record(0);
    this.flush();
  }

  failed(directory: number): void {
    this.begin(directory);
    this.#record(1);
  }

  flush(): void {
    if (this.#records.length === 0) return;
    const message: ToSink = { type: 'measure', batch: { records: this.#records } };
    this.#shared.addBacklog(this.#records.length);
    this.#port.postMessage(message);
    this.#records = [];
  }

  #record(parts: number): void {
    this.#records.push({ id: this.#id, entries: this.#entries, bytes: this.#bytes, children: this.#children, parts });
  }
}
