import type { Database } from 'better-sqlite3';
import type { Certificate, CertificateGap } from '../../shared/certificate.ts';
import { joinPath } from '../../shared/names.ts';
import { DIR_STATE } from '../../shared/shard-schema.ts';
import { fromDb, type DbName, type DirPaths } from './paths.ts';
import { one } from './one.ts';

const MAX_GAPS = 1_000;

interface Counts {
  returned: number;
  files: number;
  subdirs: number;
  excluded: number;
  failed: number;
  vanished: number;
}

export type CertificateFacts = Omit<Certificate, 'published' | 'unpublishedReason'>;

/**
 * The closing account, from the catalog itself: what reading loops returned against what lies in the tables. Differences from planned
 * sizes are drift, not disagreement.
 */
export function certify(
  db: Database,
  paths: DirPaths,
  scanNum: number,
  interrupted: boolean,
  finishedAtMs: number,
): CertificateFacts {
  const scan = db
    .prepare<[number], { id: string; root: number; started: number; name: string; path: string; host: string }>(
      `SELECT s.id, s.root, s.started, m.name, m.path, h.name AS host FROM scans s JOIN mounts m ON m.id = s.mount JOIN hosts h ON h.id = m.host
       WHERE s.num = ?`,
    )
    .get(scanNum);
  if (scan === undefined) throw new Error(`There is no scan ${scanNum}.`);
  const ranges = `id IN (SELECT d2.id FROM id_ranges r CROSS JOIN dirs d2 ON d2.id BETWEEN r.first AND r.last WHERE r.scan = ${scanNum} AND d2.scan = ${scanNum})`;
  const entries = db
    .prepare<[number], Counts>(
      `SELECT total(returned) AS returned, total(files) AS files, total(subdirs) AS subdirs, total(excluded) AS excluded, total(failed) AS failed,
        total(vanished) AS vanished FROM dirs WHERE ${ranges} AND state = ?`,
    )
    .get(DIR_STATE.scanned) ?? { returned: 0, files: 0, subdirs: 0, excluded: 0, failed: 0, vanished: 0 };
  const states = new Map(
    db
      .prepare<[], { state: number; n: number }>(`SELECT state, count(*) AS n FROM dirs WHERE ${ranges} GROUP BY state`)
      .all()
      .map(({ state, n }) => [state, n]),
  );
  const state = (which: number): number => states.get(which) ?? 0;
  const mergedRows = one(
    db
      .prepare<[number], number>(`SELECT coalesce(sum(merged_entries), 0) FROM chunks WHERE scan = ?`)
      .pluck()
      .get(scanNum),
  );
  const root = db
    .prepare<[number], { files: bigint; dirs: bigint; size: bigint; alloc: bigint; charged: bigint }>(
      'SELECT all_files AS files, all_dirs AS dirs, all_size AS size, all_alloc AS alloc, all_charged AS charged FROM dirs WHERE id = ?',
    )
    .safeIntegers()
    .get(scan.root);
  const met = one(
    db
      .prepare<[number, number], number>(
        `SELECT count(*) FROM dirs c JOIN dirs p ON p.id = c.parent WHERE c.${ranges} AND c.met = 1 AND c.state <> ? AND p.state = ?`,
      )
      .pluck()
      .get(DIR_STATE.excluded, DIR_STATE.scanned),
  );
  const chunkStates = new Map(
    db
      .prepare<[number], { state: string; n: number }>(
        'SELECT state, count(*) AS n FROM chunks WHERE scan = ? GROUP BY state',
      )
      .all(scanNum)
      .map(({ state: s, n }) => [s, n]),
  );
  const scanned = state(DIR_STATE.scanned);
  const pending = state(DIR_STATE.pending) + state(DIR_STATE.reading);
  const disagreements = disagree([
    [
      'entries returned = files + subdirectories + excluded + failed + vanished',
      entries.returned,
      entries.files + entries.subdirs + entries.excluded + entries.failed + entries.vanished,
    ],
    ['rows merged = files counted by reading loops', entries.files, mergedRows - scanned],
    ['directories met = subdirectories counted by reading loops', entries.subdirs, met],
    ['directories reached from the root', scanned, Number(root?.dirs ?? 0n)],
    ['files reached from the root', entries.files, Number(root?.files ?? 0n)],
  ]);
  const { gaps, count } = findGaps(db, paths, ranges, entries.failed);
  const total = [...states.values()].reduce((sum, n) => sum + n, 0);
  const open = [...chunkStates].filter(([s]) => s !== 'done' && s !== 'failed').reduce((sum, [, n]) => sum + n, 0);
  return {
    version: 1,
    scanId: scan.id,
    mountName: scan.name,
    mountPath: scan.path,
    hostName: scan.host,
    startedAtMs: scan.started,
    finishedAtMs,
    verdict: disagreements.length > 0 ? 'disagrees' : count > 0 ? 'gaps' : 'covered',
    interrupted,
    entries,
    directories: {
      total,
      scanned,
      excluded: state(DIR_STATE.excluded),
      failed: state(DIR_STATE.failed),
      vanished: state(DIR_STATE.vanished),
      pending,
    },
    bytes: { apparent: root?.size ?? 0n, allocated: root?.alloc ?? 0n, charged: root?.charged ?? 0n },
    mergedRows: mergedRows - scanned,
    gapCount: count,
    gaps,
    excludedBy: db
      .prepare<[number], { rule: string; directories: number }>(
        `SELECT coalesce(reason, '?') AS rule, count(*) AS directories FROM dirs WHERE ${ranges} AND state = ? GROUP BY reason ORDER BY 2 DESC`,
      )
      .all(DIR_STATE.excluded),
    disagreements,
    drift: driftOf(db, scanNum),
    chunks: {
      total: [...chunkStates.values()].reduce((sum, n) => sum + n, 0),
      done: chunkStates.get('done') ?? 0,
      failed: chunkStates.get('failed') ?? 0,
      open,
    },
    attempts: one(
      db
        .prepare<[number], number>('SELECT count(*) FROM attempts a JOIN chunks c ON c.id = a.chunk WHERE c.scan = ?')
        .pluck()
        .get(scanNum),
    ),
  };
}

function disagree(sums: readonly (readonly [string, number, number])[]): Certificate['disagreements'] {
  return sums
    .filter(([, expected, found]) => expected !== found)
    .map(([what, expected, found]) => ({ what, expected: String(expected), found: String(found) }));
}

function findGaps(
  db: Database,
  paths: DirPaths,
  ranges: string,
  failedEntries: number,
): { gaps: CertificateGap[]; count: number } {
  const where = `${ranges} AND state IN (${DIR_STATE.failed}, ${DIR_STATE.pending}, ${DIR_STATE.reading})`;
  const count = one(db.prepare<[], number>(`SELECT count(*) FROM dirs WHERE ${where}`).pluck().get());
  const dirs = db
    .prepare<[number], { id: number; state: number; reason: string | null; syscall: string | null }>(
      `SELECT id, state, reason, syscall FROM dirs WHERE ${where} ORDER BY id LIMIT ?`,
    )
    .all(MAX_GAPS);
  const gaps: CertificateGap[] = dirs.map((dir) => ({
    path: paths.pathOf(dir.id),
    state: dir.state === DIR_STATE.failed ? 'failed' : 'pending',
    reason: dir.reason ?? 'NOT_REACHED',
    syscall: dir.syscall,
    belowUnknown: true,
  }));
  if (failedEntries > 0 && gaps.length < MAX_GAPS) {
    const entries = db
      .prepare<[number], { dir: number; name: DbName; syscall: string; code: string }>(
        `SELECT dir, name, syscall, code FROM problems WHERE dir IN (SELECT id FROM dirs WHERE ${ranges}) ORDER BY dir, name LIMIT ?`,
      )
      .all(MAX_GAPS - gaps.length);
    for (const { dir, name, syscall, code } of entries) {
      gaps.push({
        path: joinPath(paths.pathOf(dir), fromDb(name)),
        state: 'entry-failed',
        reason: code,
        syscall,
        belowUnknown: false,
      });
    }
  }
  return { gaps, count: count + failedEntries };
}

/** Over chunks with known sizes that are done: merged minus planned. */
function driftOf(db: Database, scan: number): Certificate['drift'] {
  const row = db
    .prepare<[number], { n: number; entries: number; bytes: number }>(
      `SELECT count(*) AS n, total(merged_entries - entries) AS entries, total(merged_bytes - bytes) AS bytes FROM chunks
       WHERE scan = ? AND state = 'done' AND entries IS NOT NULL AND bytes IS NOT NULL AND merged_entries IS NOT NULL`,
    )
    .get(scan);
  return row === undefined || row.n === 0 ? null : { entries: row.entries, bytes: row.bytes };
}
