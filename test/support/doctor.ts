import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { AttemptEnd } from '../../engine/catalog/api.ts';
import type { Diagnosis } from '../../engine/doctor/types.ts';
import type { Certificate, CertificateGap } from '../../shared/certificate.ts';
import { defaultSettings, type ScanSettings } from '../../shared/settings.ts';
import type { ScanSnapshot } from '../../shared/snapshot.ts';
import { makePlainTree } from '../fixtures/plain-tree.ts';
import { planned, TestCatalog } from './catalog.ts';
import { cli, type CliOptions } from './cli.ts';
import { temporaryDirectory } from './temporary.ts';

/** A data directory with a tree to scan, to be brought out of order. */
export class Ward {
  readonly dir = temporaryDirectory();
  readonly data: string;
  readonly tree: string;
  readonly catalogPath: string;

  constructor(data?: string) {
    this.data = data ?? join(this.dir, 'data');
    mkdirSync(this.data, { recursive: true });
    this.tree = makePlainTree(join(this.dir, 'tree'), 20, 10);
    this.catalogPath = join(this.data, 'smart_catalog.db');
  }

  /** Lines of a log; the time is put before each. Gives its path. */
  log(lines: readonly string[], style: 'ours' | 'original' = 'ours'): string {
    const dir = style === 'ours' ? join(this.data, 'logs') : this.data;
    mkdirSync(dir, { recursive: true });
    const path = join(dir, 'smart_scan_20260131_180509.log');
    const stamp = style === 'ours' ? '2026-01-31 18:05:09' : '2026-01-31 18:05:09,123';
    writeFileSync(path, lines.map((line) => `${stamp} - ${line}\n`).join(''));
    return path;
  }

  /** The database of the original, with so many files. */
  original(files: number): void {
    const db = new Sqlite(this.catalogPath);
    db.exec(`CREATE TABLE files (
      id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT UNIQUE NOT NULL, size INTEGER, mtime REAL, checksum VARCHAR(64), mount_point TEXT,
      file_type TEXT, extension TEXT, scan_time TIMESTAMP DEFAULT (datetime('now')))`);
    const insert = db.prepare("INSERT INTO files(path, size, mount_point) VALUES (?, 1, '/mnt/user/Videos')");
    db.transaction(() => {
      for (let file = 0; file < files; file += 1) insert.run(`/mnt/user/Videos/${file}`);
    })();
    db.close();
  }

  /** A scan by a real worker, published. */
  async scanned(): Promise<void> {
    const catalog = new TestCatalog(this.data);
    await catalog.scan(this.tree, catalog.mount(this.tree, 'Tree'));
    catalog.close();
  }

  /** Opens a scan as the program does. Close it: then nobody holds its lock. `hostId`: else one that is nowhere. */
  begin(
    more: {
      runtime?: 'docker' | 'process';
      settings?: Partial<ScanSettings>;
      logPath?: string;
      hostId?: string;
      name?: string;
    } = {},
  ): Begun {
    const { runtime = 'process', settings = {}, logPath = '/log', hostId: knownAs = 'test-host', name = 'Tree' } = more;
    const catalog = new TestCatalog(this.data);
    const { handlers } = catalog.service;
    const { hostId } = handlers.resolveHost({ kind: runtime, ids: [knownAs], address: 'local', name: 'test' });
    const { mountId } = handlers.resolveMount({
      hostId,
      path: name === 'Tree' ? this.tree : join(this.tree, name),
      name,
      create: true,
    });
    const { scanId } = handlers.createScan({
      mountId,
      settings: { ...defaultSettings(), ...settings },
      planWay: 'measure',
      runtime,
      owner: `me@${hostname()}`,
      logPath,
      startedAtMs: Date.now() - 3_600_000,
    });
    return { catalog, scanId };
  }

  /** A finished scan whose chunks all ended like this, for good. */
  failed(
    count: number,
    end: Pick<AttemptEnd, 'outcome' | 'exitCode' | 'code' | 'reason'>,
    more: Parameters<Ward['begin']>[0] = {},
  ): void {
    const { catalog, scanId } = this.begin(more);
    const items = Array.from({ length: count }, (_none, index) =>
      planned([{ path: `group-${index}`, mode: 'subtree', entries: null, bytes: null }]),
    );
    for (const chunk of catalog.add(scanId, ...items)) {
      const { attemptId } = catalog.start(chunk.id);
      catalog.service.handlers.attemptFailed({
        attemptId,
        chunkId: chunk.id,
        end: { ...end, endedAtMs: Date.now() },
        maxRetries: 0,
      });
    }
    // As the last try leaves them, also those of attempts that were lost and count for nothing.
    this.change((db) => db.prepare("UPDATE chunks SET state = 'failed', reason = ?").run(end.reason));
    catalog.finish(scanId);
    catalog.close();
  }

  /** As a scan of a tree that answers so would have ended. */
  async withGaps(reason: string, syscall: string): Promise<void> {
    await this.scanned();
    this.change((db) => {
      const text = db.prepare('SELECT certificate FROM scans').pluck().get() as string;
      const gaps: CertificateGap[] = ['group-0/dir-1', 'group-1'].map((path) => ({
        path,
        state: 'failed',
        reason,
        syscall,
        belowUnknown: true,
      }));
      const certificate = { ...(JSON.parse(text) as Certificate), verdict: 'gaps', gaps, gapCount: 2 };
      db.prepare("UPDATE scans SET certificate = ?, verdict = 'gaps'").run(JSON.stringify(certificate));
    });
  }

  change(work: (db: Sqlite.Database) => void): void {
    const db = new Sqlite(this.catalogPath);
    try {
      work(db);
    } finally {
      db.close();
    }
  }

  /** Writes nonsense over a part of the catalog. */
  scratch(from: number, length: number): void {
    const bytes = readFileSync(this.catalogPath);
    bytes.fill(0xa5, from, from + length);
    writeFileSync(this.catalogPath, bytes);
  }

  live(scanId: string, chunk: Partial<ScanSnapshot['running'][number]>, more: Partial<ScanSnapshot> = {}): void {
    const nowMs = Date.now();
    mkdirSync(join(this.data, 'live'), { recursive: true });
    const running = {
      chunkId: 1,
      attempt: 1,
      label: 'Inbox',
      rootCount: 1,
      role: 'worker',
      phase: 'running',
      startedAtMs: nowMs - 1_800_000,
      files: 10,
      entries: 10,
      path: 'Inbox',
      syscall: 'lstat',
      waitingMs: 0,
      large: null,
      lastProgressAtMs: nowMs,
      ...chunk,
    };
    const snapshot = {
      version: 1,
      revision: 1,
      scanId,
      mountName: 'Tree',
      mountPath: this.tree,
      runtime: 'process',
      phase: 'scanning',
      logPath: '/log',
      startedAtMs: nowMs - 1_800_000,
      updatedAtMs: nowMs,
      pauses: [],
      chunks: { planned: 2, queued: 0, running: 1, merging: 0, waiting: 0, done: 1, failed: 0, paused: 0 },
      load: 'balanced',
      running: [running],
      ...more,
    };
    writeFileSync(join(this.data, 'live', `${scanId}.json`), JSON.stringify(snapshot));
  }

  async examine(
    options: CliOptions = {},
    more: readonly string[] = [],
  ): Promise<Diagnosis & { status: number | null }> {
    const { out, err, status } = await cli(['debug', '--data-dir', this.data, '--json', ...more], options);
    try {
      return { ...(JSON.parse(out) as Diagnosis), status };
    } catch (error) {
      throw new Error(`${out}\n${err}`, { cause: error });
    }
  }
}

export interface Begun {
  readonly catalog: TestCatalog;
  readonly scanId: string;
}
