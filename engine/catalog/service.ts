import type { Database } from 'better-sqlite3';
import { SmartScannerError } from '../../shared/errors.ts';
import type { CatalogApi } from './api.ts';
import { certificateFromJson } from './certificate-json.ts';
import { Chunks } from './chunks.ts';
import { closeScan } from './close.ts';
import { Harvester } from './harvest.ts';
import { ScanLocks } from './locks.ts';
import { openCatalog } from './open.ts';
import { DirPaths } from './paths.ts';
import { prune } from './prune.ts';
import { publishedItems } from './published-items.ts';
import { Scans } from './scans.ts';
import { stats } from './stats.ts';

interface Opened {
  readonly db: Database;
  readonly locks: ScanLocks;
  readonly paths: DirPaths;
  readonly chunks: Chunks;
  readonly scans: Scans;
  readonly harvester: Harvester;
}

type Handlers = { readonly [K in keyof CatalogApi]: (request: CatalogApi[K]['request']) => CatalogApi[K]['reply'] };

/** What the catalog process does, one method a call, all of it synchronous: one writer, one thing at a time. */
export class CatalogService {
  #opened: Opened | null = null;

  readonly handlers: Handlers = {
    open: (request) => {
      this.close();
      const { db, created } = openCatalog(request);
      const locks = new ScanLocks(request.path);
      const paths = new DirPaths(db);
      const chunks = new Chunks(db, paths);
      this.#opened = {
        db,
        locks,
        paths,
        chunks,
        scans: new Scans(db, locks),
        harvester: new Harvester(db, chunks, paths),
      };
      return { created };
    },
    resolveHost: (request) => ({ hostId: this.#use.scans.resolveHost(request) }),
    resolveMount: (request) => this.#use.scans.resolveMount(request),
    createScan: (request) => ({ scanId: this.#use.scans.create(request) }),
    publishedItems: ({ mountId, limits }) => ({ items: publishedItems(this.#use.db, Number(mountId), limits) }),
    addChunks: ({ scanId, chunks }) => {
      const { db, scans, chunks: store } = this.#use;
      const scan = scans.get(scanId);
      return { chunks: db.transaction(() => store.add(scan.num, scan.root, chunks, null)).immediate() };
    },
    startAttempt: (request) => ({ roots: this.#use.chunks.startAttempt(request) }),
    attemptStarted: ({ attemptId, ref }) => {
      this.#use.chunks.attemptStarted(attemptId, ref);
      return null;
    },
    harvest: (request) => this.#use.harvester.harvest(request),
    attemptFailed: ({ attemptId, chunkId, end, maxRetries }) => ({
      chunk: this.#use.chunks.attemptFailed(attemptId, chunkId, end, maxRetries),
    }),
    releaseChunk: ({ attemptId, chunkId, end }) => {
      this.#use.chunks.release(attemptId, chunkId, end);
      return null;
    },
    closeScan: (request) => {
      const { db, scans, paths, locks } = this.#use;
      const certificate = closeScan(db, scans, paths, request);
      locks.release(request.scanId);
      return { certificate };
    },
    prune: ({ mountId, keepScans, maxMs }) => prune(this.#use.db, Number(mountId), keepScans, maxMs),
    chunks: ({ scanId }) => ({ chunks: this.#use.chunks.ofScan(scanId) }),
    scans: ({ mountName, limit }) => ({ scans: this.#use.scans.list(mountName, limit) }),
    certificate: ({ scanId, mountName }) => ({ certificate: this.#certificate(scanId, mountName) }),
    stats: (request) => stats(this.#use.db, this.#use.paths, request),
    openScans: () => ({ scans: this.#use.scans.open() }),
    activity: ({ mountId, sinceMs }) => this.#activity(Number(mountId), sinceMs),
    close: () => {
      this.close();
      return null;
    },
  };

  close(): void {
    const opened = this.#opened;
    this.#opened = null;
    opened?.locks.releaseAll();
    opened?.db.close();
  }

  get #use(): Opened {
    if (this.#opened === null) throw new SmartScannerError('CATALOG_OPEN', 'The catalog is not open.');
    return this.#opened;
  }

  #certificate(scanId: string, mountName: string | null): CatalogApi['certificate']['reply']['certificate'] {
    const text = this.#use.db
      .prepare<[string, string, string | null, string | null], string>(
        `SELECT s.certificate FROM scans s JOIN mounts m ON m.id = s.mount
         WHERE s.certificate IS NOT NULL AND (? = 'latest' OR s.id = ?) AND (? IS NULL OR m.name = ?) ORDER BY s.num DESC LIMIT 1`,
      )
      .pluck()
      .get(scanId, scanId, mountName, mountName);
    if (text === undefined) {
      throw new SmartScannerError(
        'NO_SUCH_SCAN',
        scanId === 'latest' ? 'No scan has ended yet.' : `There is no closed scan ${scanId}.`,
        {
          hint: 'See `smart-scanner stats` for past scans.',
        },
      );
    }
    return certificateFromJson(text);
  }

  #activity(mount: number, sinceMs: number): CatalogApi['activity']['reply'] {
    const { db } = this.#use;
    const files = (where: string, ...values: number[]): number =>
      db
        .prepare<number[], number>(`SELECT coalesce(sum(t.files), 0) FROM type_totals t WHERE ${where}`)
        .pluck()
        .get(...values) ?? 0;
    return {
      mountFiles: files('t.scan = (SELECT max(num) FROM scans WHERE mount = ?)', mount),
      totalFiles: files('t.scan IN (SELECT max(num) FROM scans GROUP BY mount)'),
      filesSince: db
        .prepare<[number], number>(
          'SELECT coalesce(sum(merged_entries), 0) FROM chunks WHERE attempt IN (SELECT id FROM attempts WHERE ended >= ?)',
        )
        .pluck()
        .get(sinceMs) as number,
    };
  }
}
