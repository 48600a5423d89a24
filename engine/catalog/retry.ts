import type { Database } from 'better-sqlite3';
import { SmartScannerError } from '../../shared/errors.ts';
import type { ScanSettings } from '../../shared/settings.ts';
import { DIR_STATE } from '../../shared/shard-schema.ts';
import type { RootMode } from '../../shared/worker-protocol.ts';
import { packRemainder } from '../plan/remainder.ts';
import type { PlanItem, PlannedChunk } from '../plan/types.ts';
import type { OpenedScan, RetryAsked, RetryFound, RetryOpen, RetryWhich } from './api.ts';
import type { Chunks } from './chunks.ts';
import type { ScanLocks } from './locks.ts';
import { one } from './one.ts';
import type { DirPaths } from './paths.ts';
import { standAlone } from './read-again.ts';
import { running } from './running.ts';
import { isUnfinished, toUnfinished, type Row, type UnfinishedScans } from './unfinished.ts';

/** A directory that failed in a chunk that is done: what it was to be scanned as, and the chunk that left it. */
interface FailedDirectory {
  readonly id: number;
  readonly mode: RootMode;
  readonly chunk: number | null;
  readonly setAside: boolean;
}

/** A directory that was scanned, and that has entries which could not be looked at. It is read again itself; what is below it stays. */
interface Incomplete {
  readonly id: number;
  readonly chunk: number | null;
  /** How many. */
  readonly entries: number;
}

/** All that a scan did not get. */
interface Failed {
  readonly chunks: readonly number[];
  readonly directories: readonly FailedDirectory[];
  readonly incomplete: readonly Incomplete[];
}

/** Trying parts of a closed scan again. */
export class Retries {
  readonly #db: Database;
  readonly #locks: ScanLocks;
  readonly #chunks: Chunks;
  readonly #paths: DirPaths;
  readonly #scans: UnfinishedScans;

  constructor(db: Database, locks: ScanLocks, chunks: Chunks, paths: DirPaths, scans: UnfinishedScans) {
    this.#db = db;
    this.#locks = locks;
    this.#chunks = chunks;
    this.#paths = paths;
    this.#scans = scans;
  }

  find(asked: RetryAsked): RetryFound {
    const row = this.#closed(asked);
    this.#scans.refuseOutdated(row);
    const { chunks, directories, incomplete } = this.#choose(row, asked.which);
    const entries = countOf(incomplete);
    return { ...toUnfinished(row), chunks: chunks.length, directories: directories.length, entries };
  }

  open(asked: RetryOpen): OpenedScan {
    const row = this.#closed(asked);
    return this.#scans.reopen(row, asked.owner, () => {
      const { chunks, directories, incomplete } = this.#choose(row, asked.which);
      this.#db.prepare('UPDATE scans SET runtime = ? WHERE num = ?').run(asked.runtime, row.num);
      for (const chunk of chunks) this.#chunks.retry(chunk);
      const again = incomplete.map(({ id, chunk }) => ({ id, chunk, mode: 'own' as const, setAside: false }));
      for (const { id } of again) standAlone(this.#db, row.num, id);
      this.#again(row, directories, again, asked.parts);
    });
  }

  #closed({ scanId, mountName }: RetryAsked): Row {
    const row = this.#scans.find(scanId, mountName);
    if (row === undefined) {
      throw new SmartScannerError(
        'NO_SUCH_SCAN',
        scanId === 'latest' ? 'There is no scan to retry.' : `There is no scan ${scanId}.`,
        { hint: 'See `smart-scanner stats` for past scans.' },
      );
    }
    if (row.state === 'open' && this.#locks.isHeld(row.scanId)) throw running(row);
    if (isUnfinished(row)) {
      throw new SmartScannerError(
        'NOTHING_TO_RETRY',
        `Scan ${row.scanId} of ${row.mountName} was not finished: there is more to do than to retry.`,
        { hint: 'Go on with it: `smart-scanner scan --resume`; then retry what failed.' },
      );
    }
    if (row.pruned !== 0) {
      throw new SmartScannerError(
        'NO_SUCH_SCAN',
        `Scan ${row.scanId} is superseded: its entries are not in the catalog any more.`,
        { hint: 'Retry the latest one, or scan anew.' },
      );
    }
    return row;
  }

  /** What is tried again. Throws NOTHING_TO_RETRY. */
  #choose(row: Row, which: RetryWhich): Failed {
    const failed = this.#failed(row);
    const chosen = this.#chosen(row, which, failed);
    // A plan that could not be written to its end is completed with what failed.
    const unplanned = which === 'failed' && row.planned === 0;
    if (chosen.chunks.length + chosen.directories.length + chosen.incomplete.length > 0 || unplanned) return chosen;
    const setAside = failed.directories.filter((dir) => dir.setAside).length;
    const directories = failed.directories.length - setAside;
    const entries = countOf(failed.incomplete);
    throw new SmartScannerError(
      'NOTHING_TO_RETRY',
      `Scan ${row.scanId} of ${row.mountName} has nothing of that to retry. It has ${failed.chunks.length} failed chunks, ` +
        `${directories} failed directories, ${setAside} set aside, ${entries} entries that could not be looked at.`,
      { hint: whatInstead(failed.chunks.length + directories + entries, setAside) },
    );
  }

  #chosen(row: Row, which: RetryWhich, failed: Failed): Failed {
    if (which === 'failed') return { ...failed, directories: failed.directories.filter((dir) => !dir.setAside) };
    if (which === 'quarantined')
      return { chunks: [], directories: failed.directories.filter((dir) => dir.setAside), incomplete: [] };
    const family = new Set(
      this.#db
        .prepare<[number, number], number>(
          `WITH RECURSIVE family(id) AS (
             SELECT id FROM chunks WHERE id = ? AND scan = ? UNION SELECT c.id FROM chunks c JOIN family f ON c.parent = f.id
           ) SELECT id FROM family`,
        )
        .pluck()
        .all(which.chunk, row.num),
    );
    if (family.size === 0) {
      throw new SmartScannerError(
        'NOTHING_TO_RETRY',
        `Scan ${row.scanId} of ${row.mountName} has no chunk ${which.chunk}.`,
        { hint: `Its log names its chunks: ${row.logPath}` },
      );
    }
    const isOfIt = ({ chunk }: { chunk: number | null }): boolean => chunk !== null && family.has(chunk);
    return {
      chunks: failed.chunks.filter((id) => family.has(id)),
      directories: failed.directories.filter(isOfIt),
      incomplete: failed.incomplete.filter(isOfIt),
    };
  }

  #failed(row: Row): Failed {
    const chunks = this.#db
      .prepare<[number], number>(`SELECT id FROM chunks WHERE scan = ? AND state = 'failed' ORDER BY id`)
      .pluck()
      .all(row.num);
    const dirs = this.#db
      .prepare<[number, number, number], { id: number; reason: string | null }>(
        `SELECT d.id, d.reason FROM id_ranges r CROSS JOIN dirs d ON d.id BETWEEN r.first AND r.last
         WHERE r.scan = ? AND d.scan = ? AND d.state = ? ORDER BY d.id`,
      )
      .all(row.num, row.num, DIR_STATE.failed);
    const scanned = this.#db
      .prepare<[number, number, number], { id: number; entries: number }>(
        `SELECT d.id, d.failed AS entries FROM id_ranges r CROSS JOIN dirs d ON d.id BETWEEN r.first AND r.last
         WHERE r.scan = ? AND d.scan = ? AND d.state = ? AND d.failed > 0 ORDER BY d.id`,
      )
      .all(row.num, row.num, DIR_STATE.scanned);
    const roots = this.#roots(row.num);
    const failed = new Set(chunks);
    // What failed with its chunk is tried again with that.
    const isApart = ({ id }: { id: number }): boolean => !failed.has(roots.get(id)?.chunk ?? 0);
    const incomplete = scanned.filter(isApart).map((dir) => ({ ...dir, chunk: this.#chunkOf(dir.id, roots) }));
    const directories = dirs.filter(isApart).map(({ id, reason }) => ({
      id,
      // A divided directory is only read itself: what is below it is of other chunks.
      mode: roots.get(id)?.mode ?? 'subtree',
      chunk: this.#chunkOf(id, roots),
      setAside: reason === 'QUARANTINED',
    }));
    return { chunks, directories, incomplete };
  }

  /** Of each directory that is the root of a chunk, the last such chunk. */
  #roots(scan: number): Map<number, { chunk: number; mode: RootMode }> {
    const rows = this.#db
      .prepare<[number], { dir: number; chunk: number; mode: RootMode }>(
        'SELECT r.dir, r.chunk, r.mode FROM chunks c JOIN chunk_roots r ON r.chunk = c.id WHERE c.scan = ? ORDER BY c.id',
      )
      .all(scan);
    return new Map(rows.map(({ dir, chunk, mode }) => [dir, { chunk, mode }]));
  }

  /** Whose it is: the chunk of the nearest root at or above it. */
  #chunkOf(dir: number, roots: ReadonlyMap<number, { chunk: number }>): number | null {
    const parent = this.#db.prepare<[number], number | null>('SELECT parent FROM dirs WHERE id = ?').pluck();
    for (let at: number | null = dir; at !== null; at = parent.get(at) ?? null) {
      const root = roots.get(at);
      if (root !== undefined) return root.chunk;
    }
    return null;
  }

  /** Failed directories are pending again, in new chunks; incomplete ones stay as they are until they have been read again. What is set aside alone, once, after everything else. */
  #again(
    row: Row,
    directories: readonly FailedDirectory[],
    incomplete: readonly FailedDirectory[],
    parts: number,
  ): void {
    const pending = this.#db.prepare('UPDATE dirs SET state = 0, reason = NULL, syscall = NULL WHERE id = ?');
    const root = one(this.#db.prepare<[number], number>('SELECT root FROM scans WHERE num = ?').pluck().get(row.num));
    const { chunkBytes, chunkEntries } = JSON.parse(row.settings) as ScanSettings;
    const items: PlanItem[] = [];
    const origin = new Map<PlanItem, number | null>();
    const parentOf = ({ items: [first] }: PlannedChunk): number | null =>
      first === undefined ? null : (origin.get(first) ?? null);
    for (const { id } of directories) pending.run(id);
    for (const { id, mode, chunk, setAside } of [...directories, ...incomplete]) {
      const item: PlanItem = { path: this.#paths.pathOf(id), mode, entries: null, bytes: null };
      origin.set(item, chunk);
      if (!setAside) items.push(item);
      else {
        const alone = { items: [item], entries: null, bytes: null, oversized: false };
        this.#chunks.add(row.num, root, [alone], chunk, { alone: true, strikes: 0, last: true });
      }
    }
    for (const planned of packRemainder(items, { bytes: chunkBytes, entries: chunkEntries }, parts))
      this.#chunks.add(row.num, root, [planned], parentOf(planned));
  }
}

function countOf(incomplete: readonly Incomplete[]): number {
  return incomplete.reduce((sum, { entries }) => sum + entries, 0);
}

function whatInstead(failed: number, setAside: number): string {
  if (failed > 0) return 'Retry what failed with --failed.';
  return setAside > 0
    ? 'Retry what is set aside with --quarantined.'
    : 'Everything was scanned; see `smart-scanner stats --certificate`.';
}
