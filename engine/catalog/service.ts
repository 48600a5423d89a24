import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { isDiskFull } from '../../shared/disk-full.ts';
import { SmartScannerError } from '../../shared/errors.ts';
import { nameKey } from '../../shared/names.ts';
import { isLocked, isUnwritable } from '../../shared/unwritable.ts';
import type { PlanItem, PlannedChunk } from '../plan/types.ts';
import type { CatalogApi } from './api.ts';
import { certificateFromJson } from './certificate-json.ts';
import { Chunks } from './chunks.ts';
import { closeScan } from './close.ts';
import { examine } from './examine.ts';
import { Find, prepareToFind } from './find.ts';
import { forgetHost, inventoriesOf } from './forget.ts';
import { Harvester } from './harvest.ts';
import { listing } from './listing.ts';
import { ScanLocks } from './locks.ts';
import { one } from './one.ts';
import { openCatalog } from './open.ts';
import { Look } from './look.ts';
import { DirPaths } from './paths.ts';
import { prune } from './prune.ts';
import { publishedItems } from './published-items.ts';
import { Quarantine } from './quarantine.ts';
import { Retries } from './retry.ts';
import { Scans } from './scans.ts';
import { knownSizes } from './known-sizes.ts';
import { stats, totals } from './stats.ts';
import { UnfinishedScans } from './unfinished.ts';
import { Views } from './viewed.ts';

interface Opened {
  readonly path: string;
  /** Which file that is. */
  readonly identity: string | null;
  readonly db: Database;
  readonly locks: ScanLocks;
  readonly paths: DirPaths;
  readonly chunks: Chunks;
  readonly scans: Scans;
  readonly harvester: Harvester;
  readonly quarantine: Quarantine;
  readonly unfinished: UnfinishedScans;
  readonly retries: Retries;
  readonly views: Views;
  readonly find: Find;
}

type Handlers = { readonly [K in keyof CatalogApi]: (request: CatalogApi[K]['request']) => CatalogApi[K]['reply'] };

/** What the catalog process does, one method a call, all of it synchronous: one writer, one thing at a time. */
export class CatalogService {
  #opened: Opened | null = null;

  readonly handlers: Handlers = {
    open: (request) => {
      // Every query asks for it; what is open stays, and with it the locks of scans that run.
      const opened = this.#opened;
      if (opened?.path === request.path && opened.identity !== null && opened.identity === identityOf(request.path))
        return { created: false };
      this.close();
      const { db, created } = openCatalog(request);
      const locks = new ScanLocks(request.path);
      const paths = new DirPaths(db);
      const chunks = new Chunks(db, paths);
      const quarantine = new Quarantine(db);
      const unfinished = new UnfinishedScans(db, locks, chunks, paths);
      const views = new Views(db, paths, locks);
      prepareToFind(db);
      this.#opened = {
        path: request.path,
        identity: identityOf(request.path),
        db,
        locks,
        paths,
        chunks,
        scans: new Scans(db, locks),
        harvester: new Harvester(db, chunks, paths, quarantine),
        quarantine,
        unfinished,
        retries: new Retries(db, locks, chunks, paths, unfinished),
        views,
        find: new Find(db, paths, views),
      };
      return { created };
    },
    resolveHost: (request) => ({ hostId: this.#note(() => this.#use.scans.resolveHost(request)) }),
    findHost: ({ ids }) => ({ hostId: this.#use.scans.findHost(ids) }),
    hostInventories: ({ ids }) => {
      const host = this.#use.scans.findHost(ids);
      return { inventories: host === null ? [] : inventoriesOf(this.#use.db, host) };
    },
    forgetHost: ({ ids, maxMs }) => {
      const { db, locks, scans } = this.#use;
      const host = scans.findHost(ids);
      return { done: host === null || this.#note(() => forgetHost(db, locks, host, maxMs)) };
    },
    resolveMount: (request) => this.#note(() => this.#use.scans.resolveMount(request)),
    createScan: (request) => ({ scanId: this.#note(() => this.#use.scans.create(request)) }),
    planMade: ({ scanId }) => {
      this.#note(() => this.#use.scans.planMade(scanId));
      return null;
    },
    unfinishedScans: ({ mountName }) => ({ scans: this.#use.unfinished.list(mountName) }),
    resumeScan: ({ scanId, owner }) => this.#note(() => this.#use.unfinished.resume(scanId, owner)),
    changeSettings: ({ scanId, settings }) => {
      this.#note(() => this.#use.scans.changeSettings(scanId, settings));
      return null;
    },
    findRetry: (request) => this.#use.retries.find(request),
    retryScan: (request) => this.#note(() => this.#use.retries.open(request)),
    quarantined: ({ mountId }) => ({ items: this.#use.quarantine.list(Number(mountId)) }),
    publishedItems: ({ mountId, limits }) => ({ items: publishedItems(this.#use.db, Number(mountId), limits) }),
    addChunks: ({ scanId, chunks }) => {
      const { db, scans, chunks: store, quarantine } = this.#use;
      const scan = scans.get(scanId);
      const setAside = quarantine.keys(scan.mount);
      const add = db.transaction(() =>
        apart(chunks, setAside).flatMap(({ planned, last }) =>
          store.add(scan.num, scan.root, planned, null, { alone: last, strikes: 0, last }),
        ),
      );
      return { chunks: this.#note(() => add.immediate()) };
    },
    startAttempt: (request) => ({ roots: this.#note(() => this.#use.chunks.startAttempt(request)) }),
    attemptStarted: ({ attemptId, ref }) => {
      this.#note(() => this.#use.chunks.attemptStarted(attemptId, ref));
      return null;
    },
    harvest: (request) => this.#harvest(request),
    attemptFailed: ({ attemptId, chunkId, end, maxRetries }) => ({
      chunk: this.#note(() => this.#use.chunks.attemptFailed(attemptId, chunkId, end, maxRetries)),
    }),
    releaseChunk: ({ attemptId, chunkId, end }) => {
      this.#note(() => this.#use.chunks.release(attemptId, chunkId, end));
      return null;
    },
    stopChunks: ({ chunkIds, reason }) => ({ chunks: this.#note(() => this.#use.chunks.stop(chunkIds, reason)) }),
    closeScan: (request) => {
      const { db, scans, paths, locks } = this.#use;
      const certificate = closeScan(db, scans, paths, request, (step) => this.#note(step));
      locks.release(request.scanId);
      return { certificate };
    },
    prune: ({ mountId, keepScans, maxMs }) => this.#note(() => prune(this.#use.db, Number(mountId), keepScans, maxMs)),
    scans: ({ mountName, limit }) => ({ scans: this.#use.scans.list(mountName, limit) }),
    certificate: ({ scanId, mountName }) => ({ certificate: this.#certificate(scanId, mountName) }),
    stats: (request) => stats(this.#use.db, this.#use.paths, this.#use.locks, request),
    chunks: ({ scanId }) => ({ chunks: this.#look.chunks(scanId) }),
    chunk: ({ scanId, chunkId }) => this.#look.chunk(scanId, chunkId),
    attempt: ({ attemptId }) => this.#look.attempt(attemptId),
    listing: (request) => listing(this.#use.db, this.#use.views, request),
    find: (request) => this.#use.find.window(request),
    totals: (request) => totals(this.#use.db, this.#use.views, request),
    isPublished: ({ mountId }) => ({ published: this.#look.isPublished(mountId) }),
    knownSizes: ({ ids, paths }) => ({
      sizes: knownSizes(this.#use.db, this.#use.scans.findHost(ids), paths),
    }),
    lastRequest: ({ mountName, mountId }) => ({ request: this.#look.lastRequest(mountName, mountId) }),
    openScans: () => ({ scans: this.#use.scans.open() }),
    activity: ({ mountId, sinceMs }) => this.#activity(Number(mountId), sinceMs),
    examine,
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

  get #look(): Look {
    const { db, paths } = this.#use;
    return new Look(db, paths);
  }

  get #use(): Opened {
    if (this.#opened === null) throw new SmartScannerError('CATALOG_OPEN', 'The catalog is not open.');
    return this.#opened;
  }

  /**
   * Writes something small that must not be lost: what a full disk refuses is tried again with the room that was kept for it. Throws DISK_FULL
   * where that is used up, too; DATA_DIR where no scan of ours runs, which can't start then.
   */
  #note<T>(work: () => T): T {
    const { locks, path } = this.#use;
    for (;;) {
      try {
        return this.#write(work);
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        if (locks.giveRoom()) continue;
        throw new SmartScannerError(
          locks.holdsAny ? 'DISK_FULL' : 'DATA_DIR',
          `The disk of the data directory ${dirname(path)} is full.`,
          { hint: 'Make room there and scan again; chunks that were merged stay in the catalog.', cause: error },
        );
      }
    }
  }

  /**
   * Throws CATALOG_UNWRITABLE where the disk is read-only, fails, or has no file in the place of the catalog: all of that may be over again.
   * CATALOG_GONE where another file stands there, which has other scans, or less of this one: nobody but `--resume` can tell what is left to do.
   */
  #write<T>(work: () => T): T {
    const { path, identity } = this.#use;
    const now = identityOf(path);
    if (now !== null && now !== identity) {
      throw new SmartScannerError(
        'CATALOG_GONE',
        `The catalog ${path} is another file than it was: its disk was taken away, and there is another one now.`,
        {
          hint: 'Where it has this scan, `scan --resume` goes on with it; else bring the other disk back first.',
        },
      );
    }
    let why = now === null ? 'it is not there any more' : null;
    let cause: unknown;
    if (why === null) {
      try {
        return work();
      } catch (error) {
        if (!isUnwritable(error)) throw error;
        cause = error;
        why = innermost(error);
      }
    }
    throw new SmartScannerError('CATALOG_UNWRITABLE', `The catalog ${path} can't be written: ${why}.`, {
      hint: isLocked(cause)
        ? 'Another Smart Scanner writes to it and stands still: let it go on, or end it.'
        : 'See what became of its disk, and make it writable again.',
      cause,
    });
  }

  #harvest(request: CatalogApi['harvest']['request']): CatalogApi['harvest']['reply'] {
    const { harvester, locks } = this.#use;
    const reply = this.#write(() => harvester.harvest(request));
    locks.restoreRoom();
    return reply;
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
        .prepare<number[], number>(`SELECT coalesce(sum(merged_files), 0) FROM chunks WHERE ${where}`)
        .pluck()
        .get(...values) ?? 0;
    return {
      mountFiles: files('scan = (SELECT max(num) FROM scans WHERE mount = ?)', mount),
      totalFiles: files('scan IN (SELECT max(num) FROM scans GROUP BY mount)'),
      filesSince: one(
        db
          .prepare<[number], number>(
            'SELECT coalesce(sum(merged_files), 0) FROM chunks WHERE attempt IN (SELECT id FROM attempts WHERE ended >= ?)',
          )
          .pluck()
          .get(sinceMs),
      ),
    };
  }
}

/** null: there is no file. An open database goes on in a file that was moved or removed, and nobody would find it there. */
function identityOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}

function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : innermost(error.cause);
}

/** What is set aside goes into chunks of its own; the others stay as they were planned. */
function apart(
  chunks: readonly PlannedChunk[],
  setAside: ReadonlySet<string>,
): { readonly planned: readonly PlannedChunk[]; readonly last: boolean }[] {
  const isSetAside = (item: PlanItem): boolean => setAside.has(nameKey(item.path));
  const suspects = chunks.flatMap((chunk) => chunk.items.filter(isSetAside));
  if (suspects.length === 0) return [{ planned: chunks, last: false }];
  const others = chunks
    .map((chunk) => ({ ...chunk, items: chunk.items.filter((item) => !isSetAside(item)) }))
    .filter((chunk) => chunk.items.length > 0);
  const alone = suspects.map((item) => ({ items: [item], entries: item.entries, bytes: item.bytes, oversized: false }));
  return [
    { planned: others, last: false },
    { planned: alone, last: true },
  ];
}
