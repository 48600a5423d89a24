import type { Database } from 'better-sqlite3';
import { joinPath } from '../../shared/names.ts';
import { DIR_STATE } from '../../shared/shard-schema.ts';
import { divide, type SizedDirectory } from '../plan/divide.ts';
import type { ChunkLimits, PlanItem } from '../plan/types.ts';
import { fromDb, type DbName } from './paths.ts';

interface Row {
  id: number;
  name: DbName | null;
  state: number;
  entries: number;
  bytes: number;
  own_entries: number;
  own_bytes: number;
  subdirs: number;
}

const COLUMNS = `id, name, state, all_files + all_dirs AS entries, all_alloc AS bytes,
  1 + returned - subdirs AS own_entries, own_alloc AS own_bytes, subdirs`;

/** The plan of a rescan: the published tree, divided where it is over the limits. What is new since is met by the `own` items. */
export function publishedItems(db: Database, mount: number, limits: ChunkLimits): PlanItem[] {
  const root = db
    .prepare<[number], Row>(
      `SELECT ${COLUMNS} FROM dirs WHERE id = (SELECT s.root FROM mounts m JOIN scans s ON s.num = m.published_scan WHERE m.id = ?)`,
    )
    .get(mount);
  if (root === undefined) return [{ path: '', mode: 'subtree', entries: null, bytes: null }];
  const children = db.prepare<[number], Row>(
    `SELECT ${COLUMNS} FROM dirs WHERE parent = ? AND state NOT IN (${DIR_STATE.excluded}, ${DIR_STATE.vanished})`,
  );
  const sized = (row: Row, path: SizedDirectory<number>['path']): SizedDirectory<number> => ({
    id: row.id,
    path,
    entries: Math.max(1, row.entries),
    bytes: row.bytes,
    ownEntries: row.own_entries,
    ownBytes: row.own_bytes,
    hasSubdirectories: row.subdirs > 0,
  });
  return [
    ...divide<number>(
      {
        root: sized(root, ''),
        children: (directory) =>
          children.all(directory.id).map((row) => sized(row, joinPath(directory.path, fromDb(row.name ?? '')))),
      },
      limits,
    ),
  ];
}
