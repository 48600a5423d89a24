import type { Database, Statement } from 'better-sqlite3';
import { LONG_PATH } from './paths.ts';
import { addSizes, type Size } from './sizes.ts';

interface Delta {
  files: number;
  dirs: number;
  size: Size;
  alloc: number;
  charged: number;
}

interface Above {
  parent: number | null;
  depth: number;
}

/**
 * Carries sums up at the end of a scan. Each chunk added up within itself; what is missing is every chunk root's sum in the directories
 * above it, and the charge of hard links. Touches only those chains, deepest first.
 */
export class CloseSums {
  readonly #db: Database;
  readonly #scan: number;
  readonly #above: Statement<[number], Above>;
  /** By depth: what to add to a directory and, with it, to all above. */
  readonly #levels = new Map<number, Map<number, Delta>>();

  constructor(db: Database, scan: number) {
    this.#db = db;
    this.#above = db.prepare('SELECT parent, depth FROM dirs WHERE id = ?');
    this.#scan = scan;
  }

  /** Within a transaction. */
  run(): void {
    this.#chargeHardLinks();
    this.#chunkRoots();
    this.#carryUp();
    this.#db.prepare('UPDATE scans SET summed = 1 WHERE num = ?').run(this.#scan);
  }

  /** Each inode once, to its lowest path in byte order; only rows with more than one link. */
  #chargeHardLinks(): void {
    // In tables, not in arrays: a backup made of hard links has millions of them.
    this.#db.exec('DROP TABLE IF EXISTS temp.charges');
    this.#db
      .prepare(
        `CREATE TEMP TABLE charges AS SELECT dir, name, alloc FROM (
           SELECT e.dir, e.name, e.alloc, row_number() OVER (
             PARTITION BY coalesce(e.dev, d.dev), e.ino
             ORDER BY CAST(CASE WHEN d.depth = 0 THEN e.name ELSE coalesce(d.path, ${LONG_PATH}) || '/' || e.name END AS BLOB)) AS place
           FROM entries e INDEXED BY entries_linked JOIN dirs d ON d.id = e.dir WHERE e.nlink > 1 AND d.scan = ?) WHERE place = 1`,
      )
      .run(this.#scan);
    this.#db.exec(
      'UPDATE entries SET charged = c.alloc FROM temp.charges c WHERE entries.dir = c.dir AND entries.name = c.name',
    );
    const own = this.#db.prepare('UPDATE dirs SET own_charged = own_charged + ? WHERE id = ?');
    const sums = this.#db
      .prepare<[], { dir: number; depth: number; alloc: number }>(
        'SELECT c.dir, d.depth, sum(c.alloc) AS alloc FROM temp.charges c JOIN dirs d ON d.id = c.dir GROUP BY c.dir',
      )
      .all();
    for (const { dir, depth, alloc } of sums) {
      own.run(alloc, dir);
      this.#add(dir, { files: 0, dirs: 0, size: 0, alloc: 0, charged: alloc }, depth);
    }
    this.#db.exec('DROP TABLE temp.charges');
  }

  #chunkRoots(): void {
    const roots = this.#db
      .prepare<[number], { parent: number; files: number; dirs: number; size: string; alloc: number; charged: number }>(
        `SELECT d.parent, d.all_files AS files, d.all_dirs AS dirs, CAST(d.all_size AS TEXT) AS size, d.all_alloc AS alloc, d.all_charged AS charged
         FROM dirs d WHERE d.parent IS NOT NULL AND d.id IN
           (SELECT r.dir FROM chunk_roots r JOIN chunks c ON c.id = r.chunk WHERE c.scan = ?)`,
      )
      .all(this.#scan);
    for (const { parent, size, ...rest } of roots) this.#add(parent, { ...rest, size: addSizes(0, size) });
  }

  #carryUp(): void {
    const current = this.#db.prepare<[number], { size: string }>(
      'SELECT CAST(all_size AS TEXT) AS size FROM dirs WHERE id = ?',
    );
    const update = this.#db.prepare(
      'UPDATE dirs SET all_files = all_files + ?, all_dirs = all_dirs + ?, all_size = ?, all_alloc = all_alloc + ?, all_charged = all_charged + ? WHERE id = ?',
    );
    for (let depth = Math.max(-1, ...this.#levels.keys()); depth >= 0; depth -= 1) {
      for (const [id, delta] of this.#levels.get(depth) ?? []) {
        update.run(
          delta.files,
          delta.dirs,
          addSizes(current.get(id)?.size ?? 0, delta.size),
          delta.alloc,
          delta.charged,
          id,
        );
        const parent = this.#above.get(id)?.parent ?? null;
        if (parent !== null) this.#add(parent, delta, depth - 1);
      }
    }
  }

  #add(id: number, delta: Delta, knownDepth?: number): void {
    const depth = knownDepth ?? this.#above.get(id)?.depth ?? 0;
    let level = this.#levels.get(depth);
    if (level === undefined) {
      level = new Map();
      this.#levels.set(depth, level);
    }
    const sum = level.get(id);
    if (sum === undefined) level.set(id, { ...delta });
    else {
      sum.files += delta.files;
      sum.dirs += delta.dirs;
      sum.size = addSizes(sum.size, delta.size);
      sum.alloc += delta.alloc;
      sum.charged += delta.charged;
    }
  }
}
