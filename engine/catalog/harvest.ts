import type { Database } from 'better-sqlite3';
import { isDiskFull } from '../../shared/disk-full.ts';
import { SmartScannerError, type ErrorCode } from '../../shared/errors.ts';
import { joinPath, nameKey, type RelativePath } from '../../shared/names.ts';
import { isUnwritable } from '../../shared/unwritable.ts';
import { DIR_STATE } from '../../shared/shard-schema.ts';
import type { RootMode } from '../../shared/worker-protocol.ts';
import { packRemainder } from '../plan/remainder.ts';
import type { PlanItem, PlannedChunk } from '../plan/types.ts';
import type { HarvestReply, HarvestRequest } from './api.ts';
import { nextChunkState } from './chunk-state.ts';
import type { Chunks } from './chunks.ts';
import { dirValues, INSERT_DIR, UPDATE_DIR } from './dir-rows.ts';
import { mergeEntries, mergeTotals } from './merge-entries.ts';
import { fromDb, storedPath, type DbName, type DirPaths } from './paths.ts';
import { putBelow, takeOut, type TakenOut } from './read-again.ts';
import { checkShard, damaged, mergeDiskFull } from './shard.ts';
import type { Quarantine } from './quarantine.ts';
import { readShardDirs, type ShardTree } from './shard-dirs.ts';
import { FATES, judgeAll, setAside, type Suspect } from './suspected.ts';
import { isBlameful, type Verdict } from './suspects.ts';

/** Failed directories that a reply names. */
const MAX_FAILURES = 20;

/** The chunk as it was tried. */
interface Tried {
  readonly scan: number;
  readonly scanId: string;
  readonly mount: number;
  readonly root: number;
  readonly failures: number;
  readonly alone: number;
  readonly strikes: number;
  readonly last: number;
}

interface Root {
  readonly dir: number;
  readonly mode: RootMode;
}

/**
 * Takes a shard into the catalog, in one transaction that also ends the chunk for exactly this attempt: merged once or not at all. What
 * the attempt left becomes child chunks in the same transaction.
 */
export class Harvester {
  readonly #db: Database;
  readonly #chunks: Chunks;
  readonly #paths: DirPaths;
  readonly #quarantine: Quarantine;

  constructor(db: Database, chunks: Chunks, paths: DirPaths, quarantine: Quarantine) {
    this.#quarantine = quarantine;
    this.#db = db;
    this.#chunks = chunks;
    this.#paths = paths;
  }

  harvest(request: HarvestRequest): HarvestReply {
    const began = performance.now();
    const shard = checkShard(request);
    try {
      this.#db.prepare('ATTACH ? AS shard').run(shard);
      try {
        this.#db.pragma('shard.cell_size_check = ON');
        const reply = this.#db.transaction(() => this.#merge(request)).immediate();
        return { ...reply, durationMs: performance.now() - began };
      } finally {
        this.#db.exec('DETACH shard');
      }
    } catch (error) {
      throw mergeError(error);
    }
  }

  #merge(request: HarvestRequest): Omit<HarvestReply, 'durationMs'> {
    const { attemptId, chunkId, end } = request;
    const chunk = this.#db
      .prepare<[number], Tried>(
        `SELECT c.scan, s.id AS scanId, s.mount, s.root, c.failures, c.alone, c.strikes, c.last FROM chunks c JOIN scans s ON s.num = c.scan
         WHERE c.id = ?`,
      )
      .get(chunkId);
    if (chunk === undefined) throw new SmartScannerError('INTERNAL', `There is no chunk ${chunkId}.`);
    const roots = this.#chunks.roots(chunkId);
    const tree = readShardDirs(this.#db, roots.length);
    this.#chunks.endAttempt(attemptId, end);
    const open = tree.dirs.filter((dir) => dir.state === DIR_STATE.pending || dir.state === DIR_STATE.reading);
    const verdicts = judgeAll(tree, chunk, roots.length, end);
    const progressed = tree.dirs.length > open.length || verdicts.size > 0;
    if (!progressed && end.outcome !== 'stopped' && end.outcome !== 'spool') {
      const counted = { ...end, reason: end.reason ?? 'The attempt finished no directory.' };
      return {
        chunk: this.#chunks.fail(attemptId, chunkId, counted, request.maxRetries),
        children: [],
        merged: NOTHING,
        failures: [],
        suspects: [],
      };
    }
    const ended = this.#db
      .prepare(`UPDATE chunks SET state = ?, reason = ? WHERE id = ? AND attempt = ? AND state = 'running'`)
      .run(nextChunkState('running', { type: 'harvested' }), end.reason, chunkId, attemptId);
    if (ended.changes !== 1)
      throw new SmartScannerError(
        'MERGE_FAILED',
        `Chunk ${chunkId} was merged already, or belongs to another attempt.`,
      );
    const base = this.#db.prepare('SELECT coalesce(max(id), 0) FROM dirs').pluck().get() as number;
    const placed = this.#placeDirs(chunk.scan, base, roots, tree, verdicts);
    const map = (id: number): number => placed.ids.get(id) ?? base + id;
    const rows = mergeEntries(this.#db, map, tree);
    checkTotals(request.totals, tree);
    mergeTotals(this.#db, chunk.scan, tree, map);
    // What was there before of a directory that was read again is no gain.
    const gained = {
      files: tree.files - placed.replaced.files,
      directories: tree.scanned - placed.replaced.dirs,
      entries: rows.entries - placed.replaced.entries,
      bytes: rows.bytes - placed.replaced.bytes,
    };
    this.#db
      .prepare('UPDATE chunks SET merged_files = ?, merged_entries = ?, merged_bytes = ? WHERE id = ?')
      .run(gained.files, gained.entries, gained.bytes, chunkId);
    setAside(this.#quarantine, chunk, placed.suspects, end);
    if (chunk.last === 1) this.#release(chunk.mount, roots);
    const children = [
      ...this.#remainder(request, chunk, progressed ? 0 : chunk.failures, placed),
      ...this.#again(chunk, chunkId, placed.suspects),
    ];
    return {
      chunk: this.#chunks.get(chunkId),
      children,
      merged: {
        files: gained.files,
        directories: gained.directories,
        failedDirectories: placed.failures.length,
        failedEntries: tree.dirs.reduce(
          (sum, dir) => sum + (dir.state === DIR_STATE.scanned ? (dir.failed ?? 0) : 0),
          0,
        ),
        vanished: tree.dirs.reduce((sum, dir) => sum + (dir.vanished ?? 0), 0),
        bytes: gained.bytes,
      },
      failures: placed.failures.slice(0, MAX_FAILURES),
      suspects: placed.suspects.map(({ path, syscall, strikes, fate }) => ({ path, syscall, strikes, fate })),
    };
  }

  /** What was set aside before and could be read now is as any other directory again. */
  #release(mount: number, roots: readonly Root[]): void {
    const state = this.#db.prepare<[number], number>('SELECT state FROM dirs WHERE id = ?').pluck();
    for (const { dir } of roots)
      if (state.get(dir) === DIR_STATE.scanned) this.#quarantine.remove(mount, this.#paths.pathOf(dir));
  }

  /** Each suspect gets a worker of its own. */
  #again(chunk: Tried, chunkId: number, suspects: readonly Suspect[]): HarvestReply['children'] {
    return suspects
      .filter(({ fate }) => fate === 'tried-alone')
      .flatMap(({ path, mode, strikes }) =>
        this.#chunks.add(chunk.scan, chunk.root, [planOf({ path, mode, entries: null, bytes: null })], chunkId, {
          alone: true,
          strikes,
          last: chunk.last === 1,
        }),
      );
  }

  /** Writes directory rows; gives the catalog ids of those that had one already, the remainder and the failures. */
  #placeDirs(
    scan: number,
    base: number,
    roots: readonly Root[],
    tree: ShardTree,
    verdicts: ReadonlyMap<number, Verdict>,
  ): Placed {
    const insert = this.#db.prepare(INSERT_DIR);
    const update = this.#db.prepare(UPDATE_DIR);
    const depthOf = this.#db.prepare<[number], { depth: number; state: number }>(
      'SELECT depth, state FROM dirs WHERE id = ?',
    );
    const ids = new Map<number, number>();
    const paths = new Map<number, { path: RelativePath; depth: number }>();
    const remainder: PlanItem[] = [];
    const failures: HarvestReply['failures'][number][] = [];
    const suspects: Suspect[] = [];
    const met = this.#db.prepare('UPDATE dirs SET met = 1 WHERE id = ?');
    const replaced = { files: 0, dirs: 0, entries: 0, bytes: 0 };
    let last = 0;
    for (const read of tree.dirs) {
      const verdict = verdicts.get(read.id);
      const dir = verdict === undefined ? read : { ...read, ...FATES[verdict.fate], syscall: verdict.syscall };
      const root = dir.id <= roots.length ? roots[dir.id - 1] : undefined;
      let path: RelativePath;
      let depth: number;
      let mode: RootMode = 'subtree';
      if (root !== undefined) {
        path = this.#paths.pathOf(root.dir);
        depth = depthOf.get(root.dir)?.depth ?? 0;
        mode = root.mode;
        ids.set(dir.id, root.dir);
        const before = depthOf.get(root.dir)?.state === DIR_STATE.scanned;
        // Read again for entries that could not be looked at. Where that came to nothing, what is known of it stays.
        if (!before) update.run(...dirValues(dir, tree), dir.id, root.dir);
        else if (dir.state === DIR_STATE.scanned) {
          const out = takeOut(this.#db, scan, root.dir);
          update.run(...dirValues(dir, tree), dir.id, root.dir);
          putBelow(this.#db, root.dir, out);
          add(replaced, out);
        }
      } else {
        const above = paths.get(dir.parent ?? 0);
        if (above === undefined || dir.name === null) throw damaged(`directory ${dir.id} has no parent`);
        path = joinPath(above.path, fromDb(dir.name));
        depth = above.depth + 1;
        const parentRoot = (dir.parent ?? 0) <= roots.length ? roots[(dir.parent ?? 0) - 1] : undefined;
        const parent = ids.get(dir.parent ?? 0) ?? base + (dir.parent ?? 0);
        const planned = parentRoot?.mode === 'own' ? this.#paths.child(parent, dir.name) : undefined;
        if (planned !== undefined) {
          // Planned elsewhere: its own chunk says what became of it; here it was only met.
          met.run(planned);
          ids.set(dir.id, planned);
          continue;
        }
        const stored = storedPath(path);
        insert.run(
          base + dir.id,
          scan,
          parent,
          dir.name,
          depth,
          stored.path,
          stored.text,
          ...dirValues(dir, tree),
          dir.id,
        );
        last = base + dir.id;
      }
      // Most directories are leaves: nobody will ask for their paths again.
      if (dir.state !== DIR_STATE.scanned || (dir.subdirs ?? 0) + (dir.excluded ?? 0) > 0)
        paths.set(dir.id, { path, depth });
      if (verdict !== undefined) suspects.push({ path, mode, ...verdict });
      else if (dir.state === DIR_STATE.pending || dir.state === DIR_STATE.reading)
        remainder.push({ path, mode, entries: null, bytes: null });
      if (dir.state === DIR_STATE.failed) failures.push({ path, syscall: dir.syscall, code: dir.reason ?? 'UNKNOWN' });
    }
    this.#chunks.addRange(scan, base + 1, last);
    this.#sideTables(tree, ids, base);
    return { ids, remainder, failures, suspects, replaced };
  }

  /** Escaped names and entries that could not be looked at, of the directories that count. */
  #sideTables(tree: ShardTree, ids: ReadonlyMap<number, number>, base: number): void {
    const counted = new Set(tree.sums.keys());
    const insertName = this.#db.prepare<[number, DbName, string]>('INSERT OR REPLACE INTO byte_names VALUES (?, ?, ?)');
    const insertProblem = this.#db.prepare<[number, DbName, string, string]>(
      'INSERT OR REPLACE INTO problems VALUES (?, ?, ?, ?)',
    );
    const names = this.#db
      .prepare<[], { dir: number; name: Buffer; text: string }>('SELECT dir, name, text FROM shard.byte_names')
      .all();
    for (const { dir, name, text } of names)
      if (counted.has(dir)) insertName.run(ids.get(dir) ?? base + dir, name, text);
    const problems = this.#db
      .prepare<[], { dir: number; name: DbName; syscall: string; code: string }>(
        'SELECT dir, name, syscall, code FROM shard.problems',
      )
      .iterate();
    // The connection is busy while iterating: collect first.
    for (const { dir, name, syscall, code } of [...problems]) {
      if (counted.has(dir)) insertProblem.run(ids.get(dir) ?? base + dir, name, syscall, code);
    }
  }

  #remainder(
    request: HarvestRequest,
    chunk: Tried,
    failures: number,
    { remainder, suspects }: Placed,
  ): HarvestReply['children'] {
    if (remainder.length === 0) return [];
    const { chunkId, end, limits } = request;
    const known = this.#quarantine.keys(chunk.mount);
    const apart = remainder.filter((item) => known.has(nameKey(item.path)));
    const rest = apart.length === 0 ? remainder : remainder.filter((item) => !known.has(nameKey(item.path)));
    // A whole attempt leaves only what is new since its plan: a few directories, not worth a worker each. Budgets bound them all the same.
    const parts = end.outcome === 'finished' ? 1 : request.remainderParts;
    // Nobody knows what ended the worker: the next ones go with care, until one tells.
    const alone = isBlameful(end) && end.outcome === 'crashed' && suspects.length === 0 && chunk.alone === 0;
    const care = { alone, strikes: 0, last: false };
    const children = [
      ...this.#chunks.add(chunk.scan, chunk.root, packRemainder(rest, limits, parts), chunkId, care),
      ...this.#chunks.add(chunk.scan, chunk.root, apart.map(planOf), chunkId, { alone: true, strikes: 0, last: true }),
    ];
    if (failures === 0) return children;
    this.#db.prepare('UPDATE chunks SET failures = ? WHERE parent = ?').run(failures, chunkId);
    return children.map((child) => this.#chunks.get(child.id));
  }
}

interface Placed {
  /** Catalog ids of directories that had a row already. */
  readonly ids: Map<number, number>;
  readonly remainder: PlanItem[];
  readonly failures: HarvestReply['failures'];
  readonly suspects: Suspect[];
  /** What the catalog had before of directories that were read again. */
  readonly replaced: Replaced;
}

interface Replaced {
  files: number;
  dirs: number;
  entries: number;
  bytes: number;
}

function add(replaced: Replaced, { files, entries, bytes }: TakenOut): void {
  replaced.files += files;
  replaced.dirs += 1;
  replaced.entries += entries;
  replaced.bytes += bytes;
}

function planOf(item: PlanItem): PlannedChunk {
  return { items: [item], entries: item.entries, bytes: item.bytes, oversized: false };
}

/** What the worker says it counted is what was merged. Where directories were dropped it can't be: they are read again. */
function checkTotals(totals: HarvestRequest['totals'], tree: ShardTree): void {
  if (totals === null || tree.dropped > 0) return;
  if (totals.files === tree.files && totals.dirsScanned === tree.scanned) return;
  throw new SmartScannerError(
    'SHARD_DISAGREES',
    `The worker tells of ${totals.files} files in ${totals.dirsScanned} directories, but ${tree.files} in ${tree.scanned} were merged.`,
  );
}

const NOTHING = { files: 0, directories: 0, failedDirectories: 0, failedEntries: 0, vanished: 0, bytes: 0 } as const;

function mergeError(error: unknown): SmartScannerError {
  if (error instanceof SmartScannerError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  const wrap = (ours: ErrorCode, text: string): SmartScannerError =>
    new SmartScannerError(ours, text, { evidence: { sqlite: code }, cause: error });
  if (isDiskFull(error)) return mergeDiskFull(error);
  // The shard was looked over before: what can't be written is the catalog.
  if (isUnwritable(error)) return wrap('CATALOG_UNWRITABLE', `The catalog can't be written: ${message}.`);
  if (
    code.startsWith('SQLITE_CORRUPT') ||
    code.startsWith('SQLITE_CONSTRAINT') ||
    code === 'SQLITE_NOTADB' ||
    code === 'SQLITE_MISMATCH'
  ) {
    return wrap('SHARD_DAMAGED', `The shard can't be merged: ${message}.`);
  }
  return wrap('MERGE_FAILED', `The shard could not be merged: ${message}.`);
}
