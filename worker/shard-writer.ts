import { pathToFileURL } from 'node:url';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  DIR_STATE,
  FAILED_STALLED,
  SHARD_APPLICATION_ID,
  SHARD_DDL,
  SHARD_META,
  SHARD_VERSION,
} from '../shared/shard-schema.ts';
import { escapeBytes } from '../shared/names.ts';
import type { RootMode, ScanTotals, StopReason } from '../shared/worker-protocol.ts';
import { COLUMN, COLUMNS, GIVEN_UP, mergeTotals, RECORD, type Batch, type Totals } from './batch.ts';
import { kindOf } from './kind.ts';
import { InsertRows } from './insert-rows.ts';
import type { Task } from './messages.ts';
import { PartialDirectory } from './partial-directory.ts';
import type { SetAside } from './set-aside.ts';
import { leavesRemainder, saturate, totalsOf } from './shard-totals.ts';
import { StatReader } from './stat-reader.ts';
import { unreadTasks } from './unread.ts';

const COMMIT_MS = 1_000;
const COMMIT_ROWS = 100_000;

/** The one writer of a shard. Each call runs within a transaction; `tick` ends it when it is due. */
export class ShardWriter {
  readonly #db: DatabaseSync;
  readonly #entries: InsertRows;
  readonly #child: StatementSync;
  readonly #ended: StatementSync;
  readonly #reason: StatementSync;
  readonly #problem: StatementSync;
  readonly #byteName: StatementSync;
  readonly #runs: InsertRows;
  readonly #type: StatementSync;
  readonly #age: StatementSync;
  readonly #partials = new Map<number, PartialDirectory>();
  /** Directories that were given up while parts of them may still come. */
  readonly #givenUp = new Set<number>();
  readonly #careful: boolean;
  #types: Totals<string> = new Map();
  #ages: Totals<number> = new Map();
  #rows = 0;
  #sinceCommit = 0;
  #lastCommit = performance.now();

  /** `roots`: how many the job has. They are pending from the start, so that what becomes of none of them is lost with a stuck thread. `careful`: every batch is committed. */
  constructor(path: string, attempt: string, roots: number, careful = false) {
    this.#careful = careful;
    // The spool may be FUSE, where locks fail; nobody else opens the shard while it is written.
    this.#db = new DatabaseSync(`${pathToFileURL(path).href}?nolock=1`);
    this.#db.exec(`
      PRAGMA page_size = 8192; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;
      PRAGMA locking_mode = EXCLUSIVE; PRAGMA application_id = ${SHARD_APPLICATION_ID}; PRAGMA user_version = ${SHARD_VERSION};
    `);
    this.#db.exec(`BEGIN; ${SHARD_DDL}`);
    const db = this.#db;
    const meta = db.prepare('INSERT INTO meta VALUES (?, ?)');
    meta.run(SHARD_META.attempt, attempt);
    meta.run(SHARD_META.version, SHARD_VERSION);
    const root = db.prepare(`INSERT INTO dirs(id, state) VALUES (?, ${DIR_STATE.pending})`);
    for (let id = 1; id <= roots; id += 1) root.run(id);
    this.#entries = new InsertRows(
      db,
      'entries(name, kind, size, alloc, mtime, ctime, dev, ino, nlink, mode, uid, gid)',
      12,
      20,
    );
    this.#runs = new InsertRows(db, 'runs(dir, first, last)', 3, 20);
    // Walkers run ahead of one another: a directory may end before its parent told of it, so both sides insert or update.
    this.#child =
      db.prepare(`INSERT INTO dirs(id, parent, name, state, size, alloc, mtime, ctime, dev, ino, nlink, mode, uid, gid)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET parent = excluded.parent, name = excluded.name,
      size = excluded.size, alloc = excluded.alloc, mtime = excluded.mtime, ctime = excluded.ctime, dev = excluded.dev,
      ino = excluded.ino, nlink = excluded.nlink, mode = excluded.mode, uid = excluded.uid, gid = excluded.gid`);
    this.#ended =
      db.prepare(`INSERT INTO dirs(id, state, returned, files, subdirs, excluded, failed, vanished, own_size, own_alloc, own_charged)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET state = excluded.state, returned = excluded.returned,
      files = excluded.files, subdirs = excluded.subdirs, excluded = excluded.excluded, failed = excluded.failed,
      vanished = excluded.vanished, own_size = excluded.own_size, own_alloc = excluded.own_alloc, own_charged = excluded.own_charged`);
    this.#reason = db.prepare('UPDATE dirs SET reason = ?, syscall = ? WHERE id = ?');
    this.#problem = db.prepare('INSERT INTO problems VALUES (?, ?, ?, ?)');
    this.#byteName = db.prepare('INSERT INTO byte_names VALUES (?, ?, ?)');
    const upsert = (table: string, key: string): StatementSync =>
      db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?) ON CONFLICT(${key}) DO UPDATE SET files = files + excluded.files,
        size = size + excluded.size, alloc = alloc + excluded.alloc`);
    this.#type = upsert('types', 'ext');
    this.#age = upsert('ages', 'week');
    this.#commit();
  }

  batch(batch: Batch): void {
    this.#insertChildren(batch);
    this.#insertEntries(batch);
    this.#insertRecords(batch);
    for (const [id, reason, syscall] of batch.reasons) this.#reason.run(reason, syscall, id);
    for (const problem of batch.problems) this.#problem.run(...problem);
    this.#sinceCommit += batch.count + batch.childCount;
    if (this.#careful) this.#commit();
    else this.tick();
  }

  /** Commits when that is due. */
  tick(): void {
    if (
      this.#sinceCommit >= COMMIT_ROWS ||
      (this.#sinceCommit > 0 && performance.now() - this.#lastCommit >= COMMIT_MS)
    )
      this.#commit();
  }

  /** This directory's call into the kernel never came back; what comes of it later is ignored. */
  stalled(id: number, syscall: string): void {
    this.#giveUp(id);
    this.#ended.run(id, DIR_STATE.failed, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    this.#reason.run(FAILED_STALLED, syscall, id);
    this.#commit();
  }

  /** Before anything of this directory is touched: should the worker die of it, the shard names it. */
  reading(id: number): void {
    this.#ended.run(id, DIR_STATE.reading, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    this.#commit();
  }

  /** See `unreadTasks`. */
  unread(roots: readonly Task[], setAside: SetAside | null): Task[] {
    this.#commit();
    return unreadTasks(this.#db, roots, setAside);
  }

  /** See `leavesRemainder`. */
  leavesRemainder(rootModes: readonly RootMode[]): boolean {
    return leavesRemainder(this.#db, rootModes);
  }

  /** Writes the totals, commits and closes. */
  finish(reason: StopReason): ScanTotals {
    this.#flushRows();
    const totals = totalsOf(this.#db);
    const meta = this.#db.prepare('INSERT INTO meta VALUES (?, ?)');
    meta.run(SHARD_META.totals, JSON.stringify(totals));
    meta.run(SHARD_META.reason, reason);
    this.#commit(false);
    this.#db.close();
    return totals;
  }

  #insertChildren(batch: Batch): void {
    const names = batch.childCount === 0 ? [] : (batch.childNames.split('\0') as (string | Uint8Array)[]);
    for (const [row, bytes] of batch.childByteNames) names[row] = bytes;
    const stats = new StatReader(batch.childStats);
    for (let row = 0; row < batch.childCount; row += 1) {
      const id = batch.children[row * 3] ?? 0;
      const parent = batch.children[row * 3 + 1] ?? 0;
      const at = row * COLUMNS;
      const known = stats.get(at + COLUMN.mode) !== 0;
      const column = (index: number): number | bigint | null => (known ? stats.get(at + index) : null);
      this.#child.run(
        id,
        parent === 0 ? null : parent,
        parent === 0 ? null : (names[row] ?? ''),
        batch.children[row * 3 + 2] ?? 0,
        column(COLUMN.size),
        known ? Number(stats.get(at + COLUMN.blocks)) * 512 : null,
        column(COLUMN.mtime),
        column(COLUMN.ctime),
        column(COLUMN.dev),
        column(COLUMN.ino),
        column(COLUMN.nlink),
        column(COLUMN.mode),
        column(COLUMN.uid),
        column(COLUMN.gid),
      );
    }
  }

  #insertEntries(batch: Batch): void {
    if (batch.count === 0) return;
    const names = batch.names.split('\0') as (string | Uint8Array)[];
    for (const [row, bytes] of batch.byteNames) names[row] = bytes;
    const stats = new StatReader(batch.stats);
    const { entries } = this.#entries.open();
    for (let row = 0, at = 0; row < batch.count; row += 1, at += COLUMNS) {
      const mode = stats.get(at + COLUMN.mode) as number;
      const dev = stats.get(at + COLUMN.dev);
      entries.push(
        names[row] ?? '',
        kindOf(mode),
        stats.get(at),
        (stats.get(at + COLUMN.blocks) as number) * 512,
        stats.get(at + COLUMN.mtime),
        stats.get(at + COLUMN.ctime),
        dev === 0 ? null : dev,
        stats.get(at + COLUMN.ino),
        stats.get(at + COLUMN.nlink),
        mode,
        stats.get(at + COLUMN.uid),
        stats.get(at + COLUMN.gid),
      );
      this.#entries.full();
    }
  }

  #insertRecords(batch: Batch): void {
    const { records } = batch;
    let row = this.#rows;
    let complete = true;
    for (let at = 0, index = 0; at < records.length; at += RECORD.length, index += 1) {
      const id = records[at + RECORD.id] ?? 0;
      const rows = records[at + RECORD.rows] ?? 0;
      const parts = records[at + RECORD.parts] ?? 0;
      if (rows > 0) {
        this.#runs.row(id, row + 1, row + rows);
        for (const [index, name] of batch.byteNames) {
          const at = this.#rows + index;
          if (at >= row && at < row + rows) this.#byteName.run(id, name, escapeBytes(name));
        }
        row += rows;
      }
      if (this.#givenUp.has(id)) {
        if (parts === 0) complete = false;
        continue;
      }
      if (parts === GIVEN_UP) this.#giveUp(id);
      const big = batch.bigSizes.find(([record]) => record === index)?.[1] ?? 0n;
      if (parts === 1 || parts === GIVEN_UP) this.#end(id, records.subarray(at, at + RECORD.length), big);
      else {
        complete = parts !== 0;
        this.#part(id, records.subarray(at, at + RECORD.length), big, batch);
      }
    }
    this.#rows = row;
    if (!complete) return;
    mergeTotals(this.#types, batch.types);
    mergeTotals(this.#ages, batch.ages);
  }

  #end(id: number, record: Float64Array, big: bigint): void {
    const size = big === 0n ? (record[RECORD.ownSize] ?? 0) : saturate(BigInt(record[RECORD.ownSize] ?? 0) + big);
    this.#ended.run(
      id,
      record[RECORD.state] ?? 0,
      record[RECORD.returned] ?? 0,
      record[RECORD.files] ?? 0,
      record[RECORD.subdirs] ?? 0,
      record[RECORD.excluded] ?? 0,
      record[RECORD.failed] ?? 0,
      record[RECORD.vanished] ?? 0,
      size,
      record[RECORD.ownAlloc] ?? 0,
      record[RECORD.ownCharged] ?? 0,
    );
  }

  #giveUp(id: number): void {
    this.#givenUp.add(id);
    this.#partials.delete(id);
  }

  #part(id: number, record: Float64Array, big: bigint, batch: Batch): void {
    let partial = this.#partials.get(id);
    if (partial === undefined) {
      partial = new PartialDirectory();
      this.#partials.set(id, partial);
      this.#ended.run(id, DIR_STATE.reading, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
    if (!partial.add(record, big, batch)) return;
    partial.sums[RECORD.state] = DIR_STATE.scanned;
    this.#end(id, partial.sums, partial.bigSize);
    mergeTotals(this.#types, partial.types);
    mergeTotals(this.#ages, partial.ages);
    this.#partials.delete(id);
  }

  #flushRows(): void {
    this.#entries.flush();
    this.#runs.flush();
    // Sums of sparse files may pass what an integer holds.
    const whole = (value: number | bigint): number | bigint => (value < 2 ** 53 ? value : saturate(BigInt(value)));
    for (const [ext, [files, size, alloc]] of this.#types) this.#type.run(ext, files, whole(size), whole(alloc));
    for (const [week, [files, size, alloc]] of this.#ages) this.#age.run(week, files, whole(size), whole(alloc));
    this.#types = new Map();
    this.#ages = new Map();
  }

  #commit(reopen = true): void {
    this.#flushRows();
    this.#db.exec('COMMIT');
    this.#sinceCommit = 0;
    this.#lastCommit = performance.now();
    if (reopen) this.#db.exec('BEGIN');
  }
}
