import type { Database } from 'better-sqlite3';
import type { FileRow, Listing } from '../../shared/files.ts';
import { joinPath } from '../../shared/names.ts';
import type { ListingRequest } from './api.ts';
import { DIR_COLUMNS, ENTRY_COLUMNS, SIZE_OF, stateOf, toFileRow, type DbRow } from './rows.ts';
import type { Views } from './viewed.ts';

/** A directory and a page of what is directly in it, directories and entries together, largest first. */
export function listing(db: Database, views: Views, request: ListingRequest): Listing {
  const { mountId, which, path, measure, offset, limit } = request;
  const viewed = views.of(mountId, which);
  const { id, source } = views.directory(viewed, path);
  const own = db
    .prepare<[number], DbRow>(`SELECT ${DIR_COLUMNS} FROM dirs d LEFT JOIN temp.above a ON a.dir = d.id WHERE d.id = ?`)
    .safeIntegers()
    .get(id);
  if (own === undefined) throw new Error(`There is no directory ${id}.`);
  const total = db
    .prepare<[number, number], number>(
      'SELECT (SELECT count(*) FROM dirs WHERE parent = ?) + (SELECT count(*) FROM entries WHERE dir = ?)',
    )
    .pluck()
    .get(id, id);
  const rows = db
    .prepare<[number, number, number, number], DbRow>(
      `SELECT * FROM (
         SELECT ${DIR_COLUMNS} FROM dirs d LEFT JOIN temp.above a ON a.dir = d.id WHERE d.parent = ?
         UNION ALL SELECT ${ENTRY_COLUMNS} FROM entries e WHERE e.dir = ?
       ) ORDER BY ${SIZE_OF[measure].column} DESC, kind = 2 DESC, name LIMIT ? OFFSET ?`,
    )
    .safeIntegers()
    .all(id, id, limit, offset)
    .map((row) => toFileRow(row, source.keptAtMs));
  const [, ...kept] = viewed.sources;
  const shown = rows.map((row): FileRow => {
    if (row.kind !== 'directory' || row.state === 'scanned' || kept.length === 0) return row;
    const standIn = views.standIn(kept, joinPath(path, row.name));
    if (standIn === null) return row;
    const old = db
      .prepare<[number], DbRow>(
        `SELECT ${DIR_COLUMNS} FROM dirs d LEFT JOIN temp.above a ON a.dir = d.id WHERE d.id = ?`,
      )
      .safeIntegers()
      .get(standIn.id);
    return old === undefined ? row : { ...toFileRow(old, standIn.source.keptAtMs), state: row.state };
  });
  const sizes = toFileRow(own, null);
  return {
    facts: viewed.facts,
    path,
    files: sizes.files ?? 0,
    apparentBytes: sizes.apparentBytes,
    allocatedBytes: sizes.allocatedBytes,
    chargedBytes: sizes.chargedBytes,
    state: stateOf(own.state),
    keptAtMs: source.keptAtMs,
    total: total ?? 0,
    offset,
    rows: shown,
  };
}
