import type { Database } from 'better-sqlite3';

/** Directories whose entries go in one transaction. */
export const STEP = 2_000;
/** `scans.pruned`: partly where rows of it are still kept for the published scan. */
const PRUNED = { no: 0, whole: 1, partly: 2 } as const;
/** Pages given back to the file system in one go. */
const VACUUM_PAGES = 2_000;

/**
 * Deletes the entries of superseded scans, in small transactions so that others may write between. Directory rows stay, with their
 * sums, as history; rows that are kept for the published scan stay whole.
 */
export function prune(
  db: Database,
  mount: number,
  keepScans: number,
  maxMs: number,
): { prunedScans: number; done: boolean } {
  const began = performance.now();
  const late = (): boolean => performance.now() - began > maxMs;
  const superseded = db
    .prepare<[number, number, number], { num: number; pruned: number }>(
      `SELECT num, pruned FROM scans WHERE mount = ? AND pruned <> ${PRUNED.whole} AND state <> 'open' AND num < coalesce(
         (SELECT num FROM scans WHERE mount = ? AND published = 1 ORDER BY num DESC LIMIT 1 OFFSET ?), 0)`,
    )
    .all(mount, mount, keepScans - 1);
  let prunedScans = 0;
  for (const { num, pruned } of superseded) {
    if (!deleteEntries(db, num, late)) return { prunedScans, done: false };
    db.prepare('UPDATE scans SET pruned = ? WHERE num = ?').run(hasKept(db, num) ? PRUNED.partly : PRUNED.whole, num);
    if (pruned === PRUNED.no) prunedScans += 1;
  }
  while (superseded.length > 0 && !late()) {
    const before = db.pragma('freelist_count', { simple: true }) as number;
    if (before === 0) break;
    db.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
    if ((db.pragma('freelist_count', { simple: true }) as number) >= before) break;
  }
  return { prunedScans, done: true };
}

/** Whether the published scan still shows rows of this one. */
function hasKept(db: Database, scan: number): boolean {
  return (
    db
      .prepare<[number]>(
        `SELECT 1 FROM id_ranges r CROSS JOIN dirs d ON d.id BETWEEN r.first AND r.last JOIN mounts m ON m.published_scan = d.kept_for
         WHERE r.scan = ? LIMIT 1`,
      )
      .get(scan) !== undefined
  );
}

/** false: `late`, and some is left. */
export function deleteEntries(db: Database, scan: number, late: () => boolean): boolean {
  const ranges = db
    .prepare<[number], { first: number; last: number }>('SELECT first, last FROM id_ranges WHERE scan = ?')
    .all(scan);
  const step = db.transaction((first: number, last: number) => {
    const kept =
      'dir NOT IN (SELECT d.id FROM dirs d JOIN mounts m ON m.published_scan = d.kept_for WHERE d.id BETWEEN ? AND ?)';
    for (const table of ['entries', 'problems', 'byte_names']) {
      db.prepare(`DELETE FROM ${table} WHERE dir BETWEEN ? AND ? AND ${kept}`).run(first, last, first, last);
    }
  });
  for (const { first, last } of ranges) {
    for (let at = first; at <= last; at += STEP) {
      if (late()) return false;
      step.immediate(at, Math.min(last, at + STEP - 1));
    }
  }
  db.transaction(() => {
    db.prepare('DELETE FROM type_totals WHERE scan = ?').run(scan);
    db.prepare('DELETE FROM age_totals WHERE scan = ?').run(scan);
  }).immediate();
  return true;
}
