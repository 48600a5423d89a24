import { closeSync, existsSync, linkSync, openSync, readSync, renameSync, rmSync, statSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { isDiskFull } from '../../shared/disk-full.ts';
import { SmartScannerError } from '../../shared/errors.ts';
import { CATALOG_APPLICATION_ID, CATALOG_VERSION, migrate } from './schema.ts';

const BUSY_TIMEOUT_MS = 120_000;
const CACHE_KIB = 65_536;
const SQLITE_MAGIC = 'SQLite format 3\0';
/** Where file locks or shared memory fail: the databases of the original died there. statfs types. */
const BAD_FILESYSTEMS: Readonly<Record<number, string>> = {
  0x65735546: 'FUSE',
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
};
/** Big-endian, in the header of every SQLite file. */
const HEADER = { bytes: 100, pageSize: 16, formats: 18, pages: 28, userVersion: 60, applicationId: 68 } as const;

export interface OpenOptions {
  readonly path: string;
  readonly mustExist: boolean;
  readonly allowAnyFilesystem: boolean;
}

/**
 * Opens the catalog, or makes it. What isn't ours is refused from its first bytes alone, so that it stays as it was, byte for byte and
 * without a -wal beside it.
 */
export function openCatalog(options: OpenOptions): { db: Database; created: boolean } {
  const { path } = options;
  const exists = existsSync(path);
  if (!exists && options.mustExist) {
    throw new SmartScannerError('CATALOG_OPEN', `There is no catalog at ${path} yet.`, {
      hint: 'Scan something first, or name another --data-dir.',
    });
  }
  if (!options.allowAnyFilesystem) refuseFilesystem(path, exists);
  if (exists) refuseForeign(path);
  let db: Database | null = null;
  try {
    // Sorting takes room, and where nothing but the data directory may be written (a container of ours) only this is left.
    process.env['SQLITE_TMPDIR'] = dirname(path);
    if (!exists) makeCatalog(path);
    db = new Sqlite(path, { timeout: BUSY_TIMEOUT_MS });
    // SQLite leaves an empty file when it ends before its first write.
    if (statSync(path).size === 0) identify(db);
    db.pragma('trusted_schema = OFF');
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.pragma('temp_store = FILE');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma('journal_size_limit = 67108864');
    migrate(db);
    return { db, created: !exists };
  } catch (error) {
    db?.close();
    const full = isDiskFull(error);
    const why = full ? 'its disk is full' : error instanceof Error ? error.message : String(error);
    throw new SmartScannerError('CATALOG_OPEN', `The catalog ${path} can't be opened: ${why}.`, {
      hint: full
        ? 'Make room there: also reading takes a little.'
        : 'Check its permissions; `sqlite3 FILE "PRAGMA integrity_check"` tells whether it is damaged.',
      cause: error,
    });
  }
}

/**
 * Makes the catalog under another name and then gives it its own, which fails where another process was faster: nobody ever sees one half
 * made, and takes it for another program's.
 */
function makeCatalog(path: string): void {
  const draft = `${path}.${process.pid}.new`;
  const removeDraft = (): void => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${draft}${suffix}`, { force: true });
  };
  removeDraft();
  try {
    const db = new Sqlite(draft);
    try {
      identify(db);
      migrate(db);
      db.pragma('journal_mode = WAL');
    } finally {
      db.close();
    }
    try {
      linkSync(draft, path);
    } catch {
      // Another process was faster, or the file system has no hard links.
      if (!existsSync(path)) renameSync(draft, path);
    }
  } finally {
    removeDraft();
  }
}

/** What must be said before the first write. */
function identify(db: Database): void {
  // Half as many pages to log and to copy back as with 4 KiB: merging is a tenth faster, the file as large.
  db.pragma('page_size = 8192');
  db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma(`application_id = ${CATALOG_APPLICATION_ID}`);
}

function refuseFilesystem(path: string, exists: boolean): void {
  const name = filesystemOf(exists ? path : dirname(path));
  if (name === null) return;
  throw new SmartScannerError(
    'CATALOG_FILESYSTEM',
    `The catalog would lie on ${name} (${path}), where SQLite's locks fail.`,
    {
      hint: 'Name a data directory on a local disk with --data-dir (on Unraid: /mnt/cache/appdata/... or /mnt/diskN/...).',
    },
  );
}

/** FUSE, NFS, …, where locks fail; null elsewhere, and where it can't be told. */
export function filesystemOf(path: string): string | null {
  try {
    return BAD_FILESYSTEMS[statfsSync(path).type >>> 0] ?? null;
  } catch {
    return null;
  }
}

export interface FileLook {
  readonly kind: 'ours' | 'newer' | 'original' | 'foreign' | 'not-sqlite';
  readonly version: number | null;
}

/** What a file that is not empty is, from its first bytes alone. Throws what reading it throws. */
export function lookAtFile(path: string): FileLook {
  const header = readHeader(path);
  if (header.length < HEADER.bytes || header.toString('latin1', 0, 16) !== SQLITE_MAGIC)
    return { kind: 'not-sqlite', version: null };
  const application = header.readUInt32BE(HEADER.applicationId);
  const version = header.readUInt32BE(HEADER.userVersion);
  if (application === CATALOG_APPLICATION_ID) return { kind: version <= CATALOG_VERSION ? 'ours' : 'newer', version };
  return { kind: application === 0 && isOriginal(path) ? 'original' : 'foreign', version: null };
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(HEADER.bytes);
  const fd = openSync(path, 'r');
  try {
    return header.subarray(0, readSync(fd, header, 0, HEADER.bytes, 0));
  } finally {
    closeSync(fd);
  }
}

function refuseForeign(path: string): void {
  let look: FileLook;
  try {
    if (readHeader(path).length === 0) return;
    look = lookAtFile(path);
  } catch (error) {
    throw new SmartScannerError('CATALOG_OPEN', `The catalog ${path} can't be read: ${String(error)}.`, {
      cause: error,
    });
  }
  switch (look.kind) {
    case 'ours':
      return;
    case 'not-sqlite':
      throw new SmartScannerError('CATALOG_NOT_SQLITE', `${path} is not an SQLite database; it was left untouched.`, {
        hint: 'Move it away, or name another file with --db-name.',
      });
    case 'newer':
      throw new SmartScannerError(
        'CATALOG_NEWER',
        `${path} has version ${look.version ?? 0}; this program knows up to ${CATALOG_VERSION}. It was left untouched.`,
        { hint: 'Update Smart Scanner.' },
      );
    case 'original':
      throw new SmartScannerError(
        'CATALOG_ORIGINAL',
        `${path} is a catalog of the original scanner; it was left untouched.`,
        { hint: 'Name another file with --db-name; its inventory can be imported later (`import`).' },
      );
    case 'foreign':
      throw new SmartScannerError(
        'CATALOG_FOREIGN',
        `${path} is an SQLite database of another program; it was left untouched.`,
        { hint: 'Name another file with --db-name.' },
      );
  }
}

/** Reads the schema from a copy in memory of the first pages, so that nothing is left beside the file. */
function isOriginal(path: string): boolean {
  let db: Database | null = null;
  try {
    const copy = readSmall(path);
    // A database in memory knows no WAL, and has to end where the copy ends.
    copy.fill(1, HEADER.formats, HEADER.formats + 2);
    const pageSize = copy.readUInt16BE(HEADER.pageSize);
    copy.writeUInt32BE(Math.floor(copy.length / (pageSize === 1 ? 65_536 : pageSize)), HEADER.pages);
    db = new Sqlite(copy);
    const columns = db.pragma('table_info(files)') as { name: string }[];
    const names = new Set(columns.map((column) => column.name));
    return ['path', 'size', 'mtime', 'checksum', 'mount_point'].every((name) => names.has(name));
  } catch {
    return false;
  } finally {
    db?.close();
  }
}

/** The first pages hold the schema; a catalog may have gigabytes. */
function readSmall(path: string): Buffer {
  const buffer = Buffer.alloc(1024 * 1024);
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, buffer, 0, buffer.length, 0);
    return buffer.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}
