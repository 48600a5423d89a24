import type { Database } from 'better-sqlite3';
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
  /** By depth: what to add to a directory and, with it, to all above. */
  readonly #levels = new Map<number, Map<number, Delta>>();

  constructor(db: Database, scan: number) {
    this.#db = db;
    this.#scan = scan;
  }

  /** Within a transaction. */
  run(): void {
    this.#chargeHardLinks();
    this.#chunkRoots();
    this.#carryUp();
  }

  /** Each inode once, to its lowest path in byte order; only rows with more than one link. */
  #chargeHardLinks(): void {
    const rows = this.#db
      .prepare<[number], { dir: number; name: string | Buffer; dev: string; ino: string; alloc: number }>(
        `SELECT e.dir, e.name, CAST(coalesce(e.dev, d.dev) AS TEXT) AS dev, CAST(e.ino AS TEXT) AS ino, e.alloc
         FROM entries e INDEXED BY entries_linked JOIN dirs d ON d.id = e.dir
         WHERE e.nlink > 1 AND d.scan = ?
         ORDER BY coalesce(e.dev, d.dev), e.ino, CAST(CASE WHEN d.depth = 0 THEN e.name ELSE coalesce(d.path, x'ff') || '/' || e.name END AS BLOB)`,
      )
      .iterate(this.#scan);
    const charge: { dir: number; name: string | Buffer; alloc: number }[] = [];
    let last = '';
    for (const { dir, name, dev, ino, alloc } of rows) {
      const inode = `${dev}:${ino}`;
      if (inode !== last) charge.push({ dir, name, alloc });
      last = inode;
    }
    const update = this.#db.prepare('UPDATE entries SET charged = ? WHERE dir = ? AND name = ?');
    const own = this.#db.prepare('UPDATE dirs SET own_charged = own_charged + ? WHERE id = ?');
    for (const { dir, name, alloc } of charge) {
      update.run(alloc, dir, name);
      own.run(alloc, dir);
      this.#add(dir, { files: 0, dirs: 0, size: 0, alloc: 0, charged: alloc });
    }
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
    const above = this.#db.prepare<[number], Above>('SELECT parent, depth FROM dirs WHERE id = ?');
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
        const parent = above.get(id)?.parent ?? null;
        if (parent !== null) this.#add(parent, delta, depth - 1);
      }
    }
  }

  #add(id: number, delta: Delta, knownDepth?: number): void {
    const depth =
      knownDepth ??
      this.#db.prepare<[number], Above>('SELECT parent, depth FROM dirs WHERE id = ?').get(id)?.depth ??
      0;
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
