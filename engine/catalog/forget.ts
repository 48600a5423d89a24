import type { Database } from 'better-sqlite3';
import { SmartScannerError } from '../../shared/errors.ts';
import type { ScanLocks } from './locks.ts';
import { deleteEntries, STEP } from './prune.ts';

/** What the catalog has of one mount point of a host. */
export interface HostInventory {
  readonly mountName: string;
  readonly mountPath: string;
  readonly scans: number;
  /** Of the published scan; null: none is. */
  readonly files: number | null;
}

export function inventoriesOf(db: Database, host: string): HostInventory[] {
  return db
    .prepare<[string], HostInventory>(
      `SELECT m.name AS mountName, m.path AS mountPath, (SELECT count(*) FROM scans WHERE mount = m.id) AS scans,
         (SELECT files FROM scans WHERE num = m.published_scan) AS files
       FROM mounts m WHERE m.host = ? ORDER BY m.name`,
    )
    .all(host);
}

/**
 * Deletes a host with its mount points and all their scans, in small transactions so that others may write between. First nothing of it is shown
 * any more, so that one which was broken off never shows a part. false: `maxMs` passed, and some is left. Throws SCAN_RUNNING.
 */
export function forgetHost(db: Database, locks: ScanLocks, host: string, maxMs: number): boolean {
  const began = performance.now();
  const late = (): boolean => performance.now() - began > maxMs;
  const scans = db
    .prepare<[string], { num: number; id: string; state: string }>(
      'SELECT s.num, s.id, s.state FROM scans s JOIN mounts m ON m.id = s.mount WHERE m.host = ? ORDER BY s.num',
    )
    .all(host);
  const running = scans.find(({ id, state }) => state === 'open' && locks.isHeld(id));
  if (running !== undefined) {
    throw new SmartScannerError('SCAN_RUNNING', `Scan ${running.id} of this host runs, and writes its inventory.`, {
      hint: 'Stop it first (`smart-scanner stop`), or wait until it has ended.',
    });
  }
  db.prepare('UPDATE mounts SET published_scan = NULL WHERE host = ?').run(host);
  for (const { num } of scans) {
    if (!deleteEntries(db, num, late) || !deleteDirectories(db, num, late)) return false;
    deleteScan(db, num);
  }
  db.transaction(() => {
    db.prepare('DELETE FROM quarantine WHERE mount IN (SELECT id FROM mounts WHERE host = ?)').run(host);
    db.prepare('DELETE FROM mounts WHERE host = ?').run(host);
    db.prepare('DELETE FROM host_ids WHERE host = ?').run(host);
    db.prepare('DELETE FROM hosts WHERE id = ?').run(host);
  }).immediate();
  return true;
}

function deleteDirectories(db: Database, scan: number, late: () => boolean): boolean {
  const ranges = db
    .prepare<[number], { first: number; last: number }>('SELECT first, last FROM id_ranges WHERE scan = ?')
    .all(scan);
  const remove = db.prepare<[number, number, number]>('DELETE FROM dirs WHERE id BETWEEN ? AND ? AND scan = ?');
  for (const { first, last } of ranges) {
    for (let at = first; at <= last; at += STEP) {
      if (late()) return false;
      remove.run(at, Math.min(last, at + STEP - 1), scan);
    }
  }
  return true;
}

function deleteScan(db: Database, scan: number): void {
  const ofIt = 'chunk IN (SELECT id FROM chunks WHERE scan = ?)';
  db.transaction(() => {
    db.prepare(`DELETE FROM chunk_roots WHERE ${ofIt}`).run(scan);
    db.prepare(`DELETE FROM attempts WHERE ${ofIt}`).run(scan);
    for (const table of ['chunks', 'id_ranges']) db.prepare(`DELETE FROM ${table} WHERE scan = ?`).run(scan);
    db.prepare('DELETE FROM scans WHERE num = ?').run(scan);
  }).immediate();
}
