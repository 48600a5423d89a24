import type { Database } from 'better-sqlite3';
import { SmartScannerError } from '../../shared/errors.ts';
import { ENTRY_KIND } from '../../shared/shard-schema.ts';
import { extensionOf, weekOf } from '../../shared/totals.ts';
import { damaged } from './shard.ts';
import type { ShardTree } from './shard-dirs.ts';
import { addSizes, type Size } from './sizes.ts';

/**
 * Copies the entries of counted directories, in the order of their new keys so that the clustered table grows at its end. Rows must be
 * exactly as many as the reading loops counted: SHARD_DISAGREES.
 */
export function mergeEntries(
  db: Database,
  map: (id: number) => number,
  tree: ShardTree,
): { entries: number; bytes: number } {
  const runs = db
    .prepare<[], { dir: number; first: number; last: number }>(
      'SELECT dir, first, last FROM shard.runs ORDER BY dir, first',
    )
    .all();
  const counted = new Map<number, number>();
  const wanted = runs.filter(({ dir, first, last }) => {
    if (last < first) throw damaged(`directory ${dir} has a run that ends before it begins`);
    if (!tree.sums.has(dir)) return false;
    counted.set(dir, (counted.get(dir) ?? 0) + last - first + 1);
    return true;
  });
  for (const dir of tree.dirs) {
    if (!tree.sums.has(dir.id) || (counted.get(dir.id) ?? 0) === (dir.files ?? 0)) continue;
    throw new SmartScannerError(
      'SHARD_DISAGREES',
      `Directory ${dir.id} of the shard counted ${String(dir.files)} files, but has ${counted.get(dir.id) ?? 0} rows.`,
    );
  }
  const rows = copy(db, wanted, map);
  if (rows !== tree.files)
    throw new SmartScannerError('SHARD_DISAGREES', `Workers counted ${tree.files} files, ${rows} rows were merged.`);
  const bytes = tree.dirs.reduce((sum, dir) => sum + (tree.sums.has(dir.id) ? (dir.own_alloc ?? 0) : 0), 0);
  return { entries: rows + tree.scanned, bytes };
}

function copy(
  db: Database,
  runs: readonly { dir: number; first: number; last: number }[],
  map: (id: number) => number,
): number {
  if (runs.length === 0) return 0;
  db.exec(
    'CREATE TEMP TABLE IF NOT EXISTS run_map(seq INTEGER PRIMARY KEY, dir INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL)',
  );
  db.exec('DELETE FROM temp.run_map');
  const insert = db.prepare('INSERT INTO temp.run_map(seq, dir, first, last) VALUES (?, ?, ?, ?)');
  const ordered = runs.map((run) => ({ ...run, key: map(run.dir) }));
  // Roots keep the ids that they were planned with, which lie below all new ones.
  ordered.sort((a, b) => a.key - b.key || a.first - b.first);
  ordered.forEach((run, seq) => insert.run(seq, run.key, run.first, run.last));
  const asMet = db.prepare(insertEntries('r.seq'));
  const byName = db.prepare(insertEntries('e.name'));
  let copied = 0;
  for (const { from, to, large } of segments(ordered)) copied += (large ? byName : asMet).run(from, to).changes;
  db.exec('DELETE FROM temp.run_map');
  return copied;
}

function insertEntries(order: string): string {
  return `INSERT INTO entries(dir, name, kind, size, alloc, mtime, ctime, dev, ino, nlink, mode, uid, gid)
    SELECT r.dir, e.name, e.kind, e.size, e.alloc, e.mtime, e.ctime, e.dev, e.ino, e.nlink, e.mode, e.uid, e.gid
    FROM temp.run_map r CROSS JOIN shard.entries e ON e.id BETWEEN r.first AND r.last
    WHERE r.seq BETWEEN ? AND ? ORDER BY ${order}`;
}

/** Rows of one directory from which on sorting them by name first costs less than inserting them in the order of the disk's hash. */
const LARGE_DIRECTORY = 10_000;

/** Cuts the ordered runs into stretches that are inserted by one statement each: a large directory alone, everything between in one. */
function segments(
  runs: readonly { readonly key: number; readonly first: number; readonly last: number }[],
): { from: number; to: number; large: boolean }[] {
  const cut: { from: number; to: number; large: boolean }[] = [];
  for (let from = 0; from < runs.length;) {
    let to = from;
    let rows = 0;
    const key = runs[from]?.key;
    for (; runs[to]?.key === key && to < runs.length; to += 1) {
      const run = runs[to];
      rows += run === undefined ? 0 : run.last - run.first + 1;
    }
    const large = rows >= LARGE_DIRECTORY;
    const before = cut.at(-1);
    if (!large && before?.large === false) before.to = to - 1;
    else cut.push({ from, to: to - 1, large });
    from = to;
  }
  return cut;
}

/** Totals by type and age: the worker's own, unless rows of it were dropped; then they are counted again from what was merged. */
export function mergeTotals(db: Database, scan: number, tree: ShardTree, map: (id: number) => number): void {
  const type = upsert(db, 'type_totals', 'ext');
  const age = upsert(db, 'age_totals', 'week');
  const add = (
    statement: ReturnType<typeof upsert>,
    key: string | number,
    files: number,
    size: Size,
    alloc: Size,
  ): void => {
    statement.run(scan, key, files, size, alloc);
  };
  if (tree.dropped === 0) {
    for (const [table, key, statement] of [
      ['types', 'ext', type],
      ['ages', 'week', age],
    ] as const) {
      const rows = db
        .prepare<[], Totals>(
          `SELECT ${key} AS key, files, CAST(size AS TEXT) AS size, CAST(alloc AS TEXT) AS alloc FROM shard.${table}`,
        )
        .all();
      for (const row of rows) add(statement, row.key, row.files, wholeText(row.size), wholeText(row.alloc));
    }
    return;
  }
  const types = new Map<string, Totals>();
  const ages = new Map<number, Totals>();
  const entries = db.prepare<[number, number], { name: string | Buffer; size: string; alloc: string; mtime: number }>(
    'SELECT name, CAST(size AS TEXT) AS size, CAST(alloc AS TEXT) AS alloc, mtime FROM entries WHERE dir = ? AND kind = ?',
  );
  for (const id of tree.sums.keys()) {
    for (const { name, size, alloc, mtime } of entries.iterate(map(id), ENTRY_KIND.file)) {
      count(types, typeof name === 'string' ? extensionOf(name) : '', size, alloc);
      count(ages, weekOf(mtime), size, alloc);
    }
  }
  for (const [key, row] of types) add(type, key, row.files, row.size, row.alloc);
  for (const [key, row] of ages) add(age, key, row.files, row.size, row.alloc);
}

interface Totals {
  key: string | number;
  files: number;
  size: string;
  alloc: string;
}

function count<K extends string | number>(totals: Map<K, Totals>, key: K, size: string, alloc: string): void {
  const row = totals.get(key);
  if (row === undefined) totals.set(key, { key, files: 1, size, alloc });
  else {
    row.files += 1;
    row.size = String(addSizes(row.size, size));
    row.alloc = String(addSizes(row.alloc, alloc));
  }
}

/** SQLite turned a sum that left 64 bits into a float: it stays at the largest integer. */
function wholeText(text: string): Size {
  return /^\d+$/.test(text) ? text : String(2n ** 63n - 1n);
}

function upsert(db: Database, table: string, key: string): { run(...values: (string | number)[]): unknown } {
  return db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?) ON CONFLICT(scan, ${key}) DO UPDATE SET files = files + excluded.files,
    size = CASE WHEN size > 9223372036854775807 - excluded.size THEN 9223372036854775807 ELSE size + excluded.size END,
    alloc = alloc + excluded.alloc`);
}
