import type { Database } from 'better-sqlite3';
import { nameKey, type RelativePath } from '../../shared/names.ts';
import type { QuarantinedDirectory } from './api.ts';
import { fromDb, toDb, type DbName } from './paths.ts';

/** Directories of a mount that are set aside, from scan to scan. Writing expects the caller's transaction. */
export class Quarantine {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(mount: number): QuarantinedDirectory[] {
    return this.#db
      .prepare<[number], { path: DbName; syscall: string | null; reason: string; sinceMs: number; scanId: string }>(
        'SELECT path, syscall, reason, since AS sinceMs, scan AS scanId FROM quarantine WHERE mount = ? ORDER BY path',
      )
      .all(mount)
      .map((row) => ({ ...row, path: fromDb(row.path) }));
  }

  /** Their paths, by `nameKey`. */
  keys(mount: number): Set<string> {
    return new Set(this.list(mount).map(({ path }) => nameKey(path)));
  }

  add(mount: number, item: QuarantinedDirectory): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO quarantine(mount, path, syscall, reason, since, scan) VALUES (?, ?, ?, ?, ?, ?)')
      .run(mount, toDb(item.path), item.syscall, item.reason, item.sinceMs, item.scanId);
  }

  remove(mount: number, path: RelativePath): void {
    this.#db.prepare('DELETE FROM quarantine WHERE mount = ? AND path = ?').run(mount, toDb(path));
  }
}
