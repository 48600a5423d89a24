import type { Database } from 'better-sqlite3';
import { nameFromBytes, nameToBytes, type RelativePath } from '../../shared/names.ts';
import { DIR_STATE } from '../../shared/shard-schema.ts';
import { toDb, type DirPaths } from './paths.ts';

/**
 * Where the new scan failed below a directory, the rows of the scan before stay visible with their old date, outside the new totals:
 * marks them (`kept_for`), so that the view `files` shows them and deleting superseded scans leaves them. What was kept for the scan before
 * stays kept where the new one has not seen it either. Within a transaction.
 */
export function keepLastGood(db: Database, paths: DirPaths, scan: number, before: number): void {
  const failed = unseenPaths(db, paths, scan);
  const root = db.prepare<[number], number>('SELECT root FROM scans WHERE num = ?').pluck().get(before);
  if (root === undefined) return;
  const stateOf = db.prepare<[number], number>('SELECT state FROM dirs WHERE id = ?').pluck();
  const mark = db.prepare(
    `UPDATE dirs SET kept_for = ? WHERE id IN (
       WITH RECURSIVE below(id) AS (SELECT ? UNION ALL SELECT d.id FROM dirs d JOIN below b ON d.parent = b.id) SELECT id FROM below
     )`,
  );
  for (const path of failed) {
    const old = find(paths, root, path);
    if (old !== undefined && stateOf.get(old) === DIR_STATE.scanned) mark.run(scan, old);
  }
  const unseen = new Set(failed.map(bytesKey));
  const keep = db.prepare('UPDATE dirs SET kept_for = ? WHERE id = ?');
  for (const id of db.prepare<[number], number>('SELECT id FROM dirs WHERE kept_for = ?').pluck().all(before)) {
    if (isAtOrBelow(bytesKey(paths.pathOf(id)), unseen)) keep.run(scan, id);
  }
}

/** A published scan was tried again in parts: what it has seen by now needs no rows of the scan before any more. Within a transaction. */
export function releaseKept(db: Database, paths: DirPaths, scan: number): void {
  const kept = db.prepare<[number], number>('SELECT id FROM dirs WHERE kept_for = ?').pluck().all(scan);
  if (kept.length === 0) return;
  const unseen = new Set(unseenPaths(db, paths, scan).map(bytesKey));
  const release = db.prepare('UPDATE dirs SET kept_for = NULL WHERE id = ?');
  for (const id of kept) if (!isAtOrBelow(bytesKey(paths.pathOf(id)), unseen)) release.run(id);
}

function unseenPaths(db: Database, paths: DirPaths, scan: number): RelativePath[] {
  return db
    .prepare<[number], number>(
      `SELECT id FROM dirs WHERE scan = ? AND state IN (${DIR_STATE.failed}, ${DIR_STATE.pending}, ${DIR_STATE.reading})`,
    )
    .pluck()
    .all(scan)
    .map((id) => paths.pathOf(id));
}

/** Bytes as text, one character each: every prefix of a path's key is the key of a directory above it. */
function bytesKey(path: RelativePath): string {
  return Buffer.from(nameToBytes(path)).toString('latin1');
}

function isAtOrBelow(key: string, directories: ReadonlySet<string>): boolean {
  if (directories.has('') || directories.has(key)) return true;
  for (let end = key.indexOf('/'); end >= 0; end = key.indexOf('/', end + 1))
    if (directories.has(key.slice(0, end))) return true;
  return false;
}

function find(paths: DirPaths, root: number, path: RelativePath): number | undefined {
  if (path === '') return root;
  const bytes = Buffer.from(nameToBytes(path));
  let at: number | undefined = root;
  for (let start = 0; start < bytes.length && at !== undefined;) {
    const slash = bytes.indexOf(0x2f, start);
    const end = slash < 0 ? bytes.length : slash;
    at = paths.child(at, toDb(nameFromBytes(bytes.subarray(start, end))));
    start = end + 1;
  }
  return at;
}
