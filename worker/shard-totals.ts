import type { DatabaseSync } from 'node:sqlite';
import { DIR_STATE } from '../shared/shard-schema.ts';
import type { RootMode, ScanTotals } from '../shared/worker-protocol.ts';

const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Whether something is left to do. Not so below an `own` root, whose subdirectories stay pending because they are planned elsewhere,
 * and not below a directory that failed: what lies there is unknown, not left.
 */
export function leavesRemainder(db: DatabaseSync, rootModes: readonly RootMode[]): boolean {
  const own = rootModes.flatMap((mode, index) => (mode === 'own' ? [index + 1] : []));
  const left = db
    .prepare(
      `SELECT 1 FROM dirs d LEFT JOIN dirs p ON p.id = d.parent WHERE d.state IN (${DIR_STATE.pending}, ${DIR_STATE.reading})
        AND (d.id <= ? OR (p.state = ${DIR_STATE.scanned} AND p.id NOT IN (SELECT value FROM json_each(?)))) LIMIT 1`,
    )
    .get(rootModes.length, JSON.stringify(own));
  return left !== undefined;
}

/** What the shard says of itself at an orderly end. */
export function totalsOf(db: DatabaseSync): ScanTotals {
  const counts = db
    .prepare(
      `SELECT total(returned) AS entries, total(files) AS files, total(subdirs) AS subdirs, total(excluded) AS excluded,
        total(failed) AS failed, total(vanished) AS vanished FROM dirs WHERE state = ${DIR_STATE.scanned}`,
    )
    .get() as Record<string, number>;
  const states = new Map<number, number>();
  for (const row of db.prepare('SELECT state, count(*) AS n FROM dirs GROUP BY state').all() as {
    state: number;
    n: number;
  }[]) {
    states.set(row.state, row.n);
  }
  let size = 0n;
  let alloc = 0n;
  const sums = db.prepare(`SELECT own_size AS s, own_alloc AS a FROM dirs WHERE state = ${DIR_STATE.scanned}`);
  sums.setReadBigInts(true);
  for (const row of sums.iterate() as Iterable<{ s: bigint; a: bigint }>) {
    size += row.s;
    alloc += row.a;
  }
  const state = (which: number): number => states.get(which) ?? 0;
  return {
    entries: counts['entries'] ?? 0,
    files: counts['files'] ?? 0,
    subdirs: counts['subdirs'] ?? 0,
    excluded: counts['excluded'] ?? 0,
    failed: counts['failed'] ?? 0,
    vanished: counts['vanished'] ?? 0,
    dirsScanned: state(DIR_STATE.scanned),
    dirsFailed: state(DIR_STATE.failed),
    dirsVanished: state(DIR_STATE.vanished),
    dirsExcluded: state(DIR_STATE.excluded),
    dirsPending: state(DIR_STATE.pending) + state(DIR_STATE.reading),
    sizeBytes: String(saturate(size)),
    allocatedBytes: String(saturate(alloc)),
  };
}

export function saturate(value: bigint): bigint {
  return value > MAX_INT64 ? MAX_INT64 : value;
}
