import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { v7 as uuidv7 } from 'uuid';
import type { Certificate } from '../../shared/certificate.ts';
import { defaultSettings } from '../../shared/settings.ts';
import type { Budget, JobRoot, ResultLine, ScanJob } from '../../shared/worker-protocol.ts';
import type { AttemptEnd, ChunkRow, HarvestReply, HarvestRequest } from '../../engine/catalog/api.ts';
import { CatalogService } from '../../engine/catalog/service.ts';
import type { ChunkLimits, PlanItem, PlannedChunk } from '../../engine/plan/types.ts';
import { jobOf, resultFile, worker } from './worker.ts';

const NO_BUDGET: Budget = { entries: null, bytes: null, timeMs: null, pendingDirs: null };
const WIDE: ChunkLimits = { bytes: 2 ** 50, entries: 1_000_000 };
export const WHOLE_MOUNT: PlannedChunk = planned([{ path: '', mode: 'subtree', entries: null, bytes: null }]);

export function planned(items: readonly PlanItem[]): PlannedChunk {
  return { items, entries: null, bytes: null, oversized: false };
}

export function ended(outcome: AttemptEnd['outcome'], code: string | null = null): AttemptEnd {
  return { outcome, exitCode: 0, code, reason: code, endedAtMs: Date.now() };
}

/** An attempt whose worker has ended: what the orchestrator has in its hands when it asks for the harvest. */
export interface EndedAttempt {
  readonly attemptId: string;
  readonly chunkId: number;
  /** Its spool directory. */
  readonly spool: string;
  readonly result: ResultLine;
}

/** The catalog as its process runs it, with real workers: an orchestrator that a test leads by hand. */
export class TestCatalog {
  readonly service = new CatalogService();
  readonly dataDir: string;
  readonly path: string;
  readonly #spools: string;

  constructor(dataDir: string, spools = join(dataDir, 'spool')) {
    this.dataDir = dataDir;
    this.path = join(dataDir, 'smart_catalog.db');
    this.#spools = spools;
    mkdirSync(dataDir, { recursive: true });
    this.service.handlers.open({ path: this.path, mustExist: false, allowAnyFilesystem: true });
  }

  close(): void {
    this.service.close();
  }

  mount(path: string, name: string): string {
    const { hostId } = this.service.handlers.resolveHost({
      kind: 'process',
      ids: ['test-host'],
      address: 'local',
      name: 'test',
    });
    return this.service.handlers.resolveMount({ hostId, path, name, create: true }).mountId;
  }

  begin(mountId: string): string {
    return this.service.handlers.createScan({
      mountId,
      settings: defaultSettings(),
      planWay: 'measure',
      runtime: 'process',
      owner: 'somebody@here',
      logPath: '/log',
      startedAtMs: Date.now(),
    }).scanId;
  }

  add(scanId: string, ...chunks: PlannedChunk[]): ChunkRow[] {
    return this.service.handlers.addChunks({ scanId, chunks }).chunks;
  }

  start(chunkId: number): { attemptId: string; roots: JobRoot[] } {
    const attemptId = uuidv7();
    const { roots } = this.service.handlers.startAttempt({
      attemptId,
      chunkId,
      runtime: 'process',
      node: 'local',
      startedAtMs: Date.now(),
    });
    return { attemptId, roots };
  }

  /** Starts an attempt and runs its worker to the end. */
  async attempt(
    tree: string,
    chunkId: number,
    budget: Partial<Budget> = {},
    job: Partial<ScanJob> = {},
  ): Promise<EndedAttempt> {
    const { attemptId, roots } = this.start(chunkId);
    const spool = join(this.#spools, attemptId);
    const own = { attempt: attemptId, spool, roots, budget: { ...NO_BUDGET, ...budget }, hashShard: true };
    await worker('scan', jobOf('scan', tree, { ...own, ...job }));
    const result = resultFile(spool);
    return { attemptId, chunkId, spool, result };
  }

  harvest(attempt: EndedAttempt, more: Partial<HarvestRequest> = {}): HarvestReply {
    return this.service.handlers.harvest({
      attemptId: attempt.attemptId,
      chunkId: attempt.chunkId,
      shardDir: attempt.spool,
      isPacked: false,
      expectedSha256: attempt.result.shardSha256 ?? null,
      totals: attempt.result.totals ?? null,
      end: ended(attempt.result.exit === 0 ? 'finished' : 'remainder'),
      maxRetries: 2,
      limits: WIDE,
      remainderParts: 3,
      ...more,
    });
  }

  finish(scanId: string, more: { interrupted?: boolean; publish?: boolean } = {}): Certificate {
    const request = { scanId, interrupted: false, publish: false, finishedAtMs: Date.now(), ...more };
    return this.service.handlers.closeScan(request).certificate;
  }

  /** One whole scan with one worker. */
  async scan(
    tree: string,
    mountId: string,
    more: { publish?: boolean; job?: Partial<ScanJob> } = {},
  ): Promise<Certificate> {
    const scanId = this.begin(mountId);
    for (const chunk of this.add(scanId, WHOLE_MOUNT)) this.harvest(await this.attempt(tree, chunk.id, {}, more.job));
    return this.finish(scanId, more.publish === undefined ? {} : { publish: more.publish });
  }
}

/** Rows of a look into the catalog beside the product's own queries. */
export function query<T>(catalog: TestCatalog, sql: string): T[] {
  const db = new Sqlite(catalog.path, { readonly: true });
  try {
    return db.prepare(sql).all() as T[];
  } finally {
    db.close();
  }
}

/** Paths below the mount point that the view shows, sorted. */
export function visible(catalog: TestCatalog, tree: string): string[] {
  return query<{ path: string }>(catalog, 'SELECT path FROM files')
    .map(({ path }) => path.replace(`${tree}/`, ''))
    .sort();
}
