import type { Database } from 'better-sqlite3';
import { ENTRY_KIND } from '../../shared/shard-schema.ts';
import { extensionOf, weekOf } from '../../shared/totals.ts';
import { addSizes } from './sizes.ts';

/** What was merged of one directory itself, without what lies below it. Sizes as decimal text: they may pass 2^53. */
interface Own {
  readonly files: number;
  readonly size: string;
  readonly alloc: number;
  readonly charged: number;
}

/** Of a directory and all below it, as far as its merge carried them. */
interface All extends Own {
  readonly dirs: number;
}

export interface TakenOut {
  /** Rows of `entries`, and the directory itself. */
  readonly entries: number;
  readonly files: number;
  readonly bytes: number;
  /** What it adds to its own recursive sums once it is read again: all that lies below it and was merged with it. */
  readonly below: All;
}

/**
 * A directory that was scanned, but some of whose entries could not be looked at, is read again as the root of a chunk of its own. What it
 * gave to those above it comes from there from now on. Within a transaction, the scan's sums taken down (`undoSums`).
 */
export function standAlone(db: Database, scan: number, dir: number): void {
  const isRoot = db
    .prepare<[number, number], number>(
      'SELECT EXISTS (SELECT 1 FROM chunk_roots r JOIN chunks c ON c.id = r.chunk WHERE r.dir = ? AND c.scan = ?)',
    )
    .pluck();
  if (isRoot.get(dir, scan) === 1) return;
  const all = allOf(db, dir);
  const parentOf = db.prepare<[number], number | null>('SELECT parent FROM dirs WHERE id = ?').pluck();
  // Up to the root of the chunk that it was merged with, which has given nothing to those above it yet.
  for (let at = parentOf.get(dir) ?? null; at !== null; at = parentOf.get(at) ?? null) {
    addAll(db, at, all, -1);
    if (isRoot.get(at, scan) === 1) return;
  }
}

/** Takes a directory's own rows out, in the transaction that brings the new ones. */
export function takeOut(db: Database, scan: number, dir: number): TakenOut {
  const own = db
    .prepare<[number], Own>(
      'SELECT files, CAST(own_size AS TEXT) AS size, own_alloc AS alloc, own_charged AS charged FROM dirs WHERE id = ?',
    )
    .get(dir);
  if (own === undefined) throw new Error(`There is no directory ${dir}.`);
  const all = allOf(db, dir);
  const entries = db
    .prepare<[number, number], { name: string | Buffer; size: string; alloc: string; mtime: number }>(
      'SELECT name, CAST(size AS TEXT) AS size, CAST(alloc AS TEXT) AS alloc, mtime FROM entries WHERE dir = ? AND kind = ?',
    )
    .all(dir, ENTRY_KIND.file);
  const lessType = lessen(db, 'type_totals', 'ext');
  const lessAge = lessen(db, 'age_totals', 'week');
  for (const { name, size, alloc, mtime } of entries) {
    lessType.run(size, alloc, scan, typeof name === 'string' ? extensionOf(name) : '');
    lessAge.run(size, alloc, scan, weekOf(mtime));
  }
  for (const table of ['type_totals', 'age_totals'])
    db.prepare(`DELETE FROM ${table} WHERE scan = ? AND files <= 0`).run(scan);
  for (const table of ['entries', 'problems', 'byte_names']) db.prepare(`DELETE FROM ${table} WHERE dir = ?`).run(dir);
  // Who is still there is met again.
  db.prepare('UPDATE dirs SET met = 0 WHERE parent = ?').run(dir);
  return {
    entries: own.files + 1,
    files: own.files,
    bytes: own.alloc,
    below: {
      files: all.files - own.files,
      dirs: all.dirs - 1,
      size: String(BigInt(all.size) - BigInt(own.size)),
      alloc: all.alloc - own.alloc,
      charged: all.charged - own.charged,
    },
  };
}

/** After its new row is written, whose recursive sums know of nothing below. */
export function putBelow(db: Database, dir: number, { below }: TakenOut): void {
  addAll(db, dir, below, 1);
}

function allOf(db: Database, dir: number): All {
  const all = db
    .prepare<[number], All>(
      `SELECT all_files AS files, all_dirs AS dirs, CAST(all_size AS TEXT) AS size, all_alloc AS alloc, all_charged AS charged
       FROM dirs WHERE id = ?`,
    )
    .get(dir);
  if (all === undefined) throw new Error(`There is no directory ${dir}.`);
  return all;
}

function addAll(db: Database, dir: number, by: All, sign: 1 | -1): void {
  const size = BigInt(allOf(db, dir).size) + BigInt(sign) * BigInt(by.size);
  db.prepare(
    `UPDATE dirs SET all_files = all_files + ?, all_dirs = all_dirs + ?, all_size = ?, all_alloc = all_alloc + ?,
      all_charged = all_charged + ? WHERE id = ?`,
  ).run(
    sign * by.files,
    sign * by.dirs,
    addSizes(0, String(size < 0n ? 0n : size)),
    sign * by.alloc,
    sign * by.charged,
    dir,
  );
}

function lessen(
  db: Database,
  table: string,
  key: string,
): { run(size: string, alloc: string, scan: number, key: string | number): unknown } {
  return db.prepare(
    `UPDATE ${table} SET files = files - 1, size = max(0, size - CAST(? AS INTEGER)), alloc = max(0, alloc - CAST(? AS INTEGER))
     WHERE scan = ? AND ${key} = ?`,
  );
}
