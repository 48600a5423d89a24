import type { Database } from 'better-sqlite3';
import { DIR_STATE } from '../../shared/shard-schema.ts';
import { addSizes, type Size } from './sizes.ts';
import { damaged } from './shard.ts';
import type { DbName } from './paths.ts';

/** One directory of a shard, without what lstat said of it. 64-bit columns come as numbers where exact, else as decimal text (SQLite makes integers of them again). */
export interface ShardDir {
  id: number;
  parent: number | null;
  name: DbName | null;
  state: number;
  reason: string | null;
  syscall: string | null;
  returned: number | null;
  files: number | null;
  subdirs: number | null;
  excluded: number | null;
  failed: number | null;
  vanished: number | null;
  own_size: Size | null;
  own_alloc: number | null;
  own_charged: number | null;
}

export interface Sums {
  files: number;
  dirs: number;
  size: Size;
  alloc: number;
  charged: number;
}

export interface ShardTree {
  /** Rows that count, parents before children. */
  readonly dirs: ShardDir[];
  /** Recursive sums within this shard, by id. */
  readonly sums: Map<number, Sums>;
  /** Scanned rows that don't count, because something above them wasn't finished. */
  readonly dropped: number;
  readonly files: number;
  readonly scanned: number;
}

const exact = (column: string): string =>
  `CASE WHEN ${column} BETWEEN -9007199254740991 AND 9007199254740991 OR ${column} IS NULL THEN ${column} ELSE CAST(${column} AS TEXT) END AS ${column}`;

/** Reads the directories of the attached shard, checks each one's account, and adds up. Throws SHARD_DAMAGED / SHARD_DISAGREES. */
export function readShardDirs(db: Database, rootCount: number): ShardTree {
  const select = db.prepare<[], ShardDir>(
    `SELECT id, parent, name, state, reason, syscall, returned, files, subdirs, excluded, failed, vanished, ${exact('own_size')},
      own_alloc, own_charged
     FROM shard.dirs ORDER BY id`,
  );
  const dirs: ShardDir[] = [];
  const scanned = new Set<number>();
  const sums = new Map<number, Sums>();
  let roots = 0;
  let dropped = 0;
  let files = 0;
  for (const dir of select.iterate()) {
    if (!Number.isInteger(dir.state) || dir.state < DIR_STATE.pending || dir.state > DIR_STATE.vanished)
      throw damaged(`directory ${dir.id} has state ${dir.state}`);
    const isRoot = dir.id <= rootCount;
    if (isRoot) roots += 1;
    if (!isRoot && (dir.parent === null || dir.parent >= dir.id || !scanned.has(dir.parent))) {
      if (dir.state === DIR_STATE.scanned) dropped += 1;
      continue;
    }
    if (!isRoot && !isName(dir.name)) throw damaged(`directory ${dir.id} has no name that a directory can have`);
    dirs.push(dir);
    if (dir.state !== DIR_STATE.scanned) continue;
    checkAccount(dir);
    scanned.add(dir.id);
    files += dir.files ?? 0;
    sums.set(dir.id, {
      files: dir.files ?? 0,
      dirs: 1,
      size: dir.own_size ?? 0,
      alloc: dir.own_alloc ?? 0,
      charged: dir.own_charged ?? 0,
    });
  }
  // A root without a row would be neither merged nor left to a child chunk.
  if (roots !== rootCount) throw damaged(`it has ${roots} of ${rootCount} roots`);
  for (let index = dirs.length - 1; index >= 0; index -= 1) {
    const dir = dirs[index];
    if (dir === undefined || dir.parent === null || dir.id <= rootCount) continue;
    const own = sums.get(dir.id);
    const above = sums.get(dir.parent);
    if (own !== undefined && above !== undefined) addSums(above, own);
  }
  return { dirs, sums, dropped, files, scanned: scanned.size };
}

export function addSums(into: Sums, more: Sums): void {
  into.files += more.files;
  into.dirs += more.dirs;
  into.size = addSizes(into.size, more.size);
  into.alloc += more.alloc;
  into.charged += more.charged;
}

/** A name goes into paths that later workers are sent to: it must not lead anywhere else. */
function isName(name: DbName | null): boolean {
  if (typeof name !== 'string' && !Buffer.isBuffer(name)) return false;
  const text = typeof name === 'string' ? name : name.toString('latin1');
  return text !== '' && text !== '.' && text !== '..' && !text.includes('/') && !text.includes('\0');
}

function checkAccount(dir: ShardDir): void {
  for (const sum of [dir.returned, dir.files, dir.subdirs, dir.excluded, dir.failed, dir.vanished, dir.own_alloc]) {
    if (!Number.isSafeInteger(sum)) throw damaged(`directory ${dir.id} has a count that is no number`);
  }
  const sum = (dir.files ?? 0) + (dir.subdirs ?? 0) + (dir.excluded ?? 0) + (dir.failed ?? 0) + (dir.vanished ?? 0);
  if (sum !== dir.returned) {
    throw damaged(`directory ${dir.id} returned ${String(dir.returned)} entries, but ${sum} are accounted for`);
  }
}
