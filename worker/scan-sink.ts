import type { BigIntStats } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { DIR_STATE } from '../shared/shard-schema.ts';
import { addTotals, GIVEN_UP, RECORD, StatRows, type Batch, type Totals } from './batch.ts';
import type { Task, ToSink } from './messages.ts';
import type { DirectoryEnd, Sink } from './sink.ts';
import type { SharedState } from './slots.ts';

/** A batch goes out with this many rows or records. */
const BATCH_ROWS = 2_000;
const BATCH_RECORDS = 512;
const BLOCK = 512;
/** Larger apparent sizes (sparse files) are added exactly, apart. */
const BIG = 2 ** 43;

/** Collects what a walker finds into batches for the writer. */
export class ScanSink implements Sink {
  readonly #port: MessagePort;
  readonly #shared: SharedState;
  #rows = new StatRows(BATCH_ROWS + 1000);
  #children = new StatRows(256);
  #childMeta: number[] = [];
  #records: number[] = [];
  #reasons: [number, string, string | null][] = [];
  #problems: [number, string | Uint8Array, string, string][] = [];
  #bigSizes: [number, bigint][] = [];
  #types: Totals<string> = new Map();
  #ages: Totals<number> = new Map();
  /** The open directory. */
  #id = 0;
  #files = 0;
  #subdirs = 0;
  #excluded = 0;
  #failedEntries = 0;
  #vanished = 0;
  #size = 0;
  #bigSize = 0n;
  #alloc = 0;
  #charged = 0;
  #firstRow = 0;

  constructor(port: MessagePort, shared: SharedState) {
    this.#port = port;
    this.#shared = shared;
  }

  root(task: Task, stat: BigIntStats | null): void {
    this.#children.add('', stat, 0n);
    this.#childMeta.push(task.id, 0, DIR_STATE.pending);
  }

  begin(directory: number): void {
    this.#id = directory;
    this.#files = this.#subdirs = this.#excluded = this.#failedEntries = this.#vanished = 0;
    this.#size = this.#alloc = this.#charged = 0;
    this.#bigSize = 0n;
    this.#firstRow = this.#rows.count;
  }

  file(name: string | Uint8Array, stat: BigIntStats, dirDev: bigint): number {
    this.#rows.add(name, stat, dirDev);
    const size = Number(stat.size);
    const alloc = Number(stat.blocks) * BLOCK;
    this.#files += 1;
    if (size < BIG) this.#size += size;
    else this.#bigSize += stat.size;
    this.#alloc += alloc;
    if (stat.nlink === 1n) this.#charged += alloc;
    const text = typeof name === 'string' ? name : '';
    addTotals(
      this.#types,
      this.#ages,
      text,
      Number(stat.mode),
      size < BIG ? size : stat.size,
      alloc,
      Number(stat.mtimeMs),
    );
    return alloc;
  }

  child(name: string | Uint8Array, stat: BigIntStats): number {
    this.#subdirs += 1;
    return this.#child(name, stat, DIR_STATE.pending);
  }

  childExcluded(name: string | Uint8Array, stat: BigIntStats, reason: string): void {
    this.#excluded += 1;
    this.#reasons.push([this.#child(name, stat, DIR_STATE.excluded), reason, null]);
  }

  entryExcluded(): void {
    this.#excluded += 1;
  }

  entryVanished(): void {
    this.#vanished += 1;
  }

  entryFailed(name: string | Uint8Array, syscall: string, code: string): void {
    this.#failedEntries += 1;
    this.#problems.push([this.#id, name, syscall, code]);
  }

  end(returned: number, parts: number): void {
    this.#record(DIR_STATE.scanned, returned, parts);
    if (this.#rows.count >= BATCH_ROWS || this.#records.length >= BATCH_RECORDS * RECORD.length) this.flush();
  }

  endPart(): void {
    this.#record(DIR_STATE.reading, 0, 0);
    // Alone in its batch, so that the batch's totals are the part's.
    this.flush();
  }

  failed(
    directory: number,
    state: DirectoryEnd,
    reason: string | null,
    syscall: string | null,
    afterParts = false,
  ): void {
    this.begin(directory);
    this.#record(DIR_STATE[state], 0, afterParts ? GIVEN_UP : 1);
    if (reason !== null) this.#reasons.push([directory, reason, syscall]);
  }

  flush(): void {
    if (this.#records.length === 0 && this.#children.count === 0) return;
    const batch: Batch = {
      records: Float64Array.from(this.#records),
      names: this.#rows.names.join('\0'),
      byteNames: this.#rows.byteNames,
      stats: this.#rows.stats,
      count: this.#rows.count,
      children: Float64Array.from(this.#childMeta),
      childNames: this.#children.names.join('\0'),
      childByteNames: this.#children.byteNames,
      childStats: this.#children.stats,
      childCount: this.#children.count,
      reasons: this.#reasons,
      problems: this.#problems,
      bigSizes: this.#bigSizes,
      types: this.#types,
      ages: this.#ages,
    };
    const message: ToSink = { type: 'batch', batch };
    this.#shared.addBacklog(batch.count);
    this.#port.postMessage(message, [
      batch.records.buffer,
      batch.stats.buffer,
      batch.children.buffer,
      batch.childStats.buffer,
    ]);
    this.#rows = new StatRows(BATCH_ROWS + 1000);
    this.#children = new StatRows(256);
    this.#childMeta = [];
    this.#records = [];
    this.#reasons = [];
    this.#problems = [];
    this.#bigSizes = [];
    this.#types = new Map();
    this.#ages = new Map();
  }

  #child(name: string | Uint8Array, stat: BigIntStats, state: number): number {
    const id = this.#shared.takeIds(1);
    // No directory has device 0, so its own device is always stored.
    this.#children.add(name, stat, 0n);
    this.#childMeta.push(id, this.#id, state);
    return id;
  }

  #record(state: number, returned: number, parts: number): void {
    if (this.#bigSize > 0n) this.#bigSizes.push([this.#records.length / RECORD.length, this.#bigSize]);
    this.#records.push(
      this.#id,
      state,
      returned,
      this.#files,
      this.#subdirs,
      this.#excluded,
      this.#failedEntries,
      this.#vanished,
      this.#size,
      this.#alloc,
      this.#charged,
      this.#rows.count - this.#firstRow,
      parts,
    );
  }
}
