import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { errorToJson } from '../../shared/errors.ts';
import type { Certificate } from '../../shared/certificate.ts';
import type { ScanSettings } from '../../shared/settings.ts';
import { certificateFromJson } from './certificate-json.ts';
import { ScanLocks } from './locks.ts';
import { filesystemOf, lookAtFile } from './open.ts';

/** Above that the pages are not checked one by one: it would take minutes. */
const INTEGRITY_MAX_BYTES = 2 * 1024 ** 3;
const FAILURES_MAX = 50;
/** Whoever writes lets go sooner than that. */
const BUSY_MS = 2_000;

/** What a catalog file is, seen without changing a byte of it or leaving anything beside it. */
export interface Examination {
  readonly kind: 'none' | 'ours' | 'newer' | 'original' | 'foreign' | 'not-sqlite' | 'unreadable';
  readonly bytes: number;
  readonly walBytes: number;
  readonly changedAtMs: number | null;
  readonly version: number | null;
  /** FUSE, NFS, SMB, …: where locks fail; null elsewhere. */
  readonly badFilesystem: string | null;
  /** Why it could not be read (further). */
  readonly error: string | null;
  /** What integrity_check said, if not that all is well; null where it wasn't asked (too large, not ours, in use). */
  readonly integrity: readonly string[] | null;
  readonly original: OriginalCatalog | null;
  readonly ours: OurCatalog | null;
}

export interface OriginalCatalog {
  readonly files: number;
  readonly mounts: readonly { readonly mountPoint: string; readonly files: number }[];
  readonly lastScan: string | null;
}

export interface OurCatalog {
  readonly mounts: readonly ExaminedMount[];
  /** The one that was asked for, or the latest; null where there is none. */
  readonly scan: ExaminedScan | null;
  /** Every scan, the newest first. `alive`: somebody holds its lock. */
  readonly scans: readonly ExaminedScanRow[];
}

export interface ExaminedScanRow {
  readonly scanId: string;
  readonly mountName: string;
  readonly owner: string;
  readonly open: boolean;
  readonly alive: boolean;
  readonly finished: boolean;
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
  readonly files: number;
  /** When it last went on, and the files that it had by then; for one that ran in one go its start, and none. */
  readonly wentOnAtMs: number;
  readonly filesBefore: number;
}

export interface ExaminedMount {
  readonly name: string;
  readonly path: string;
  readonly hostKind: 'docker' | 'process';
  readonly hostName: string;
  /** By which its host is known: of daemons, of machines. */
  readonly hostIds: readonly string[];
  /** Entries of the published inventory; null where there is none. */
  readonly publishedEntries: number | null;
}

export interface ExaminedScan {
  readonly scanId: string;
  readonly mountName: string;
  readonly mountPath: string;
  readonly state: 'open' | 'finished' | 'interrupted';
  /** Somebody holds its lock. */
  readonly alive: boolean;
  readonly owner: string;
  readonly runtime: 'docker' | 'process';
  readonly logPath: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
  readonly files: number;
  readonly settings: ScanSettings;
  readonly certificate: Certificate | null;
  readonly chunks: Readonly<Record<string, number>>;
  readonly failedChunks: readonly { readonly chunkId: number; readonly reason: string }[];
  /** Ended attempts that did not end well, those alike together. */
  readonly failures: readonly AttemptFailure[];
  readonly setAside: readonly { readonly path: string; readonly syscall: string | null; readonly reason: string }[];
}

export interface AttemptFailure {
  readonly outcome: string;
  readonly exitCode: number | null;
  readonly code: string | null;
  readonly reason: string | null;
  readonly attempts: number;
  readonly chunks: number;
  /** Of those, chunks that have failed for good. */
  readonly failedChunks: number;
}

export interface ExamineRequest {
  readonly path: string;
  /** An id, or `latest`. */
  readonly scan: string;
  /** Reads every page; else only what the rest needs. */
  readonly integrity: boolean;
}

/** Never throws: what can't be looked at says why. */
export function examine(request: ExamineRequest): Examination {
  const { path } = request;
  const none: Examination = {
    kind: 'none',
    bytes: 0,
    walBytes: 0,
    changedAtMs: null,
    version: null,
    badFilesystem: filesystemOf(existsSync(path) ? path : dirname(path)),
    error: null,
    integrity: null,
    original: null,
    ours: null,
  };
  let found: Examination = none;
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return none;
    const wal = statSync(`${path}-wal`, { throwIfNoEntry: false });
    found = {
      ...none,
      bytes: stat.size,
      walBytes: wal?.size ?? 0,
      changedAtMs: Math.max(stat.mtimeMs, wal?.mtimeMs ?? 0),
    };
    if (stat.size === 0) return found;
    const { kind, version } = lookAtFile(path);
    found = { ...found, kind, version };
    if (kind !== 'ours' && kind !== 'original') return found;
    return { ...found, ...inside(request, kind, stat.size) };
  } catch (error) {
    const { message } = errorToJson(error);
    return isDamage(message)
      ? { ...found, kind: found.kind === 'none' ? 'ours' : found.kind, error: message, integrity: [message] }
      : { ...found, kind: found.kind === 'none' ? 'unreadable' : found.kind, error: message };
  }
}

function inside(
  { path, scan, integrity: wanted }: ExamineRequest,
  kind: 'ours' | 'original',
  bytes: number,
): Partial<Examination> {
  const inUse = existsSync(`${path}-wal`);
  const db = openReadOnly(path, inUse);
  try {
    const integrity = !wanted || bytes > INTEGRITY_MAX_BYTES ? null : integrityOf(db);
    // Written to meanwhile by a program that opened it after we looked: what was read then says nothing.
    const disturbed = !inUse && existsSync(`${path}-wal`);
    const known = disturbed ? null : integrity;
    if (kind === 'original') return { integrity: known, original: original(db) };
    return { integrity: known, ours: ours(db, path, scan) };
  } finally {
    db.close();
  }
}

/**
 * Where no -wal lies beside it nobody has it open: then it is opened as what never changes, which leaves no file beside it. Else as any reader
 * does.
 */
function openReadOnly(path: string, inUse: boolean): DatabaseSync {
  const url = pathToFileURL(path);
  if (!inUse) url.search = '?immutable=1';
  // The original's is locked while a batch is written.
  const db = new DatabaseSync(url, { readOnly: true, timeout: BUSY_MS });
  db.exec('PRAGMA trusted_schema = OFF');
  return db;
}

function isDamage(message: string): boolean {
  return /malformed|not a database|disk image|corrupt/iu.test(message);
}

function integrityOf(db: DatabaseSync): string[] {
  const rows = db.prepare('PRAGMA integrity_check(10)').all();
  const said = rows.flatMap((row) => String(Object.values(row)[0]).split('\n'));
  return said.length === 1 && said[0] === 'ok' ? [] : said;
}

function original(db: DatabaseSync): OriginalCatalog {
  const count = db.prepare('SELECT count(*) AS files FROM files').get();
  const mounts = db
    .prepare('SELECT mount_point, count(*) AS files FROM files GROUP BY mount_point ORDER BY files DESC LIMIT 20')
    .all();
  const hasTime = hasColumn(db, 'files', 'scan_time');
  const last = hasTime ? db.prepare('SELECT max(scan_time) AS last FROM files').get() : undefined;
  return {
    files: Number(count?.['files'] ?? 0),
    mounts: mounts.map((row) => ({ mountPoint: text(row['mount_point']), files: Number(row['files']) })),
    lastScan: typeof last?.['last'] === 'string' ? last['last'] : null,
  };
}

function hasColumn(db: DatabaseSync, table: string, column: string): boolean {
  return db.prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?').get(table, column) !== undefined;
}

function ours(db: DatabaseSync, path: string, wanted: string): OurCatalog {
  const idsOf = db.prepare('SELECT id FROM host_ids WHERE host = ?');
  const mounts = db
    .prepare(
      `SELECT m.name, m.path, m.host, h.kind, h.name AS host_name, CASE WHEN s.num IS NULL THEN NULL ELSE s.files + s.dirs END AS entries
       FROM mounts m JOIN hosts h ON h.id = m.host LEFT JOIN scans s ON s.num = m.published_scan ORDER BY m.name`,
    )
    .all()
    .map((row): ExaminedMount => ({
      name: text(row['name']),
      path: text(row['path']),
      hostKind: row['kind'] === 'docker' ? 'docker' : 'process',
      hostName: text(row['host_name']),
      hostIds: idsOf.all(text(row['host'])).map(({ id }) => text(id)),
      publishedEntries: row['entries'] === null ? null : Number(row['entries']),
    }));
  const locks = new ScanLocks(path);
  // A catalog that this version has not written to yet is looked at as it is.
  const stretch = hasColumn(db, 'scans', 'went_on')
    ? 's.went_on, s.files_before'
    : 'NULL AS went_on, 0 AS files_before';
  const scans = db
    .prepare(
      `SELECT s.id, s.state, s.owner, s.started, s.finished, s.files, ${stretch}, m.name AS mount_name
       FROM scans s JOIN mounts m ON m.id = s.mount ORDER BY s.num DESC`,
    )
    .all()
    .map((row): ExaminedScanRow => {
      const scanId = text(row['id']);
      const open = row['state'] === 'open';
      return {
        scanId,
        mountName: text(row['mount_name']),
        owner: text(row['owner']),
        open,
        alive: open && locks.isHeld(scanId),
        finished: row['state'] === 'finished',
        startedAtMs: Number(row['started']),
        finishedAtMs: row['finished'] === null ? null : Number(row['finished']),
        files: Number(row['files']),
        wentOnAtMs: Number(row['went_on'] ?? row['started']),
        filesBefore: Number(row['files_before']),
      };
    });
  return { mounts, scans, scan: examinedScan(db, locks, wanted) };
}

function examinedScan(db: DatabaseSync, locks: ScanLocks, wanted: string): ExaminedScan | null {
  const row = db
    .prepare(
      `SELECT s.*, m.name AS mount_name, m.path AS mount_path FROM scans s JOIN mounts m ON m.id = s.mount
       WHERE ? = 'latest' OR s.id = ? ORDER BY s.num DESC LIMIT 1`,
    )
    .get(wanted, wanted);
  if (row === undefined) return null;
  const num = Number(row['num']);
  const scanId = text(row['id']);
  const state = row['state'] === 'open' ? 'open' : row['state'] === 'finished' ? 'finished' : 'interrupted';
  return {
    scanId,
    mountName: text(row['mount_name']),
    mountPath: text(row['mount_path']),
    state,
    alive: state === 'open' && locks.isHeld(scanId),
    owner: text(row['owner']),
    runtime: row['runtime'] === 'docker' ? 'docker' : 'process',
    logPath: text(row['log_path']),
    startedAtMs: Number(row['started']),
    finishedAtMs: row['finished'] === null ? null : Number(row['finished']),
    files: Number(row['files']),
    settings: JSON.parse(text(row['settings'])) as ScanSettings,
    certificate: row['certificate'] === null ? null : certificateFromJson(text(row['certificate'])),
    chunks: Object.fromEntries(
      db
        .prepare('SELECT state, count(*) AS n FROM chunks WHERE scan = ? GROUP BY state')
        .all(num)
        .map((chunk) => [text(chunk['state']), Number(chunk['n'])]),
    ),
    failedChunks: db
      .prepare("SELECT id, reason FROM chunks WHERE scan = ? AND state = 'failed' ORDER BY id LIMIT ?")
      .all(num, FAILURES_MAX)
      .map((chunk) => ({ chunkId: Number(chunk['id']), reason: text(chunk['reason']) })),
    failures: failures(db, num),
    setAside: db
      .prepare('SELECT path, syscall, reason FROM quarantine WHERE mount = ? LIMIT ?')
      .all(Number(row['mount']), FAILURES_MAX)
      .map((one) => ({
        path: text(one['path']),
        syscall: typeof one['syscall'] === 'string' ? one['syscall'] : null,
        reason: text(one['reason']),
      })),
  };
}

function failures(db: DatabaseSync, num: number): AttemptFailure[] {
  return db
    .prepare(
      `SELECT a.outcome, a.exit_code, a.code, max(a.reason) AS reason, count(*) AS attempts, count(DISTINCT a.chunk) AS chunks,
         count(DISTINCT CASE WHEN c.state = 'failed' THEN a.chunk END) AS failed
       FROM chunks c JOIN attempts a ON a.chunk = c.id
       WHERE c.scan = ? AND a.ended IS NOT NULL AND a.code IS NOT NULL
       GROUP BY a.outcome, a.exit_code, a.code ORDER BY attempts DESC LIMIT ?`,
    )
    .all(num, FAILURES_MAX)
    .map((row) => ({
      outcome: text(row['outcome']),
      exitCode: row['exit_code'] === null ? null : Number(row['exit_code']),
      code: row['code'] === null ? null : text(row['code']),
      reason: row['reason'] === null ? null : text(row['reason']),
      attempts: Number(row['attempts']),
      chunks: Number(row['chunks']),
      failedChunks: Number(row['failed']),
    }));
}

function text(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);
}
