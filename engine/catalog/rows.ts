import type { FileRow, Measure, RowState } from '../../shared/files.ts';
import { DIR_STATE, ENTRY_KIND } from '../../shared/shard-schema.ts';
import { fromDb, type DbName } from './paths.ts';

/** Columns of a directory `d` with what `temp.above` (`a`) adds to it, and of an entry `e`: the same names for both. */
export const DIR_COLUMNS = `d.name AS name, ${ENTRY_KIND.directory} AS kind, d.state AS state, d.mtime AS mtime, d.all_files + coalesce(a.files, 0) AS files,
  d.all_size + coalesce(a.size, 0) AS size, d.all_alloc + coalesce(a.alloc, 0) AS alloc, d.all_charged + coalesce(a.charged, 0) AS charged`;
const CHARGED = 'CASE WHEN e.nlink > 1 THEN coalesce(e.charged, 0) ELSE coalesce(e.alloc, 0) END';
export const ENTRY_COLUMNS = `e.name AS name, e.kind AS kind, ${DIR_STATE.scanned} AS state, e.mtime AS mtime, NULL AS files,
  coalesce(e.size, 0) AS size, coalesce(e.alloc, 0) AS alloc, ${CHARGED} AS charged`;

/** What a row is ordered by. */
export const SIZE_OF: Readonly<
  Record<Measure, { readonly dir: string; readonly entry: string; readonly column: string }>
> = {
  allocatedBytes: { dir: 'd.all_alloc + coalesce(a.alloc, 0)', entry: 'coalesce(e.alloc, 0)', column: 'alloc' },
  apparentBytes: { dir: 'd.all_size + coalesce(a.size, 0)', entry: 'coalesce(e.size, 0)', column: 'size' },
  chargedBytes: { dir: 'd.all_charged + coalesce(a.charged, 0)', entry: CHARGED, column: 'charged' },
};

/** As SQLite gives it with safe integers. A sum that left 64 bits is a float. */
export interface DbRow {
  name: DbName | null;
  kind: bigint;
  state: bigint;
  mtime: bigint | null;
  files: bigint | null;
  size: bigint | number;
  alloc: bigint | number;
  charged: bigint | number;
}

const STATES: Readonly<Record<number, RowState>> = {
  [DIR_STATE.pending]: 'waiting',
  [DIR_STATE.reading]: 'waiting',
  [DIR_STATE.scanned]: 'scanned',
  [DIR_STATE.failed]: 'failed',
  [DIR_STATE.excluded]: 'excluded',
  [DIR_STATE.vanished]: 'vanished',
};
const KINDS: Readonly<Record<number, FileRow['kind']>> = {
  [ENTRY_KIND.file]: 'file',
  [ENTRY_KIND.directory]: 'directory',
  [ENTRY_KIND.symlink]: 'link',
};

export function stateOf(state: bigint): RowState {
  return STATES[Number(state)] ?? 'scanned';
}

export function toFileRow(row: DbRow, keptAtMs: number | null): FileRow {
  return {
    kind: KINDS[Number(row.kind)] ?? 'other',
    name: fromDb(row.name ?? ''),
    files: row.files === null ? null : Number(row.files),
    mtimeMs: row.mtime === null ? null : Number(row.mtime),
    state: stateOf(row.state),
    keptAtMs,
    apparentBytes: BigInt(row.size),
    allocatedBytes: BigInt(row.alloc),
    chargedBytes: BigInt(row.charged),
  };
}
