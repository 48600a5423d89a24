import type { Database } from 'better-sqlite3';
import { SmartScannerError } from '../../shared/errors.ts';
import type { PlanWay, ScanSettings } from '../../shared/settings.ts';
import type { RootMode } from '../../shared/worker-protocol.ts';
import type { PlanItem } from '../plan/types.ts';
import type { OpenedScan, UnfinishedScan } from './api.ts';
import type { Chunks } from './chunks.ts';
import type { ScanLocks } from './locks.ts';
import { one } from './one.ts';
import type { DirPaths } from './paths.ts';
import { running } from './running.ts';
import { undoSums } from './undo-sums.ts';

/** A scan with what resuming and retrying want to know of it. */
export interface Row {
  num: number;
  scanId: string;
  mount: number;
  mountName: string;
  mountPath: string;
  hostId: string;
  runtime: 'docker' | 'process';
  owner: string;
  startedAtMs: number;
  settings: string;
  openChunks: number;
  state: string;
  pruned: number;
  planned: number;
  summed: number;
  planWay: PlanWay;
  logPath: string;
}

const SELECT = `SELECT s.num, s.id AS scanId, s.mount, m.name AS mountName, m.path AS mountPath, m.host AS hostId, s.runtime, s.owner,
  s.started AS startedAtMs, s.settings, s.state, s.pruned, s.planned, s.summed, s.plan_way AS planWay, s.log_path AS logPath,
  (SELECT count(*) FROM chunks c WHERE c.scan = s.num AND c.state IN ('queued', 'running', 'waiting')) AS openChunks
  FROM scans s JOIN mounts m ON m.id = s.mount`;

/** Scans that ended before their work did, and going on with them. */
export class UnfinishedScans {
  readonly #db: Database;
  readonly #locks: ScanLocks;
  readonly #chunks: Chunks;
  readonly #paths: DirPaths;

  constructor(db: Database, locks: ScanLocks, chunks: Chunks, paths: DirPaths) {
    this.#db = db;
    this.#locks = locks;
    this.#chunks = chunks;
    this.#paths = paths;
  }

  /** The newest scan of each mount, where it is one: an older one would bring back what is outdated. */
  list(mountName: string | null): UnfinishedScan[] {
    return this.#db
      .prepare<[string | null, string | null], Row>(
        `${SELECT} WHERE s.num IN (SELECT max(num) FROM scans GROUP BY mount) AND s.state <> 'finished' AND (? IS NULL OR m.name = ?)
         ORDER BY s.num DESC`,
      )
      .all(mountName, mountName)
      .filter((row) => isUnfinished(row) && !this.#locks.isHeld(row.scanId))
      .map(toUnfinished);
  }

  /** Takes its lock and opens it again. */
  resume(scanId: string, owner: string): OpenedScan {
    const row = this.#db.prepare<[string], Row>(`${SELECT} WHERE s.id = ?`).get(scanId);
    if (row === undefined || !isUnfinished(row)) {
      throw new SmartScannerError('NO_SUCH_SCAN', `There is no unfinished scan ${scanId}.`, {
        hint: 'See `smart-scanner stats` for past scans.',
      });
    }
    return this.reopen(row, owner, () => undefined);
  }

  /** This scan, or the newest one (of this mount), in any state. */
  find(scanId: string, mountName: string | null): Row | undefined {
    return this.#db
      .prepare<[string, string, string | null, string | null], Row>(
        `${SELECT} WHERE (? = 'latest' OR s.id = ?) AND (? IS NULL OR m.name = ?) ORDER BY s.num DESC LIMIT 1`,
      )
      .get(scanId, scanId, mountName, mountName);
  }

  /** Throws where another scan of the mount runs, or a newer one makes this one outdated. */
  refuseOutdated(row: Row): void {
    const newer = this.#db
      .prepare<[number, number], Row>(`${SELECT} WHERE s.mount = ? AND s.num > ? ORDER BY s.num DESC LIMIT 1`)
      .get(row.mount, row.num);
    if (newer === undefined) return;
    if (newer.state === 'open' && this.#locks.isHeld(newer.scanId)) throw running(newer);
    throw new SmartScannerError('NO_SUCH_SCAN', `Scan ${row.scanId} is outdated: a newer one of this mount exists.`, {
      hint: 'Resume the newest one, or scan anew.',
    });
  }

  /** Takes the lock of a scan and opens it again, in one transaction with `change`, which says what of it is to be done (again). */
  reopen(row: Row, owner: string, change: () => void): OpenedScan {
    if (!this.#locks.acquire(row.scanId)) throw running(row);
    try {
      return this.#db.transaction(() => this.#open(row, owner, change)).immediate();
    } catch (error) {
      this.#locks.release(row.scanId);
      throw error;
    }
  }

  #open(row: Row, owner: string, change: () => void): OpenedScan {
    this.refuseOutdated(row);
    if (row.summed === 1) undoSums(this.#db, row.num);
    this.#db
      .prepare(
        `UPDATE scans SET state = 'open', owner = ?, finished = NULL, went_on = ?,
           files_before = (SELECT coalesce(sum(merged_files), 0) FROM chunks WHERE scan = num) WHERE num = ?`,
      )
      .run(owner, Date.now(), row.num);
    change();
    const ids = this.#db
      .prepare<[number], number>(
        `SELECT id FROM chunks WHERE scan = ? AND state IN ('queued', 'running', 'waiting') ORDER BY id`,
      )
      .pluck()
      .all(row.num);
    const attempts = this.#db
      .prepare<[number], OpenedScan['attempts'][number]>(
        `SELECT a.id AS attemptId, c.id AS chunkId, a.ref, a.started AS startedAtMs FROM chunks c JOIN attempts a ON a.id = c.attempt
         WHERE c.scan = ? AND c.state = 'running' ORDER BY c.id`,
      )
      .all(row.num);
    return {
      ...toUnfinished(row),
      owner,
      planWay: row.planWay,
      logPath: row.logPath,
      planned: row.planned === 1,
      items: this.#items(row.num),
      chunks: ids.map((id) => this.#chunks.get(id)),
      attempts,
      ...this.#done(row.num),
    };
  }

  /** What the plan had put into chunks; not what chunks left later. */
  #items(scan: number): PlanItem[] {
    return this.#db
      .prepare<[number], { dir: number; mode: RootMode }>(
        'SELECT r.dir, r.mode FROM chunk_roots r JOIN chunks c ON c.id = r.chunk WHERE c.scan = ? AND c.parent IS NULL ORDER BY c.id, r.seq',
      )
      .all(scan)
      .map(({ dir, mode }) => ({ path: this.#paths.pathOf(dir), mode, entries: null, bytes: null }));
  }

  #done(scan: number): Pick<OpenedScan, 'merged' | 'ended'> {
    const chunks = this.#db.prepare<
      [number],
      { done: number; failed: number; files: number; bytes: number; entries: number }
    >(
      `SELECT coalesce(sum(state = 'done'), 0) AS done, coalesce(sum(state = 'failed'), 0) AS failed, coalesce(sum(merged_files), 0) AS files,
         coalesce(sum(merged_bytes), 0) AS bytes, coalesce(sum(CASE WHEN state = 'done' THEN entries END), 0) AS entries
       FROM chunks WHERE scan = ?`,
    );
    const dirs = this.#db.prepare<[number], { scanned: number; failed: number }>(
      'SELECT coalesce(sum(state = 2), 0) AS scanned, coalesce(sum(state = 3), 0) AS failed FROM dirs WHERE scan = ?',
    );
    return doneOf(one(chunks.get(scan)), one(dirs.get(scan)));
  }
}

function doneOf(
  chunks: { done: number; failed: number; files: number; bytes: number; entries: number },
  dirs: { scanned: number; failed: number },
): Pick<OpenedScan, 'merged' | 'ended'> {
  const { done, failed, files, bytes, entries } = chunks;
  return {
    merged: { files, directories: dirs.scanned, bytes, failedDirectories: dirs.failed, entries },
    ended: { done, failed },
  };
}

/** It was left before its work was done. */
export function isUnfinished(row: Row): boolean {
  return row.state === 'open' || (row.state === 'interrupted' && (row.planned === 0 || row.openChunks > 0));
}

export function toUnfinished(row: Row): UnfinishedScan {
  const { scanId, mountName, mountPath, hostId, runtime, owner, startedAtMs, openChunks } = row;
  const settings = JSON.parse(row.settings) as ScanSettings;
  return {
    scanId,
    mountId: String(row.mount),
    mountName,
    mountPath,
    hostId,
    runtime,
    owner,
    startedAtMs,
    settings,
    openChunks,
  };
}
