import type { Database } from 'better-sqlite3';
import type { FindCursor, FoundRow } from '../../shared/files.ts';
import { joinPath, nameFromBytes, nameText, nameToBytes, type RelativePath } from '../../shared/names.ts';
import type { FindWindow, FoundWindow } from './api.ts';
import { compareHits } from './find-order.ts';
import { fromDb, LONG_PATH, toDb, type DbName, type DirPaths } from './paths.ts';
import { DIR_COLUMNS, ENTRY_COLUMNS, SIZE_OF, toFileRow, type DbRow } from './rows.ts';
import type { Source, Viewed, Views } from './viewed.ts';

/** So many entries are looked at in one call: some 0.1 s, so that a scan's merges wait no longer. A larger directory is one window alone. */
const WINDOW_ENTRIES = 200_000;
const WINDOW_DIRS = 20_000;

interface HitRow extends DbRow {
  dir: bigint;
  value: bigint | number;
  path: DbName | null;
}

/** Registers what SQL can't do itself: letters beyond ASCII in either case, and names that are bytes. */
export function prepareToFind(db: Database): void {
  db.function('name_holds', { deterministic: true }, (name: unknown, wanted: unknown) =>
    folded(textOf(name)).includes(String(wanted)) ? 1 : 0,
  );
}

function textOf(name: unknown): string {
  return typeof name === 'string' ? name : nameText(nameFromBytes(name as Uint8Array));
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/**
 * Looks through one stretch of the directories, and gives the first hits of it in the order asked for, where the next stretch begins, and how
 * many hits there are in this one (only where no cursor is given and the order needs all of them anyway).
 */
export class Find {
  readonly #db: Database;
  readonly #paths: DirPaths;
  readonly #views: Views;

  constructor(db: Database, paths: DirPaths, views: Views) {
    this.#db = db;
    this.#paths = paths;
    this.#views = views;
  }

  window(request: FindWindow): FoundWindow {
    const viewed = this.#views.of(request.mountId, request.which);
    const start = request.at ?? { source: 0, dir: 0 };
    const source = viewed.sources[start.source];
    const window = source === undefined ? null : this.#stretch(source, start.dir);
    if (source === undefined || window === null)
      return { facts: viewed.facts, hits: [], count: 0, next: nextSource(viewed, start.source) };
    const query = new WindowQuery(this.#db, request, source, window);
    const wantsDirs = request.kinds !== 'files';
    const wantsEntries = request.kinds !== 'directories';
    const rows = [...(wantsDirs ? query.dirs() : []), ...(wantsEntries ? query.entries() : [])];
    const hits = rows.map((row) => this.#hit(row, start.source, source));
    hits.sort((a, b) => compareHits(request.order, a.cursor, b.cursor));
    return {
      facts: viewed.facts,
      hits: hits.slice(0, request.limit),
      count: request.order === 'place' || request.after !== null ? null : query.count(wantsDirs, wantsEntries),
      next: { source: start.source, dir: window.to + 1 },
    };
  }

  /** Directory ids from here on with about as many entries as one call may look at; null: there are none. */
  #stretch({ scan, keptFor }: Source, from: number): Stretch | null {
    const rows = this.#db
      .prepare<[number, number, number, number], { id: number; files: number; kept: number | null }>(
        `SELECT d.id, d.files, d.kept_for AS kept FROM id_ranges r CROSS JOIN dirs d ON d.id BETWEEN r.first AND r.last
         WHERE r.scan = ? AND r.last >= ? AND d.id >= ? ORDER BY r.first, d.id LIMIT ?`,
      )
      .iterate(scan, from, from, WINDOW_DIRS);
    let first: number | null = null;
    let to = from;
    let entries = 0;
    for (const { id, files, kept } of rows) {
      const counts = keptFor === null || kept === keptFor ? files : 0;
      // Between two ranges of a scan may lie those of another one, which ran beside it.
      const isFar = first !== null && id - to > WINDOW_DIRS;
      if (isFar || (entries > 0 && entries + counts > WINDOW_ENTRIES)) break;
      entries += counts;
      first ??= id;
      to = id;
    }
    return first === null ? null : { from: first, to };
  }

  #hit(row: HitRow, sourceIndex: number, source: Source): FoundWindow['hits'][number] {
    const isDirectory = row.kind === 2n;
    const dir = Number(row.dir);
    const path: RelativePath = row.path === null ? this.#paths.pathOf(dir) : fromDb(row.path);
    const file = toFileRow(row, source.keptAtMs);
    const found: FoundRow = { ...file, path: isDirectory ? path : joinPath(path, file.name) };
    const cursor: FindCursor = {
      source: sourceIndex,
      value: String(row.value),
      dir,
      kind: isDirectory ? 0 : 1,
      name: isDirectory ? null : file.name,
    };
    return { row: found, cursor };
  }
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

function nextSource(viewed: Viewed, source: number): { source: number; dir: number } | null {
  return source + 1 < viewed.sources.length ? { source: source + 1, dir: 0 } : null;
}

type Values = Record<string, string | number | bigint | Buffer>;

/** The SQL of one stretch. */
class WindowQuery {
  readonly #db: Database;
  readonly #request: FindWindow;
  readonly #values: Values;
  readonly #of: string;

  constructor(db: Database, request: FindWindow, source: Source, { from, to }: Stretch) {
    this.#db = db;
    this.#request = request;
    const below = Buffer.from(nameToBytes(request.below));
    const { after } = request;
    this.#values = {
      from,
      to,
      source: source.keptFor ?? source.scan,
      limit: request.limit,
      pattern: likePattern(request.text),
      wanted: folded(request.text),
      below,
      first: Buffer.concat([below, Buffer.from('/')]),
      beyond: Buffer.concat([below, Buffer.from('0')]),
      afterValue: BigInt(after?.value ?? 0),
      afterDir: after?.dir ?? 0,
      afterKind: after?.kind ?? 0,
      afterName: toDb(after?.name ?? ''),
    };
    this.#of = source.keptFor === null ? 'd.scan = @source' : 'd.kept_for = @source';
  }

  dirs(): HitRow[] {
    const value = this.#value('dir');
    return this.#all(
      `SELECT d.id AS dir, d.path AS path, ${value} AS value, ${DIR_COLUMNS} FROM dirs d LEFT JOIN temp.above a ON a.dir = d.id
       WHERE ${this.#dirsWhere()} AND ${this.#after(value, 'd.id', 0, "''")} ORDER BY ${this.#order(value)} d.id LIMIT @limit`,
    );
  }

  entries(): HitRow[] {
    const value = this.#value('entry');
    return this.#all(
      `SELECT d.id AS dir, d.path AS path, ${value} AS value, ${ENTRY_COLUMNS} FROM dirs d CROSS JOIN entries e ON e.dir = d.id
       WHERE ${this.#entriesWhere()} AND ${this.#after(value, 'd.id', 1, 'e.name')} ORDER BY ${this.#order(value)} d.id, e.name LIMIT @limit`,
    );
  }

  count(dirs: boolean, entries: boolean): number {
    const ask = (sql: string): number => this.#db.prepare<[Values], number>(sql).pluck().get(this.#used(sql)) ?? 0;
    return (
      (dirs ? ask(`SELECT count(*) FROM dirs d WHERE ${this.#dirsWhere()}`) : 0) +
      (entries
        ? ask(`SELECT count(*) FROM dirs d CROSS JOIN entries e ON e.dir = d.id WHERE ${this.#entriesWhere()}`)
        : 0)
    );
  }

  #dirsWhere(): string {
    const path = `CAST(coalesce(d.path, ${LONG_PATH}) AS BLOB)`;
    const scope = this.#request.below === '' ? '1' : `${path} >= @first AND ${path} < @beyond`;
    return `d.id BETWEEN @from AND @to AND ${this.#of} AND d.depth > 0 AND ${this.#named('d.name')} AND ${scope}`;
  }

  #entriesWhere(): string {
    const path = `CAST(coalesce(d.path, ${LONG_PATH}) AS BLOB)`;
    const scope = this.#request.below === '' ? '1' : `(${path} = @below OR (${path} >= @first AND ${path} < @beyond))`;
    return `d.id BETWEEN @from AND @to AND ${this.#of} AND ${scope} AND ${this.#named('e.name')}`;
  }

  /** LIKE never matches bytes, and knows no letters beyond ASCII: what it lets through is looked at again where that matters. */
  #named(column: string): string {
    const { text } = this.#request;
    if (text === '') return '1';
    const like = `${column} LIKE @pattern ESCAPE '\\'`;
    const exact = isPlain(text) ? like : `(${like} AND name_holds(${column}, @wanted))`;
    return `(${exact} OR (typeof(${column}) = 'blob' AND name_holds(${column}, @wanted)))`;
  }

  #value(of: 'dir' | 'entry'): string {
    const { order, measure } = this.#request;
    if (order === 'size') return SIZE_OF[measure][of];
    if (order === 'newest') return of === 'dir' ? 'coalesce(d.mtime, 0)' : 'coalesce(e.mtime, 0)';
    return '0';
  }

  #order(value: string): string {
    return this.#request.order === 'place' ? '' : `${value} DESC,`;
  }

  #after(value: string, dir: string, kind: 0 | 1, name: string): string {
    const { after, order } = this.#request;
    if (after === null) return '1';
    // A hit of this kind comes after the cursor where its place does.
    const place = `(${dir} > @afterDir OR (${dir} = @afterDir AND (${kind} > @afterKind OR (${kind} = @afterKind AND ${name} > @afterName))))`;
    return order === 'place' ? place : `(${value} < @afterValue OR (${value} = @afterValue AND ${place}))`;
  }

  #all(sql: string): HitRow[] {
    return this.#db.prepare<[Values], HitRow>(sql).safeIntegers().all(this.#used(sql));
  }

  /** Only those that a statement names may be given to it. */
  #used(sql: string): Values {
    return Object.fromEntries(Object.entries(this.#values).filter(([name]) => sql.includes(`@${name}`)));
  }
}

/** Letters and marks beyond ASCII have cases and compositions that LIKE doesn't know. */
function isPlain(text: string): boolean {
  return Array.from(text).every(isItself);
}

function isItself(character: string): boolean {
  if (character.charCodeAt(0) < 0x80) return true;
  return (
    character.toLowerCase() === character.toUpperCase() &&
    character.normalize('NFC') === character.normalize('NFD') &&
    !/\p{M}/u.test(character)
  );
}

/** `%` and `_` mean themselves; what LIKE can't compare lets everything through. */
function likePattern(text: string): string {
  const characters = Array.from(text.normalize('NFC'), (character) =>
    isItself(character) ? character.replace(/[\\%_]/u, '\\$&') : '%',
  );
  return `%${characters.join('')}%`;
}
