import type { Database } from 'better-sqlite3';
import { nameFromBytes, nameToBytes, type RelativePath } from '../../shared/names.ts';
import { DIR_STATE } from '../../shared/shard-schema.ts';
import { toDb, type DirPaths } from './paths.ts';

/**
 * Where the new scan failed below a directory, the rows of the scan before stay visible with their old date, outside the new totals:
 * marks them (`kept_for`), so that the view `files` shows them and deleting superseded scans leaves them. Within a transaction.
 */
export function keepLastGood(db: Database, paths: DirPaths, scan: number, before: number): void {
  const failed = db
    .prepare<[number], number>(
      `SELECT id FROM dirs WHERE scan = ? AND state IN (${DIR_STATE.failed}, ${DIR_STATE.pending}, ${DIR_STATE.reading})`,
    )
    .pluck()
    .all(scan);
  const root = db.prepare<[number], number>('SELECT root FROM scans WHERE num = ?').pluck().get(before);
  if (root === undefined) return;
  const mark = db.prepare(
    `UPDATE dirs SET kept_for = ? WHERE id IN (
       WITH RECURSIVE below(id) AS (SELECT ? UNION ALL SELECT d.id FROM dirs d JOIN below b ON d.parent = b.id) SELECT id FROM below
     )`,
  );
  const keptBefore = db
    .prepare<[number, string | Buffer], number>('SELECT id FROM dirs WHERE kept_for = ? AND path = ?')
    .pluck();
  for (const id of failed) {
    const path = paths.pathOf(id);
    const old = find(paths, root, path);
    const scanned =
      old !== undefined &&
      db.prepare<[number], number>('SELECT state FROM dirs WHERE id = ?').pluck().get(old) === DIR_STATE.scanned;
    const source = scanned ? old : keptBefore.get(before, toDb(path));
    if (source !== undefined) mark.run(scan, source);
  }
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
