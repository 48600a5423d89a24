import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

/** One entry as the catalog has it; paths as latin1 text of their bytes, so that any bytes compare. */
export interface CatalogRow {
  readonly kind: number;
  readonly size: bigint;
  readonly alloc: bigint;
  readonly mtime: bigint;
  readonly nlink: bigint;
  readonly ino: bigint;
  readonly mode: bigint;
  readonly state: number | null;
  readonly reason: string | null;
}

const DIRECTORY = 2;

interface DirRow extends Omit<CatalogRow, 'kind' | 'state'> {
  readonly id: bigint;
  readonly parent: bigint | null;
  readonly name: string | Buffer | null;
  readonly state: bigint;
}
interface EntryRow extends Omit<CatalogRow, 'kind' | 'state' | 'reason'> {
  readonly dir: bigint;
  readonly name: string | Buffer;
  readonly kind: bigint;
}

/** Every row of a mount's published scan by path below the mount point ('' is the mount point), read without any of the product's queries. */
export function publishedRows(dataDir: string, mountName: string): Map<string, CatalogRow> {
  const db = new Sqlite(join(dataDir, 'smart_catalog.db'), { readonly: true });
  try {
    const scan = db.prepare('SELECT published_scan FROM mounts WHERE name = ?').pluck().get(mountName) as number;
    const paths = new Map<bigint, string>();
    const rows = new Map<string, CatalogRow>();
    const dirs = db.prepare<[number], DirRow>('SELECT * FROM dirs WHERE scan = ? ORDER BY id').safeIntegers();
    for (const dir of dirs.iterate(scan)) {
      const path = dir.parent === null ? '' : below(paths.get(dir.parent) ?? '?', dir.name ?? '');
      paths.set(dir.id, path);
      rows.set(path, { ...pick(dir), kind: DIRECTORY, state: Number(dir.state), reason: dir.reason });
    }
    const entries = db
      .prepare<[number], EntryRow>('SELECT e.* FROM dirs d JOIN entries e ON e.dir = d.id WHERE d.scan = ?')
      .safeIntegers();
    for (const entry of entries.iterate(scan)) {
      const path = below(paths.get(entry.dir) ?? '?', entry.name);
      rows.set(path, { ...pick(entry), kind: Number(entry.kind), state: null, reason: null });
    }
    return rows;
  } finally {
    db.close();
  }
}

/** One value of one query, for a look into a catalog that a command made. */
export function catalogValue(dataDir: string, sql: string): unknown {
  const db = new Sqlite(join(dataDir, 'smart_catalog.db'), { readonly: true });
  try {
    return db.prepare(sql).pluck().get();
  } finally {
    db.close();
  }
}

function pick(row: DirRow | EntryRow): Omit<CatalogRow, 'kind' | 'state' | 'reason'> {
  const { size, alloc, mtime, nlink, ino, mode } = row;
  return { size, alloc, mtime, nlink, ino, mode };
}

function below(parent: string, name: string | Buffer): string {
  const text = (typeof name === 'string' ? Buffer.from(name) : name).toString('latin1');
  return parent === '' ? text : `${parent}/${text}`;
}
