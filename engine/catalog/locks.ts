import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { isDiskFull } from '../../shared/disk-full.ts';
import { Reserve } from './reserve.ts';

const RESERVE_NAME = /^scan-(.+)\.reserve$/;

interface Held {
  readonly db: Database;
  readonly reserve: Reserve;
}

/**
 * Who owns a scan holds an open `BEGIN EXCLUSIVE` on a database of its own: that survives SIGSTOP, falls with kill -9, and needs no
 * heartbeat. Lock files lie beside the catalog, and with each the room that its owner keeps for noting how the scan ended.
 */
export class ScanLocks {
  readonly #dir: string;
  readonly #held = new Map<string, Held>();

  constructor(catalogPath: string) {
    this.#dir = join(dirname(catalogPath), 'locks');
  }

  get holdsAny(): boolean {
    return this.#held.size > 0;
  }

  /** false: somebody else holds it. Throws where the disk is full. */
  acquire(scanId: string): boolean {
    if (this.#held.has(scanId)) return true;
    mkdirSync(this.#dir, { recursive: true });
    let db: Database | null;
    try {
      db = tryLock(this.#path(scanId));
    } catch (error) {
      this.#removeLock(scanId);
      throw error;
    }
    if (db === null) return false;
    this.#removeForsakenReserves();
    this.#held.set(scanId, { db, reserve: new Reserve(this.#reservePath(scanId)) });
    return true;
  }

  isHeld(scanId: string): boolean {
    if (this.#held.has(scanId)) return true;
    const path = this.#path(scanId);
    if (!existsSync(path)) return false;
    try {
      const db = tryLock(path);
      db?.close();
      return db === null;
    } catch {
      // Nobody was in the way, only the disk was full.
      return false;
    }
  }

  release(scanId: string): void {
    const held = this.#held.get(scanId);
    if (held === undefined) return;
    this.#held.delete(scanId);
    held.reserve.remove();
    this.#removeLock(scanId);
    held.db.close();
  }

  releaseAll(): void {
    for (const scanId of [...this.#held.keys()]) this.release(scanId);
  }

  /** The disk is full: gives back a part of what was kept for that. false: there is nothing left. */
  giveRoom(): boolean {
    for (const { reserve } of this.#held.values()) if (reserve.give()) return true;
    return false;
  }

  /** Something could be merged: what was given back is kept anew. */
  restoreRoom(): void {
    for (const { reserve } of this.#held.values()) reserve.restore();
  }

  /** Of owners that were killed. */
  #removeForsakenReserves(): void {
    for (const name of readdirSync(this.#dir)) {
      const scanId = RESERVE_NAME.exec(name)?.[1];
      if (scanId !== undefined && !this.isHeld(scanId)) rmSync(this.#reservePath(scanId), { force: true });
    }
  }

  /** The file alone holds nothing; a disk that can't be written keeps it. */
  #removeLock(scanId: string): void {
    try {
      rmSync(this.#path(scanId), { force: true });
      rmSync(`${this.#path(scanId)}-journal`, { force: true });
    } catch {
      // See above.
    }
  }

  #path(scanId: string): string {
    return join(this.#dir, `scan-${scanId}.lock`);
  }

  #reservePath(scanId: string): string {
    return join(this.#dir, `scan-${scanId}.reserve`);
  }
}

/** null: somebody else holds it. Throws where nobody does and the disk is full: beginning writes a few bytes. */
function tryLock(path: string): Database | null {
  const db = new Sqlite(path, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if (isDiskFull(error)) throw error;
    return null;
  }
}
