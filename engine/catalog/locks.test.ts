import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../shared/settings.ts';
import { TestCatalog } from '../../test/support/catalog.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { startCatalog, type RunningCatalog } from './client.ts';
import { ScanLocks } from './locks.ts';

const BUNDLE = join(import.meta.dirname, '..', '..', 'dist', 'catalog.mjs');
const processes: RunningCatalog[] = [];

afterEach(async () => {
  await Promise.all(processes.splice(0).map((one) => one.stop()));
});

/** Another program that scans this mount: a catalog process of its own. */
async function otherOwner(dataDir: string, name: string): Promise<{ other: RunningCatalog; scanId: string }> {
  const other = startCatalog({ bundle: BUNDLE, nodePath: process.execPath });
  processes.push(other);
  const { client } = other;
  const path = join(dataDir, 'smart_catalog.db');
  await client.open({ path, mustExist: false, allowAnyFilesystem: true });
  const { hostId } = await client.resolveHost({ kind: 'process', ids: ['test-host'], address: 'local', name: 'test' });
  const { mountId } = await client.resolveMount({ hostId, path: `/mnt/${name}`, name, create: true });
  const scan = { mountId, settings: defaultSettings(), planWay: 'measure', runtime: 'process' } as const;
  const { scanId } = await client.createScan({ ...scan, owner: 'somebody@there', logPath: '/log', startedAtMs: 1 });
  return { other, scanId };
}

function stateOf(catalog: TestCatalog, scanId: string): string | undefined {
  const { scans } = catalog.service.handlers.scans({ mountName: null, limit: 10 });
  return scans.find((scan) => scan.scanId === scanId)?.state;
}

describe('a scan that runs', () => {
  it('keeps a second one of its mount out, and says whose it is; another mount may be scanned', async () => {
    const dataDir = temporaryDirectory();
    const { other, scanId } = await otherOwner(dataDir, 'Films');
    const catalog = new TestCatalog(dataDir);
    try {
      const mount = catalog.mount('/mnt/Films', 'Films');
      expect(() => catalog.begin(mount)).toThrow(
        expect.objectContaining({
          code: 'SCAN_RUNNING',
          message: expect.stringMatching(/since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)/) as string,
        }),
      );
      expect(() => catalog.begin(mount)).toThrow(scanId);
      expect(() => catalog.begin(mount)).toThrow('somebody@there');
      expect(catalog.service.handlers.openScans(null).scans).toMatchObject([{ scanId, alive: true }]);
      catalog.finish(catalog.begin(catalog.mount('/mnt/Music', 'Music')));
      // Stopped by the shell or by a debugger isn't dead.
      process.kill(other.pid, 'SIGSTOP');
      expect(() => catalog.begin(mount)).toThrow(expect.objectContaining({ code: 'SCAN_RUNNING' }));
      process.kill(other.pid, 'SIGCONT');
      // The refused ones left no lock behind.
      expect(readdirSync(join(dataDir, 'locks')).filter((file) => file.endsWith('.lock'))).toEqual([
        `scan-${scanId}.lock`,
      ]);
    } finally {
      catalog.close();
    }
  });

  it('is seen, with its mount, while somebody who stands still holds the lock of all writers', async () => {
    const dataDir = temporaryDirectory();
    const { scanId } = await otherOwner(dataDir, 'Films');
    const catalog = new TestCatalog(dataDir);
    const writer = new Sqlite(join(dataDir, 'smart_catalog.db'));
    try {
      const { handlers } = catalog.service;
      // Never let go: whatever waits for it throws SQLITE_BUSY in the end.
      writer.exec('BEGIN IMMEDIATE');
      const { hostId } = handlers.findHost({ ids: ['test-host'] });
      const found = handlers.resolveMount({
        hostId: hostId ?? '',
        path: '/mnt/Films',
        name: 'Films',
        create: false,
      });
      expect(handlers.openScans(null).scans).toMatchObject([{ scanId, mountId: found.mountId, alive: true }]);
    } finally {
      writer.close();
      catalog.close();
    }
  });

  it('whose owner was killed is interrupted, and the mount is free at once', async () => {
    const dataDir = temporaryDirectory();
    const { other, scanId } = await otherOwner(dataDir, 'Films');
    const catalog = new TestCatalog(dataDir);
    try {
      process.kill(other.pid, 'SIGKILL');
      await delay(200);
      expect(catalog.service.handlers.openScans(null).scans).toMatchObject([{ scanId, alive: false }]);
      const next = catalog.begin(catalog.mount('/mnt/Films', 'Films'));
      expect(stateOf(catalog, scanId)).toBe('interrupted');
      expect(stateOf(catalog, next)).toBe('open');
      await expect(other.client.openScans(null)).rejects.toMatchObject({ code: 'CATALOG_GONE' });
    } finally {
      catalog.close();
    }
  });

  it('gives its mount back when it is closed', () => {
    const catalog = new TestCatalog(temporaryDirectory());
    try {
      const mount = catalog.mount('/mnt/Films', 'Films');
      catalog.finish(catalog.begin(mount));
      catalog.finish(catalog.begin(mount));
      expect(readdirSync(join(catalog.dataDir, 'locks'))).toEqual([]);
    } finally {
      catalog.close();
    }
  });
});

describe('a lock', () => {
  it('has one holder', () => {
    const path = join(temporaryDirectory(), 'catalog.db');
    const [mine, yours] = [new ScanLocks(path), new ScanLocks(path)];
    expect(mine.acquire('a')).toBe(true);
    expect(mine.acquire('a')).toBe(true);
    expect(yours.acquire('a')).toBe(false);
    expect(yours.acquire('b')).toBe(true);
    expect([mine.isHeld('b'), yours.isHeld('a'), yours.isHeld('never taken')]).toEqual([true, true, false]);
    mine.releaseAll();
    expect(yours.isHeld('a')).toBe(false);
    expect(yours.acquire('a')).toBe(true);
    yours.releaseAll();
  });
});
