import type { Database } from 'better-sqlite3';
import { addSizes, type Size } from './sizes.ts';

interface Sums {
  files: number;
  dirs: number;
  size: bigint;
  alloc: number;
  charged: number;
}

interface Row {
  id: number;
  parent: number | null;
  depth: number;
  files: number;
  dirs: number;
  size: string;
  alloc: number;
  charged: number;
}

const COLUMNS = `d.id, d.parent, d.depth, d.all_files AS files, d.all_dirs AS dirs, CAST(d.all_size AS TEXT) AS size, d.all_alloc AS alloc,
  d.all_charged AS charged`;

/**
 * Takes down what `CloseSums` carried up, so that a scan that goes on has the sums that its merges left, and can be closed again. Deepest first:
 * what is left of a chunk root once everything below it is taken down is what it gave to those above. Within a transaction.
 */
export function undoSums(db: Database, scan: number): void {
  const levels = new Map<number, Map<number, Sums>>();
  const above = db.prepare<[number], { parent: number | null; depth: number }>(
    'SELECT parent, depth FROM dirs WHERE id = ?',
  );
  const less = (id: number, depth: number, by: Sums): void => {
    const level = levels.get(depth) ?? new Map<number, Sums>();
    levels.set(depth, level);
    const sum = level.get(id) ?? nothing();
    level.set(id, sum);
    sum.files += by.files;
    sum.dirs += by.dirs;
    sum.size += by.size;
    sum.alloc += by.alloc;
    sum.charged += by.charged;
  };
  for (const { dir, depth, charged } of takeBackCharges(db, scan)) less(dir, depth, { ...nothing(), charged });
  const roots = new Set<number>();
  const rootRows = db
    .prepare<[number], { id: number; depth: number }>(
      'SELECT DISTINCT d.id, d.depth FROM chunk_roots r JOIN chunks c ON c.id = r.chunk JOIN dirs d ON d.id = r.dir WHERE c.scan = ?',
    )
    .all(scan);
  for (const { id, depth } of rootRows) {
    roots.add(id);
    less(id, depth, nothing());
  }
  const select = db.prepare<[number], Row>(`SELECT ${COLUMNS} FROM dirs d WHERE d.id = ?`);
  const update = db.prepare<[number, number, Size, number, number, number]>(
    'UPDATE dirs SET all_files = ?, all_dirs = ?, all_size = ?, all_alloc = ?, all_charged = ? WHERE id = ?',
  );
  for (let depth = Math.max(-1, ...levels.keys()); depth >= 0; depth -= 1) {
    for (const [id, sum] of levels.get(depth) ?? []) {
      const row = select.get(id);
      if (row === undefined) continue;
      const left: Sums = {
        files: row.files - sum.files,
        dirs: row.dirs - sum.dirs,
        size: BigInt(row.size) - sum.size,
        alloc: row.alloc - sum.alloc,
        charged: row.charged - sum.charged,
      };
      update.run(left.files, left.dirs, addSizes(0, String(left.size)), left.alloc, left.charged, id);
      const parent = above.get(id)?.parent ?? null;
      if (parent === null) continue;
      less(parent, depth - 1, sum);
      if (roots.has(id)) less(parent, depth - 1, left);
    }
  }
  db.prepare('UPDATE scans SET summed = 0 WHERE num = ?').run(scan);
}

/** Lowest paths may not be the lowest any more. Gives what each directory was charged with. */
function takeBackCharges(db: Database, scan: number): { dir: number; depth: number; charged: number }[] {
  const charged = db
    .prepare<[number], { dir: number; depth: number; charged: number }>(
      `SELECT e.dir, d.depth, sum(e.charged) AS charged FROM entries e INDEXED BY entries_linked JOIN dirs d ON d.id = e.dir
       WHERE e.nlink > 1 AND e.charged IS NOT NULL AND d.scan = ? GROUP BY e.dir`,
    )
    .all(scan);
  const own = db.prepare('UPDATE dirs SET own_charged = own_charged - ? WHERE id = ?');
  const entries = db.prepare('UPDATE entries SET charged = NULL WHERE dir = ? AND nlink > 1');
  for (const { dir, charged: alloc } of charged) {
    own.run(alloc, dir);
    entries.run(dir);
  }
  return charged;
}

function nothing(): Sums {
  return { files: 0, dirs: 0, size: 0n, alloc: 0, charged: 0 };
}
