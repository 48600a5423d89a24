import type { Database } from 'better-sqlite3';
import { SmartScannerError } from '../../shared/errors.ts';
import type { Totals, Which } from '../../shared/files.ts';
import { joinPath } from '../../shared/names.ts';
import type { Stats } from '../../shared/inventory.ts';
import type { StatsRequest } from './api.ts';
import type { ScanLocks } from './locks.ts';
import { fromDb, type DbName, type DirPaths } from './paths.ts';
import type { Views } from './viewed.ts';

const WEEK_MS = 604_800_000;
const DAY_MS = 86_400_000;
/** Without enough files of 100 MB (the index), all are looked through, up to this many: beyond, a read would take over a second. */
const SCAN_ALL_LIMIT = 5_000_000;
const AGES: readonly (readonly [string, number])[] = [
  ['in the future', 0],
  ['up to 1 month', 31],
  ['1 to 6 months', 183],
  ['6 to 12 months', 365],
  ['1 to 2 years', 730],
  ['2 to 5 years', 1826],
  ['over 5 years', Number.POSITIVE_INFINITY],
];

/** `sum(size)` throws where it leaves 64 bits, and `total(size)` is a float: added in two halves, put together by `exactSize`. */
const EXACT_SIZE = 'sum(size >> 32) AS high, sum(size & 0xffffffff) AS low';

function exactSize(high: bigint, low: bigint): bigint {
  return (high << 32n) + low;
}

/** Totals of the published inventories, from stored sums: no row of a file is read but for the largest ones. */
export function stats(db: Database, paths: DirPaths, locks: ScanLocks, request: StatsRequest): Stats {
  const mounts = mountRows(db, request.mountName);
  if (request.mountName !== null && mounts.length === 0) {
    throw new SmartScannerError('NO_SUCH_MOUNT', `There is no mount named "${request.mountName}".`, {
      hint: 'See `smart-scanner stats` for the names.',
    });
  }
  const scans = mounts.flatMap((mount) => (mount.scan === null ? [] : [Number(mount.scan)]));
  const list = scans.join(',') || '-1';
  const idsOf = db.prepare<[string], string>('SELECT id FROM host_ids WHERE host = ? ORDER BY id').pluck();
  const names = new Map(mounts.map((mount) => [Number(mount.scan), mount.name]));
  return {
    catalogBytes:
      (db.pragma('page_count', { simple: true }) as number) * (db.pragma('page_size', { simple: true }) as number),
    mounts: mounts.map((mount) => ({
      mountId: String(mount.id),
      hostId: mount.host_id,
      hostIds: idsOf.all(mount.host_id),
      hostKind: mount.kind,
      name: mount.name,
      path: mount.path,
      hostName: mount.host,
      files: Number(mount.files ?? 0n),
      directories: Number(mount.dirs ?? 0n),
      apparentBytes: mount.size ?? 0n,
      allocatedBytes: mount.alloc ?? 0n,
      chargedBytes: mount.charged ?? 0n,
      scannedAtMs: mount.finished === null ? null : Number(mount.finished),
      verdict: mount.verdict,
      missing:
        mount.scan === null
          ? null
          : { folders: Number(mount.missing_folders ?? 0n), entries: Number(mount.missing_entries ?? 0n) },
      brokenOff:
        mount.broken_off === 1n ||
        (mount.open_scan !== null && mount.open_files > 0n && !locks.isHeld(mount.open_scan)),
      // An open scan whose owner died doesn't run: the next one of its mount will say that it was interrupted.
      provisional:
        mount.open_scan === null || !locks.isHeld(mount.open_scan)
          ? null
          : { files: Number(mount.open_files), bytes: mount.open_bytes },
    })),
    types: types(db, list, request.top),
    ages: ages(db, list, request.nowMs),
    largestDirectories: largestDirectories(db, paths, list, names, request.top),
    largestFiles: largestFiles(
      db,
      paths,
      list,
      names,
      request.top,
      mounts.reduce((sum, mount) => sum + Number(mount.files ?? 0n), 0),
    ),
  };
}

/** By type and age, of the inventory or of what a scan has merged so far. */
export function totals(
  db: Database,
  views: Views,
  { mountId, which, top, nowMs }: { mountId: string; which: Which; top: number; nowMs: number },
): Totals {
  const { facts, sources } = views.of(mountId, which);
  const list = String(sources[0].scan);
  return { facts, types: types(db, list, top), ages: ages(db, list, nowMs) };
}

function types(db: Database, scans: string, top: number): Stats['types'] {
  return db
    .prepare<[number], { extension: string; files: bigint; high: bigint; low: bigint; allocatedBytes: bigint }>(
      `SELECT ext AS extension, sum(files) AS files, ${EXACT_SIZE}, sum(alloc) AS allocatedBytes
       FROM type_totals WHERE scan IN (${scans}) GROUP BY ext ORDER BY allocatedBytes DESC, files DESC LIMIT ?`,
    )
    .safeIntegers()
    .all(top)
    .map(({ extension, files, high, low, allocatedBytes }) => ({
      extension,
      files: Number(files),
      apparentBytes: exactSize(high, low),
      allocatedBytes,
    }));
}

interface MountRow {
  id: bigint;
  host_id: string;
  kind: 'docker' | 'process';
  broken_off: bigint;
  name: string;
  path: string;
  host: string;
  scan: bigint | null;
  files: bigint | null;
  dirs: bigint | null;
  size: bigint | null;
  alloc: bigint | null;
  charged: bigint | null;
  finished: bigint | null;
  verdict: 'covered' | 'gaps' | 'disagrees' | null;
  missing_folders: bigint | null;
  missing_entries: bigint | null;
  open_scan: string | null;
  open_files: bigint;
  open_bytes: bigint;
}

function mountRows(db: Database, name: string | null): MountRow[] {
  return db
    .prepare<[string | null, string | null], MountRow>(
      `SELECT m.id, h.id AS host_id, h.kind, m.name, m.path, h.name AS host,
        EXISTS(SELECT 1 FROM scans b WHERE b.mount = m.id AND b.num > coalesce(m.published_scan, 0) AND b.state = 'interrupted' AND b.pruned = 0
          AND EXISTS(SELECT 1 FROM chunks c WHERE c.scan = b.num AND c.merged_files > 0)) AS broken_off, m.published_scan AS scan, s.files, s.dirs, s.size, s.alloc, s.charged, coalesce(s.finished, s.started) AS finished, s.verdict,
        json_extract(s.certificate, '$.directories.failed') + json_extract(s.certificate, '$.directories.pending') AS missing_folders,
        json_extract(s.certificate, '$.entries.failed') AS missing_entries,
        o.id AS open_scan, coalesce((SELECT sum(merged_files) FROM chunks WHERE scan = o.num), 0) AS open_files,
        coalesce((SELECT sum(merged_bytes) FROM chunks WHERE scan = o.num), 0) AS open_bytes
       FROM mounts m JOIN hosts h ON h.id = m.host LEFT JOIN scans s ON s.num = m.published_scan
       LEFT JOIN scans o ON o.num = (SELECT max(num) FROM scans WHERE mount = m.id AND state = 'open')
       WHERE ? IS NULL OR m.name = ? ORDER BY m.name`,
    )
    .safeIntegers()
    .all(name, name);
}

function ages(db: Database, scans: string, nowMs: number): Stats['ages'] {
  const rows = db
    .prepare<[], { week: bigint; files: bigint; high: bigint; low: bigint; alloc: bigint }>(
      `SELECT week, sum(files) AS files, ${EXACT_SIZE}, sum(alloc) AS alloc FROM age_totals WHERE scan IN (${scans}) GROUP BY week`,
    )
    .safeIntegers()
    .all();
  const buckets = AGES.map(([label]) => ({ label, files: 0, apparentBytes: 0n, allocatedBytes: 0n }));
  for (const row of rows) {
    // A week counts by its middle, so that this week's files aren't from the future.
    const days = (nowMs - (Number(row.week) + 0.5) * WEEK_MS) / DAY_MS;
    const index = days < -7 ? 0 : AGES.findIndex(([, limit], at) => at > 0 && days <= limit);
    const bucket = buckets[index];
    if (bucket === undefined) continue;
    bucket.files += Number(row.files);
    bucket.apparentBytes += exactSize(row.high, row.low);
    bucket.allocatedBytes += row.alloc;
  }
  return buckets.filter((bucket) => bucket.files > 0);
}

function largestDirectories(
  db: Database,
  paths: DirPaths,
  scans: string,
  names: ReadonlyMap<number, string>,
  top: number,
): Stats['largestDirectories'] {
  return db
    .prepare<[number], { id: bigint; scan: bigint; files: bigint; size: bigint; alloc: bigint }>(
      `SELECT d.id, d.scan, d.all_files AS files, d.all_size AS size, d.all_alloc AS alloc
       FROM id_ranges r CROSS JOIN dirs d ON d.id BETWEEN r.first AND r.last
       WHERE r.scan IN (${scans}) AND d.scan = r.scan AND d.depth > 0 ORDER BY d.all_alloc DESC, d.all_files DESC LIMIT ?`,
    )
    .safeIntegers()
    .all(top)
    .map((row) => ({
      mount: names.get(Number(row.scan)) ?? '?',
      path: paths.pathOf(Number(row.id)),
      files: Number(row.files),
      apparentBytes: row.size,
      allocatedBytes: row.alloc,
    }));
}

interface FileRow {
  dir: bigint;
  name: DbName;
  scan: bigint;
  size: bigint;
  alloc: bigint;
  mtime: bigint;
}

function largestFiles(
  db: Database,
  paths: DirPaths,
  scans: string,
  names: ReadonlyMap<number, string>,
  top: number,
  files: number,
): Stats['largestFiles'] {
  const columns = 'SELECT e.dir, e.name, d.scan, e.size, e.alloc, e.mtime';
  const indexed = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'entries_large'").get() !== undefined;
  let rows: FileRow[] = [];
  if (indexed) {
    rows = db
      .prepare<[number], FileRow>(
        `${columns} FROM entries e INDEXED BY entries_large CROSS JOIN dirs d ON d.id = e.dir
         WHERE e.size >= 104857600 AND d.scan IN (${scans}) ORDER BY e.size DESC LIMIT ?`,
      )
      .safeIntegers()
      .all(top);
  }
  if (rows.length < top && files <= SCAN_ALL_LIMIT) {
    rows = db
      .prepare<[number], FileRow>(
        `${columns} FROM id_ranges r CROSS JOIN entries e ON e.dir BETWEEN r.first AND r.last JOIN dirs d ON d.id = e.dir
         WHERE r.scan IN (${scans}) ORDER BY e.size DESC LIMIT ?`,
      )
      .safeIntegers()
      .all(top);
  }
  return rows.map((row) => ({
    mount: names.get(Number(row.scan)) ?? '?',
    path: joinPath(paths.pathOf(Number(row.dir)), fromDb(row.name)),
    apparentBytes: row.size,
    allocatedBytes: row.alloc,
    mtimeMs: Number(row.mtime),
  }));
}
