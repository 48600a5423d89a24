import type { Database } from 'better-sqlite3';
import { SmartScannerError, type ErrorCode } from '../../shared/errors.ts';
import type { JobRoot, RootMode } from '../../shared/worker-protocol.ts';
import type { PlannedChunk } from '../plan/types.ts';
import { nextChunkState } from './chunk-state.ts';
import type { ChunkState } from '../../shared/inventory.ts';
import type { AttemptEnd, ChunkRow, NewAttempt } from './api.ts';
import type { DirPaths } from './paths.ts';
import { isBlameful } from './suspects.ts';
import { fromDb, toDb, type DbName } from './paths.ts';

interface ChunkDbRow {
  id: number;
  scan_id: string;
  state: ChunkState;
  parent: number | null;
  bytes: number | null;
  entries: number | null;
  roots: number;
  label: DbName;
  first_mode: RootMode;
  attempts: number;
  failures: number;
  reason: string | null;
  alone: number;
  strikes: number;
  last: number;
}

/** How a chunk is to be tried: see `ChunkRow`. */
export interface Care {
  readonly alone: boolean;
  readonly strikes: number;
  readonly last: boolean;
}

const NO_CARE: Care = { alone: false, strikes: 0, last: false };

const SELECT = `SELECT c.id, s.id AS scan_id, c.state, c.parent, c.bytes, c.entries, c.roots, c.label, c.first_mode, c.attempts,
  c.failures, c.reason, c.alone, c.strikes, c.last FROM chunks c JOIN scans s ON s.num = c.scan`;

/** After as many attempts also such a one counts: a chunk must not be tried for ever. */
const MAX_BLAMELESS_ATTEMPTS = 10;
/** The reason of directories whose chunk was stopped. */
const STOPPED: ErrorCode = 'CHUNK_STOPPED';

/** Chunks and attempts. Methods that change something expect to run within the caller's transaction, or make one of their own. */
export class Chunks {
  readonly #db: Database;
  readonly #paths: DirPaths;

  constructor(db: Database, paths: DirPaths) {
    this.#db = db;
    this.#paths = paths;
  }

  /** Numbers chunks; roots become pending directory rows. Within a transaction. */
  add(
    scan: number,
    root: number,
    chunks: readonly PlannedChunk[],
    parent: number | null,
    care: Care = NO_CARE,
  ): ChunkRow[] {
    const insert = this.#db.prepare(
      `INSERT INTO chunks(scan, state, parent, bytes, entries, roots, label, first_mode, alone, strikes, last)
       VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const insertRoot = this.#db.prepare('INSERT INTO chunk_roots(chunk, seq, dir, mode) VALUES (?, ?, ?, ?)');
    const cache = new Map<string, number>();
    const before = this.#maxDir();
    const ids = chunks.map((chunk) => {
      const first = chunk.items[0];
      if (first === undefined) throw new SmartScannerError('INTERNAL', 'A chunk without roots.');
      const id = Number(
        insert.run(
          scan,
          parent,
          chunk.bytes,
          chunk.entries,
          chunk.items.length,
          toDb(first.path),
          first.mode,
          care.alone ? 1 : 0,
          care.strikes,
          care.last ? 1 : 0,
        ).lastInsertRowid,
      );
      chunk.items.forEach((item, seq) =>
        insertRoot.run(id, seq + 1, this.#paths.ensure(scan, root, item.path, cache), item.mode),
      );
      return id;
    });
    this.addRange(scan, before + 1, this.#maxDir());
    return ids.map((id) => this.get(id));
  }

  /** Remembers which directory ids belong to a scan, so that deleting it needs no search. */
  addRange(scan: number, first: number, last: number): void {
    if (last >= first) this.#db.prepare('INSERT INTO id_ranges VALUES (?, ?, ?)').run(scan, first, last);
  }

  get(id: number): ChunkRow {
    const row = this.#db.prepare<[number], ChunkDbRow>(`${SELECT} WHERE c.id = ?`).get(id);
    if (row === undefined) throw new SmartScannerError('INTERNAL', `There is no chunk ${id}.`);
    return toChunkRow(row);
  }

  roots(chunk: number): { dir: number; mode: RootMode }[] {
    return this.#db
      .prepare<[number], { dir: number; mode: RootMode }>(
        'SELECT dir, mode FROM chunk_roots WHERE chunk = ? ORDER BY seq',
      )
      .all(chunk);
  }

  startAttempt(attempt: NewAttempt): JobRoot[] {
    return this.#db
      .transaction(() => {
        const chunk = this.get(attempt.chunkId);
        const state = nextChunkState(chunk.state, { type: 'attempt-started' });
        this.#db
          .prepare('UPDATE chunks SET state = ?, attempt = ?, attempts = attempts + 1 WHERE id = ?')
          .run(state, attempt.attemptId, chunk.id);
        this.#db
          .prepare('INSERT INTO attempts(id, chunk, runtime, node, started) VALUES (?, ?, ?, ?, ?)')
          .run(attempt.attemptId, chunk.id, attempt.runtime, attempt.node, attempt.startedAtMs);
        return this.roots(chunk.id).map(({ dir, mode }) => ({ path: this.#paths.pathOf(dir), mode }));
      })
      .immediate();
  }

  attemptStarted(attemptId: string, ref: string): void {
    this.#db.prepare('UPDATE attempts SET ref = ? WHERE id = ?').run(ref, attemptId);
  }

  /** Within a transaction. */
  endAttempt(attemptId: string, end: AttemptEnd): void {
    this.#db
      .prepare('UPDATE attempts SET ended = ?, outcome = ?, exit_code = ?, code = ?, reason = ? WHERE id = ?')
      .run(end.endedAtMs, end.outcome, end.exitCode, end.code, end.reason, attemptId);
  }

  /** The attempt left nothing: the chunk waits for another try or has failed, and with it its roots' directories. */
  attemptFailed(attemptId: string, chunkId: number, end: AttemptEnd, maxRetries: number): ChunkRow {
    return this.#db
      .transaction(() => {
        this.endAttempt(attemptId, end);
        return this.fail(attemptId, chunkId, end, maxRetries);
      })
      .immediate();
  }

  /** Within a transaction. */
  fail(attemptId: string, chunkId: number, end: AttemptEnd, maxRetries: number): ChunkRow {
    const chunk = this.get(chunkId);
    // What was lost with its daemon or its host, or had no spool to write to, blames nobody.
    const blameless = (end.outcome === 'lost' || end.outcome === 'spool') && chunk.attempts <= MAX_BLAMELESS_ATTEMPTS;
    const failures = chunk.failures + (blameless ? 0 : 1);
    const state = nextChunkState(chunk.state, { type: 'attempt-failed', failures, maxRetries });
    this.#require(
      this.#db
        .prepare(
          'UPDATE chunks SET state = ?, failures = ?, reason = ?, alone = max(alone, ?) WHERE id = ? AND attempt = ?',
        )
        // Something in it stalls or ends workers: with care, the next one tells what.
        .run(state, failures, end.reason ?? end.outcome, isBlameful(end) ? 1 : 0, chunkId, attemptId).changes,
      chunkId,
    );
    if (state === 'failed') this.#failRoots(chunkId, end.code ?? 'CHUNK_FAILED');
    return this.get(chunkId);
  }

  #failRoots(chunk: number, code: string): void {
    this.#db
      .prepare(
        `UPDATE dirs SET state = 3, reason = ?, syscall = NULL WHERE state IN (0, 1) AND id IN (SELECT dir FROM chunk_roots WHERE chunk = ?)`,
      )
      .run(code, chunk);
  }

  /** Chunks that wait fail, and with them their roots' directories: somebody asked that they are not tried. */
  stop(ids: readonly number[], reason: string): ChunkRow[] {
    const stop = this.#db.prepare('UPDATE chunks SET state = ?, reason = ? WHERE id = ?');
    return this.#db
      .transaction(() =>
        ids.map((id) => {
          stop.run(nextChunkState(this.get(id).state, { type: 'stopped' }), reason, id);
          this.#failRoots(id, STOPPED);
          return this.get(id);
        }),
      )
      .immediate();
  }

  /** A failed chunk is queued again, as if nothing had been held against it, and what failed with it is pending again. Within a transaction. */
  retry(chunkId: number): void {
    const state = nextChunkState(this.get(chunkId).state, { type: 'retried' });
    this.#db.prepare('UPDATE chunks SET state = ?, failures = 0, reason = NULL WHERE id = ?').run(state, chunkId);
    this.#db
      .prepare(
        `UPDATE dirs SET state = 0, reason = NULL, syscall = NULL WHERE state = 3 AND id IN (SELECT dir FROM chunk_roots WHERE chunk = ?)`,
      )
      .run(chunkId);
  }

  release(attemptId: string, chunkId: number, end: AttemptEnd): void {
    this.#db
      .transaction(() => {
        this.endAttempt(attemptId, end);
        const state = nextChunkState(this.get(chunkId).state, { type: 'released' });
        this.#require(
          this.#db.prepare('UPDATE chunks SET state = ? WHERE id = ? AND attempt = ?').run(state, chunkId, attemptId)
            .changes,
          chunkId,
        );
      })
      .immediate();
  }

  #require(changes: number, chunkId: number): void {
    if (changes !== 1)
      throw new SmartScannerError('MERGE_FAILED', `Chunk ${chunkId} belongs to another attempt by now.`);
  }

  #maxDir(): number {
    return this.#db.prepare('SELECT coalesce(max(id), 0) FROM dirs').pluck().get() as number;
  }
}

function toChunkRow(row: ChunkDbRow): ChunkRow {
  return {
    id: row.id,
    scanId: row.scan_id,
    state: row.state,
    parentChunk: row.parent,
    bytes: row.bytes,
    entries: row.entries,
    rootCount: row.roots,
    label: fromDb(row.label),
    firstMode: row.first_mode,
    attempts: row.attempts,
    failures: row.failures,
    reason: row.reason,
    alone: row.alone === 1,
    strikes: row.strikes,
    last: row.last === 1,
  };
}
