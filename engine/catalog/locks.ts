import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';

/**
 * Who owns a scan holds an open `BEGIN EXCLUSIVE` on a database of its own: that survives SIGSTOP, falls with kill -9, and needs no
 * heartbeat. Lock files lie beside the catalog.
 */
export class ScanLocks {
  readonly #dir: string;
  readonly #held = new Map<string, Database>();

  constructor(catalogPath: string) {
    this.#dir = join(dirname(catalogPath), 'locks');
  }

  /** false: somebody else holds it. */
  acquire(scanId: string): boolean {
    if (this.#held.has(scanId)) return true;
    mkdirSync(this.#dir, { recursive: true });
    const db = tryLock(this.#path(scanId));
    if (db === null) return false;
    this.#held.set(scanId, db);
    return true;
  }

  isHeld(scanId: string): boolean {
    if (this.#held.has(scanId)) return true;
    const path = this.#path(scanId);
    if (!existsSync(path)) return false;
    const db = tryLock(path);
    db?.close();
    return db === null;
  }

  release(scanId: string): void {
    const db = this.#held.get(scanId);
    if (db === undefined) return;
    this.#held.delete(scanId);
    rmSync(this.#path(scanId), { force: true });
    rmSync(`${this.#path(scanId)}-journal`, { force: true });
    db.close();
  }

  releaseAll(): void {
    for (const scanId of [...this.#held.keys()]) this.release(scanId);
  }

  #path(scanId: string): string {
    return join(this.#dir, `scan-${scanId}.lock`);
  }
}

function tryLock(path: string): Database | null {
  const db = new Sqlite(path, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch {
    db.close();
    return null;
  }
}
