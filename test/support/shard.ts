import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { nameFromBytes } from '../../shared/names.ts';
import { DIR_STATE } from '../../shared/shard-schema.ts';
import { SPOOL_FILES, type JobRoot } from '../../shared/worker-protocol.ts';

/** What an attempt left, read without any of the product's queries. Paths are latin1 text of their bytes. */
export interface ShardContent {
  /** Everything of scanned directories: entries and subdirectories, each path as often as it stands there. */
  readonly paths: readonly string[];
  /** What was met and not finished. */
  readonly remainder: readonly JobRoot[];
  /** Directories whose account doesn't add up, roots that are missing: none, always. */
  readonly wrong: readonly string[];
}

interface DirRow {
  readonly id: number;
  readonly parent: number | null;
  readonly name: string | Buffer | null;
  readonly state: number;
  readonly returned: number;
  readonly sum: number;
}

/** Opening it rolls back what the worker had not committed. `roots`: those of the job. */
export function readShard(spool: string, roots: readonly JobRoot[]): ShardContent {
  const db = new Sqlite(join(spool, SPOOL_FILES.shard));
  try {
    const wrong: string[] = db.pragma('integrity_check', { simple: true }) === 'ok' ? [] : ['integrity_check'];
    const isMissing = new Set(roots.keys());
    const known = new Map<number, { readonly path: string; readonly scanned: boolean; readonly own: boolean }>();
    const paths: string[] = [];
    const remainder: JobRoot[] = [];
    const dirs = db.prepare<[], DirRow>(
      'SELECT id, parent, name, state, returned, files + subdirs + excluded + failed + vanished AS sum FROM dirs ORDER BY id',
    );
    for (const dir of dirs.iterate()) {
      const root = dir.parent === null ? roots[dir.id - 1] : undefined;
      const parent = dir.parent === null ? undefined : known.get(dir.parent);
      // Walkers run ahead of the writer: below what is not scanned nothing counts.
      if (root === undefined && parent?.scanned !== true) continue;
      if (root !== undefined) isMissing.delete(dir.id - 1);
      const path = root === undefined ? below(parent?.path ?? '', dir.name ?? '') : latin1(root.path);
      const scanned = dir.state === DIR_STATE.scanned;
      known.set(dir.id, { path, scanned, own: root?.mode === 'own' });
      if (root === undefined) paths.push(path);
      if (scanned && dir.returned !== dir.sum) wrong.push(path);
      const isOpen = dir.state === DIR_STATE.pending || dir.state === DIR_STATE.reading;
      if (isOpen && parent?.own !== true)
        remainder.push({ path: nameFromBytes(Buffer.from(path, 'latin1')), mode: root?.mode ?? 'subtree' });
    }
    const entries = db.prepare<[], { dir: number; name: string | Buffer }>(
      'SELECT r.dir, e.name FROM runs r JOIN entries e ON e.id BETWEEN r.first AND r.last',
    );
    for (const { dir, name } of entries.iterate()) {
      const owner = known.get(dir);
      if (owner?.scanned === true) paths.push(below(owner.path, name));
    }
    // All of them stand there from the start: one without a row would be lost.
    wrong.push(...[...isMissing].map((index) => `root ${index + 1} has no row`));
    return { paths, remainder, wrong };
  } finally {
    db.close();
  }
}

function below(parent: string, name: string | Buffer): string {
  const text = (typeof name === 'string' ? Buffer.from(name) : name).toString('latin1');
  return parent === '' ? text : `${parent}/${text}`;
}

function latin1(path: JobRoot['path']): string {
  return (typeof path === 'string' ? Buffer.from(path) : Buffer.from(path.b64, 'base64')).toString('latin1');
}
