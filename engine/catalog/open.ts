import { closeSync, existsSync, openSync, readSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
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
const HEADER = { bytes: 100, userVersion: 60, applicationId: 68 } as const;

export interface OpenOptions {
  readonly path: string;
  readonly mustExist: boolean;
  readonly readOnly: boolean;
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
    db = new Sqlite(path, { readonly: options.readOnly, timeout: BUSY_TIMEOUT_MS });
    if (!exists) {
      db.pragma('auto_vacuum = INCREMENTAL');
      db.pragma(`application_id = ${CATALOG_APPLICATION_ID}`);
    }
    db.pragma('trusted_schema = OFF');
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.pragma('temp_store = FILE');
    if (!options.readOnly) {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      db.pragma('journal_size_limit = 67108864');
      migrate(db);
    }
    return { db, created: !exists };
  } catch (error) {
    db?.close();
    throw new SmartScannerError(
      'CATALOG_OPEN',
      `The catalog ${path} can't be opened: ${error instanceof Error ? error.message : String(error)}.`,
      {
        hint: 'Check its permissions and the free space; `sqlite3 FILE "PRAGMA integrity_check"` tells whether it is damaged.',
        cause: error,
      },
    );
  }
}

function refuseFilesystem(path: string, exists: boolean): void {
  const looked = exists ? path : dirname(path);
  let type: number;
  try {
    type = statfsSync(looked).type >>> 0;
  } catch {
    return;
  }
  const name = BAD_FILESYSTEMS[type];
  if (name === undefined) return;
  throw new SmartScannerError(
    'CATALOG_FILESYSTEM',
    `The catalog would lie on ${name} (${path}), where SQLite's locks fail.`,
    {
      hint: 'Name a data directory on a local disk with --data-dir (on Unraid: /mnt/cache/appdata/... or /mnt/diskN/...).',
    },
  );
}

function refuseForeign(path: string): void {
  const header = Buffer.alloc(HEADER.bytes);
  let length: number;
  try {
    const fd = openSync(path, 'r');
    try {
      length = readSync(fd, header, 0, HEADER.bytes, 0);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw new SmartScannerError('CATALOG_OPEN', `The catalog ${path} can't be read: ${String(error)}.`, {
      cause: error,
    });
  }
  // An empty file is what SQLite itself leaves before the first write.
  if (length === 0) return;
  if (length < HEADER.bytes || header.toString('latin1', 0, 16) !== SQLITE_MAGIC) {
    throw new SmartScannerError('CATALOG_NOT_SQLITE', `${path} is not an SQLite database; it was left untouched.`, {
      hint: 'Move it away, or name another file with --db-name.',
    });
  }
  const application = header.readUInt32BE(HEADER.applicationId);
  if (application === CATALOG_APPLICATION_ID) {
    const version = header.readUInt32BE(HEADER.userVersion);
    if (version <= CATALOG_VERSION) return;
    throw new SmartScannerError(
      'CATALOG_NEWER',
      `${path} has version ${version}; this program knows up to ${CATALOG_VERSION}. It was left untouched.`,
      {
        hint: 'Update Smart Scanner.',
      },
    );
  }
  if (application === 0 && isOriginal(path)) {
    throw new SmartScannerError(
      'CATALOG_ORIGINAL',
      `${path} is a catalog of the original scanner; it was left untouched.`,
      {
        hint: 'Name another file with --db-name; its inventory can be imported later (`import`).',
      },
    );
  }
  throw new SmartScannerError(
    'CATALOG_FOREIGN',
    `${path} is an SQLite database of another program; it was left untouched.`,
    {
      hint: 'Name another file with --db-name.',
    },
  );
}

/** Reads the schema without leaving anything beside the file. */
function isOriginal(path: string): boolean {
  let db: Database | null = null;
  try {
    // A copy in memory: opening a WAL database even for reading makes files beside it.
    db = new Sqlite(readSmall(path));
    const columns = db.pragma('table_info(files)') as { name: string }[];
    const names = new Set(columns.map((column) => column.name));
    return ['path', 'size', 'mtime', 'checksum', 'mount_point'].every((name) => names.has(name));
  } catch {
    return /CREATE TABLE [^(]*files\s*\([^)]*checksum[^)]*mount_point/is.test(readSmall(path).toString('latin1'));
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
