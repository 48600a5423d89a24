/**
 * The shard: the SQLite file that one attempt writes and the catalog process merges. One writer ever; nobody opens it
 * before its attempt has ended. docs/worker-protocol.md describes each column.
 */
export const SHARD_VERSION = 1;
/** "SmSh" */
export const SHARD_APPLICATION_ID = 0x536d5368;

export const DIR_STATE = { pending: 0, reading: 1, scanned: 2, failed: 3, excluded: 4, vanished: 5 } as const;

export const ENTRY_KIND = {
  file: 1,
  directory: 2,
  symlink: 3,
  fifo: 4,
  socket: 5,
  blockDevice: 6,
  characterDevice: 7,
  unknown: 8,
} as const;

/** `dirs.reason` of excluded directories: `rule:<the gitignore line>` or this. */
export const EXCLUDED_OTHER_FILESYSTEM = 'other-filesystem';
/** `dirs.reason` of a directory whose system call never came back. */
export const FAILED_STALLED = 'STALLED';

/**
 * - `dirs.id`: 1..R are the job's roots in the job's order (parent NULL, name NULL); others are numbered as they are
 *   discovered, so a parent's id is below its children's. A row counts only where its parent's does and
 *   is scanned (walkers may run ahead of the writer); a row without parent that is no root counts never. Stat columns of a directory that could not be stat'ed are NULL.
 * - `returned` = files + subdirs + excluded + failed + vanished, all counted by the reading loop of this directory.
 *   `files` counts every non-directory (also links, sockets, ...). An excluded subdirectory counts under `excluded` and
 *   has a row with state excluded; an excluded file has none. A `failed` entry has a row in `problems`; a
 *   subdirectory that can't be read counts under `subdirs` of its parent and is itself a row with state failed.
 * - own_*: sums over this directory's non-directory entries, saturating at 2^63-1. `own_charged` leaves out
 *   entries with nlink > 1: those are charged at close.
 * - `entries`: non-directories, in the order met; dir known through `runs` (one row a batch: rowids first..last).
 *   `size` apparent bytes, `alloc` allocated bytes (st_blocks * 512), times integer ms UTC floored, `dev` NULL where equal
 *   to its directory's, `nlink` etc. as lstat says.
 * - `byte_names`: escaped text of every entry name that is not UTF-8.
 * - `types`: totals by lower-case extension without dot ('' = none; text after the last dot when it is not the
 *   first character and at most 16 characters, else ''), regular files of scanned directories only.
 * - `ages`: the same by week = floor(mtime_ms / 604800000), clamped to [-10000, 100000].
 * Name columns have no affinity (declared BLOB): text stays text also where it looks like a number.
 * A transaction may end anywhere; `types` and `ages` always agree with the directories that are scanned in it.
 */
export const SHARD_DDL = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE dirs(
  id INTEGER PRIMARY KEY, parent INTEGER, name BLOB, state INTEGER NOT NULL, reason TEXT, syscall TEXT,
  size INTEGER, alloc INTEGER, mtime INTEGER, ctime INTEGER, dev INTEGER, ino INTEGER, nlink INTEGER,
  mode INTEGER, uid INTEGER, gid INTEGER,
  returned INTEGER, files INTEGER, subdirs INTEGER, excluded INTEGER, failed INTEGER, vanished INTEGER,
  own_size INTEGER, own_alloc INTEGER, own_charged INTEGER
);
CREATE TABLE entries(
  id INTEGER PRIMARY KEY, name BLOB NOT NULL, kind INTEGER NOT NULL, size INTEGER, alloc INTEGER, mtime INTEGER,
  ctime INTEGER, dev INTEGER, ino INTEGER, nlink INTEGER, mode INTEGER, uid INTEGER, gid INTEGER
);
CREATE TABLE runs(dir INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE problems(dir INTEGER NOT NULL, name BLOB NOT NULL, syscall TEXT NOT NULL, code TEXT NOT NULL);
CREATE TABLE byte_names(dir INTEGER NOT NULL, name BLOB NOT NULL, text TEXT NOT NULL);
CREATE TABLE types(ext TEXT PRIMARY KEY, files INTEGER, size INTEGER, alloc INTEGER) WITHOUT ROWID;
CREATE TABLE ages(week INTEGER PRIMARY KEY, files INTEGER, size INTEGER, alloc INTEGER);
`;

/** Keys of `meta`: attempt, shard_version, totals (JSON ScanTotals, only after an orderly end), reason. */
export const SHARD_META = { attempt: 'attempt', version: 'shard_version', totals: 'totals', reason: 'reason' } as const;
