import type { Database, Statement } from 'better-sqlite3';
import { joinPath, nameFromBytes, nameText, nameToBytes, type Name, type RelativePath } from '../../shared/names.ts';

/** Longer paths aren't stored: they are put together from names when wanted. */
export const MAX_STORED_PATH = 4096;

/** A name or path as SQLite holds it: text, or bytes where it isn't UTF-8. */
export type DbName = string | Buffer;

export function fromDb(value: DbName): Name {
  return typeof value === 'string' ? value : nameFromBytes(value);
}

export function toDb(name: Name): DbName {
  return typeof name === 'string' ? name : Buffer.from(nameToBytes(name));
}

/** `path` and `path_text` of a directory row. */
export function storedPath(path: RelativePath): { path: DbName | null; text: string | null } {
  if (typeof path === 'string') {
    return {
      path: path.length * 3 > MAX_STORED_PATH && Buffer.byteLength(path) > MAX_STORED_PATH ? null : path,
      text: null,
    };
  }
  const bytes = Buffer.from(nameToBytes(path));
  return bytes.length > MAX_STORED_PATH ? { path: null, text: null } : { path: bytes, text: nameText(path) };
}

/** SQL: the path of a directory `d` that is too long to be stored: its names, up to the first one above whose path is. */
export const LONG_PATH = `(
  WITH RECURSIVE up(parent, path) AS (
    SELECT d.parent, d.name
    UNION ALL
    SELECT CASE WHEN p.path IS NULL THEN p.parent END, coalesce(p.path, p.name) || '/' || up.path
    FROM up JOIN dirs p ON p.id = up.parent
  ) SELECT path FROM up WHERE parent IS NULL)`;

interface DirName {
  parent: number | null;
  name: DbName | null;
  path: DbName | null;
}

/** Finds and makes directory rows by path. */
export class DirPaths {
  readonly #byId: Statement<[number], DirName>;
  readonly #child: Statement<[number, DbName], { id: number }>;
  readonly #insert: Statement<[number, number, DbName, number, DbName | null, string | null]>;

  constructor(db: Database) {
    this.#byId = db.prepare('SELECT parent, name, path FROM dirs WHERE id = ?');
    this.#child = db.prepare('SELECT id FROM dirs WHERE parent = ? AND name = ?');
    this.#insert = db.prepare(
      'INSERT INTO dirs(scan, parent, name, depth, path, path_text, state, met) VALUES (?, ?, ?, ?, ?, ?, 0, 0)',
    );
  }

  pathOf(id: number): RelativePath {
    const names: Name[] = [];
    for (let at = id; ;) {
      const row = this.#byId.get(at);
      if (row === undefined) throw new Error(`There is no directory ${at}.`);
      if (row.path !== null)
        return names.reduceRight<RelativePath>((path, name) => joinPath(path, name), fromDb(row.path));
      names.push(fromDb(row.name ?? ''));
      at = row.parent ?? 0;
    }
  }

  child(parent: number, name: DbName): number | undefined {
    return this.#child.get(parent, name)?.id;
  }

  /**
   * The row of this path below `root`, made with its ancestors where missing (pending, not yet met by a reading loop). `cache` holds ids
   * by path bytes for the length of one call.
   */
  ensure(scan: number, root: number, path: RelativePath, cache: Map<string, number>): number {
    if (path === '') return root;
    const bytes = Buffer.from(nameToBytes(path));
    const whole = bytes.toString('latin1');
    const known = cache.get(whole);
    if (known !== undefined) return known;
    let at = root;
    let depth = 0;
    for (let start = 0; start < bytes.length;) {
      const slash = bytes.indexOf(0x2f, start);
      const end = slash < 0 ? bytes.length : slash;
      const prefix = whole.slice(0, end);
      depth += 1;
      let id = cache.get(prefix);
      if (id === undefined) {
        const name = toDb(nameFromBytes(bytes.subarray(start, end)));
        id = this.child(at, name);
        if (id === undefined) {
          const stored = storedPath(nameFromBytes(bytes.subarray(0, end)));
          id = Number(this.#insert.run(scan, at, name, depth, stored.path, stored.text).lastInsertRowid);
        }
        cache.set(prefix, id);
      }
      at = id;
      start = end + 1;
    }
    return at;
  }
}
