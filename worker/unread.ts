import { Buffer } from 'node:buffer';
import type { DatabaseSync } from 'node:sqlite';
import { DIR_STATE } from '../shared/shard-schema.ts';
import type { Task } from './messages.ts';
import { joinFs, type FsPath } from './paths.ts';
import type { SetAside } from './set-aside.ts';

interface Row {
  readonly id: bigint;
  readonly parent: bigint | null;
  readonly name: string | Uint8Array | null;
  readonly dev: bigint | null;
  readonly ino: bigint | null;
  readonly size: bigint | null;
}

/**
 * Directories that the shard knows as pending and that are this job's to read: while no walker holds any, those that stuck ones took with
 * them. What comes in parts is not among them: some of its parts are in the shard already.
 */
export function unreadTasks(db: DatabaseSync, roots: readonly Task[], setAside: SetAside | null): Task[] {
  const columns = 'id, parent, name, dev, ino, size';
  const pending = db.prepare(`SELECT ${columns} FROM dirs WHERE state = ${DIR_STATE.pending} ORDER BY id`);
  const scanned = db.prepare(`SELECT ${columns} FROM dirs WHERE id = ? AND state = ${DIR_STATE.scanned}`);
  pending.setReadBigInts(true);
  scanned.setReadBigInts(true);
  const paths = new Map<bigint, FsPath | null>();
  /** null: not scanned, or below something that isn't, or its subdirectories are planned elsewhere. */
  const pathOf = (id: bigint): FsPath | null => {
    const known = paths.get(id);
    if (known !== undefined) return known;
    const row = scanned.get(id) as Row | undefined;
    const root = roots[Number(id) - 1];
    let path: FsPath | null = null;
    if (row !== undefined && root !== undefined) path = root.own ? null : fsPath(root.path);
    else if (row !== undefined && row.parent !== null) {
      const parent = pathOf(row.parent);
      path = parent === null ? null : joinFs(parent, fsPath(row.name ?? ''));
    }
    paths.set(id, path);
    return path;
  };
  const tasks: Task[] = [];
  for (const row of pending.iterate() as Iterable<Row>) {
    const root = roots[Number(row.id) - 1];
    if (root !== undefined) tasks.push(root);
    if (root !== undefined || row.parent === null || row.dev === null) continue;
    const parent = pathOf(row.parent);
    const name = fsPath(row.name ?? '');
    if (parent === null || setAside?.has(parent, name) === true) continue;
    tasks.push({
      id: Number(row.id),
      path: joinFs(parent, name),
      dev: row.dev,
      ino: Number(row.ino ?? 0n),
      size: Number(row.size ?? 0n),
      root: 0,
      own: false,
    });
  }
  return tasks;
}

function fsPath(name: string | Uint8Array): FsPath {
  return typeof name === 'string' ? name : Buffer.from(name);
}
