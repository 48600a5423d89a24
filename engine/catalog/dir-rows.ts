import { DIR_STATE } from '../../shared/shard-schema.ts';
import type { ShardDir, ShardTree } from './shard-dirs.ts';

/** What the attempt made of a directory: checked and added up here. */
const ACCOUNT = `state, reason, syscall, returned, files, subdirs, excluded, failed, vanished, own_size, own_alloc, own_charged, all_files,
  all_dirs, all_size, all_alloc, all_charged`;
/** What lstat said of it: goes from file to file inside SQLite. Whole, with 64 bits, and without an object a value. */
const STATS = ['size', 'alloc', 'mtime', 'ctime', 'dev', 'ino', 'nlink', 'mode', 'uid', 'gid'];
const FROM_SHARD = STATS.map((column) => `s.${column}`).join(', ');
const MARKS = ACCOUNT.split(',').map(() => '?');
/** Id, scan, parent, name, depth, path, its text, then `dirValues`, then the shard's id. */
export const INSERT_DIR = `INSERT INTO dirs(id, scan, parent, name, depth, path, path_text, met, ${ACCOUNT}, ${STATS.join(', ')})
  SELECT ?, ?, ?, ?, ?, ?, ?, 1, ${MARKS.join(', ')}, ${FROM_SHARD} FROM shard.dirs s WHERE s.id = ?`;
/** `dirValues`, the shard's id, the catalog's. */
export const UPDATE_DIR = `UPDATE dirs SET (${ACCOUNT}) = (${MARKS.join(', ')}), (${STATS.join(', ')}) = (SELECT ${FROM_SHARD} FROM shard.dirs s WHERE s.id = ?),
  met = CASE WHEN parent IS NULL THEN 1 ELSE met END WHERE id = ?`;

/** What INSERT_DIR and UPDATE_DIR take of a directory that was read. */
export function dirValues(dir: ShardDir, tree: ShardTree): (number | string | null)[] {
  const all = tree.sums.get(dir.id);
  // What was being read when the attempt ended is read again.
  const state = dir.state === DIR_STATE.reading ? DIR_STATE.pending : dir.state;
  const scanned = state === DIR_STATE.scanned;
  const count = (value: number | null): number => (scanned ? (value ?? 0) : 0);
  return [
    state,
    dir.reason,
    dir.syscall,
    count(dir.returned),
    count(dir.files),
    count(dir.subdirs),
    count(dir.excluded),
    count(dir.failed),
    count(dir.vanished),
    scanned ? (dir.own_size ?? 0) : 0,
    count(dir.own_alloc),
    count(dir.own_charged),
    all?.files ?? 0,
    all?.dirs ?? 0,
    all?.size ?? 0,
    all?.alloc ?? 0,
    all?.charged ?? 0,
  ];
}
