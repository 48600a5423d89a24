import type { BigIntStats } from 'node:fs';
import { extensionOf, S_IFMT, S_IFREG, weekOf } from '../shared/totals.ts';

/** Columns of one stat row, all signed 64-bit. */
export const COLUMNS = 10;
export const COLUMN = {
  size: 0,
  blocks: 1,
  mtime: 2,
  ctime: 3,
  dev: 4,
  ino: 5,
  nlink: 6,
  mode: 7,
  uid: 8,
  gid: 9,
} as const;

/** `dirs` of a batch: one record a directory that ended in it, or a part of one. */
export const RECORD = {
  id: 0,
  state: 1,
  returned: 2,
  files: 3,
  subdirs: 4,
  excluded: 5,
  failed: 6,
  vanished: 7,
  ownSize: 8,
  ownAlloc: 9,
  ownCharged: 10,
  /** Rows of `entries` that are its own; records stand in the order of the rows. */
  rows: 11,
  /** How many parts the directory came in; 0 where a part doesn't know yet, GIVEN_UP where no part counts. */
  parts: 12,
  length: 13,
} as const;

/** Its directory failed after parts of it were sent: they, and those that still come, count for nothing. */
export const GIVEN_UP = -1;

/** extension or week → [files, size, allocated]. A size is a bigint where a number would not be exact. */
export type Totals<K> = Map<K, [number, number | bigint, number]>;

/** What a walker sends to the writer. Buffers are transferred, not copied. */
export interface Batch {
  readonly records: Float64Array<ArrayBuffer>;
  readonly names: string;
  /** Row, name bytes: where a name is not UTF-8 (its text in `names` is empty). */
  readonly byteNames: readonly (readonly [number, Uint8Array])[];
  readonly stats: BigInt64Array<ArrayBuffer>;
  readonly count: number;
  /** Subdirectories that were met, and roots: id, parent (0 = root), state. */
  readonly children: Float64Array<ArrayBuffer>;
  readonly childNames: string;
  readonly childByteNames: readonly (readonly [number, Uint8Array])[];
  readonly childStats: BigInt64Array<ArrayBuffer>;
  readonly childCount: number;
  /** Directory id → why it is excluded or failed. */
  readonly reasons: readonly (readonly [number, string, string | null])[];
  /** Directory id, name, syscall, code of entries that could not be looked at. */
  readonly problems: readonly (readonly [number, string | Uint8Array, string, string])[];
  /** Apparent size of a record's entries of 8 TiB and more, exact: [record, bytes]. */
  readonly bigSizes: readonly (readonly [number, bigint])[];
  readonly types: Totals<string>;
  readonly ages: Totals<number>;
}

/** Grows columns and names until they are sent. */
export class StatRows {
  names: string[] = [];
  byteNames: [number, Uint8Array][] = [];
  stats: BigInt64Array<ArrayBuffer>;
  count = 0;

  constructor(capacity: number) {
    this.stats = new BigInt64Array(capacity * COLUMNS);
  }

  add(name: string | Uint8Array, stat: BigIntStats | null, dirDev: bigint): void {
    if (typeof name === 'string') this.names.push(name);
    else {
      this.names.push('');
      this.byteNames.push([this.count, name]);
    }
    const at = this.count * COLUMNS;
    if (at >= this.stats.length) {
      const grown = new BigInt64Array(this.stats.length * 2);
      grown.set(this.stats);
      this.stats = grown;
    }
    this.count += 1;
    if (stat === null) return;
    const { stats } = this;
    stats[at] = stat.size;
    stats[at + 1] = stat.blocks;
    stats[at + 2] = floorMs(stat.mtimeMs, stat.mtimeNs);
    stats[at + 3] = floorMs(stat.ctimeMs, stat.ctimeNs);
    // Nearly always its directory's, which costs a byte less a file in the catalog: 0 stands for "the same".
    stats[at + 4] = stat.dev === dirDev ? 0n : stat.dev;
    stats[at + 5] = stat.ino;
    stats[at + 6] = stat.nlink;
    stats[at + 7] = stat.mode;
    stats[at + 8] = stat.uid;
    stats[at + 9] = stat.gid;
  }
}

/** BigIntStats divides towards zero; times before 1970 must be floored. */
export function floorMs(ms: bigint, ns: bigint): bigint {
  if (ms > 0n || ns >= 0n) return ms;
  return ns % 1_000_000n === 0n ? ms : ns / 1_000_000n - 1n;
}

export function isDirectory(mode: number): boolean {
  return (mode & S_IFMT) === 0o040000;
}

/** Adds a regular file to the totals by extension and by week. */
export function addTotals(
  types: Totals<string>,
  ages: Totals<number>,
  name: string,
  mode: number,
  size: number | bigint,
  alloc: number,
  mtimeMs: number,
): void {
  if ((mode & S_IFMT) !== S_IFREG) return;
  addTo(types, extensionOf(name), size, alloc);
  addTo(ages, weekOf(mtimeMs), size, alloc);
}

function addExact(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return BigInt(a) + BigInt(b);
}

function addTo<K>(totals: Totals<K>, key: K, size: number | bigint, alloc: number): void {
  const entry = totals.get(key);
  if (entry === undefined) totals.set(key, [1, size, alloc]);
  else {
    entry[0] += 1;
    entry[1] = addExact(entry[1], size);
    entry[2] += alloc;
  }
}

export function mergeTotals<K>(into: Totals<K>, from: Totals<K>): void {
  for (const [key, [files, size, alloc]] of from) {
    const entry = into.get(key);
    if (entry === undefined) into.set(key, [files, size, alloc]);
    else {
      entry[0] += files;
      entry[1] = addExact(entry[1], size);
      entry[2] += alloc;
    }
  }
}
