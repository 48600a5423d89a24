import type { Database } from 'better-sqlite3';
import * as v from 'valibot';
import { SmartScannerError } from '../../shared/errors.ts';
import type { AttemptPlace } from './api.ts';
import type { ChunkDetail, ChunkState, ChunkSummary } from '../../shared/inventory.ts';
import { ScanSettingsSchema, type ScanRequest } from '../../shared/settings.ts';
import type { RootMode } from '../../shared/worker-protocol.ts';
import { fromDb, type DbName, type DirPaths } from './paths.ts';

/** A packed chunk may have a root a directory: enough of them to see what it is. */
const MAX_ROOTS = 200;

interface ChunkLookRow {
  id: number;
  state: ChunkState;
  label: DbName;
  roots: number;
  bytes: number | null;
  entries: number | null;
  merged_files: number | null;
  attempts: number;
  reason: string | null;
  parent: number | null;
}

const CHUNK = `SELECT c.id, c.state, c.label, c.roots, c.bytes, c.entries, c.merged_files, c.attempts, c.reason, c.parent
  FROM chunks c JOIN scans s ON s.num = c.scan WHERE s.id = ?`;

/** What people look at of a scan: its chunks. Reads only, each a short one. */
export class Look {
  readonly #db: Database;
  readonly #paths: DirPaths;

  constructor(db: Database, paths: DirPaths) {
    this.#db = db;
    this.#paths = paths;
  }

  chunks(scanId: string): ChunkSummary[] {
    this.#needScan(scanId);
    return this.#db.prepare<[string], ChunkLookRow>(`${CHUNK} ORDER BY c.id`).all(scanId).map(toSummary);
  }

  chunk(scanId: string, chunkId: number): ChunkDetail {
    const row = this.#db.prepare<[string, number], ChunkLookRow>(`${CHUNK} AND c.id = ?`).get(scanId, chunkId);
    if (row === undefined)
      throw new SmartScannerError('NO_SUCH_SCAN', `There is no chunk ${chunkId} in scan ${scanId}.`);
    const roots = this.#db
      .prepare<[number, number], { dir: number; mode: RootMode }>(
        'SELECT dir, mode FROM chunk_roots WHERE chunk = ? ORDER BY seq LIMIT ?',
      )
      .all(chunkId, MAX_ROOTS);
    return {
      chunk: toSummary(row),
      parentChunk: row.parent,
      roots: roots.map(({ dir, mode }) => ({ path: this.#paths.pathOf(dir), mode })),
      moreRoots: Math.max(0, row.roots - roots.length),
      attempts: this.#attempts(chunkId),
    };
  }

  attempt(attemptId: string): AttemptPlace {
    const row = this.#db
      .prepare<[string], AttemptPlace>(
        `SELECT a.ref, a.runtime, json_extract(s.settings, '$.host') AS host, h.address FROM attempts a JOIN chunks c ON c.id = a.chunk JOIN scans s ON s.num = c.scan
         JOIN mounts m ON m.id = s.mount JOIN hosts h ON h.id = m.host WHERE a.id = ?`,
      )
      .get(attemptId);
    if (row === undefined) throw new SmartScannerError('NO_SUCH_CHUNK', 'There is no such try.');
    return row;
  }

  isPublished(mountId: string): boolean {
    return (
      this.#db
        .prepare<[string], number>('SELECT 1 FROM mounts WHERE id = ? AND published_scan IS NOT NULL')
        .pluck()
        .get(mountId) !== undefined
    );
  }

  lastRequest(mountName: string, mountId: string | null): ScanRequest | null {
    const row = this.#db
      .prepare<[string, string | null, string | null], { settings: string; path: string; name: string }>(
        `SELECT s.settings, m.path, m.name FROM scans s JOIN mounts m ON m.id = s.mount
         WHERE m.name = ? AND (? IS NULL OR m.id = ?) ORDER BY s.num DESC LIMIT 1`,
      )
      .get(mountName, mountId, mountId);
    if (row === undefined) return null;
    return {
      mountPath: row.path,
      mountName: row.name,
      settings: v.parse(ScanSettingsSchema, JSON.parse(row.settings)),
    };
  }

  #needScan(scanId: string): void {
    const known = this.#db.prepare<[string], number>('SELECT 1 FROM scans WHERE id = ?').pluck().get(scanId);
    if (known === undefined) throw new SmartScannerError('NO_SUCH_SCAN', `There is no scan ${scanId}.`);
  }

  #attempts(chunkId: number): ChunkDetail['attempts'] {
    return this.#db
      .prepare<
        [number],
        {
          id: string;
          runtime: 'docker' | 'process';
          ref: string | null;
          started: number;
          ended: number | null;
          outcome: string | null;
          exit_code: number | null;
          code: string | null;
          reason: string | null;
        }
      >(
        'SELECT id, runtime, ref, started, ended, outcome, exit_code, code, reason FROM attempts WHERE chunk = ? ORDER BY id',
      )
      .all(chunkId)
      .map((row) => ({
        attemptId: row.id,
        runtime: row.runtime,
        worker: workerOf(row.ref),
        startedAtMs: row.started,
        endedAtMs: row.ended,
        outcome: row.outcome,
        exitCode: row.exit_code,
        code: row.code,
        reason: row.reason,
      }));
  }
}

function toSummary(row: ChunkLookRow): ChunkSummary {
  return {
    id: row.id,
    state: row.state,
    label: fromDb(row.label),
    rootCount: row.roots,
    bytes: row.bytes,
    entries: row.entries,
    files: row.merged_files,
    attempts: row.attempts,
    reason: row.reason,
  };
}

/** A stored handle is JSON of the runtime; its id is what people look for in `docker ps`. */
function workerOf(ref: string | null): string | null {
  if (ref === null) return null;
  const parsed = v.safeParse(v.object({ id: v.string() }), JSON.parse(ref));
  return parsed.success ? parsed.output.id : null;
}
