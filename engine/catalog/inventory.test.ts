import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { ended, TestCatalog, WHOLE_MOUNT } from '../../test/support/catalog.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';

/** One file, one link, two directories below the mount point. */
function tree(): string {
  const dir = join(temporaryDirectory(), 'tree');
  mkdirSync(join(dir, 'a', 'b'), { recursive: true });
  writeFileSync(join(dir, 'a', 'b', 'file.txt'), 'x');
  symlinkSync('nowhere', join(dir, 'link'));
  return dir;
}

function paths(catalog: TestCatalog): string[] {
  const db = new Sqlite(catalog.path, { readonly: true });
  try {
    return db.prepare<[], string>('SELECT path FROM files ORDER BY path').pluck().all();
  } finally {
    db.close();
  }
}

function change(catalog: TestCatalog, statement: string): void {
  const db = new Sqlite(catalog.path);
  db.exec(statement);
  db.close();
}

const openCatalog = (): TestCatalog => new TestCatalog(temporaryDirectory());

describe('the view `files`', () => {
  it('has paths that can be opened, also of a mount at the root of the file system', async () => {
    const catalog = openCatalog();
    await catalog.scan(tree(), catalog.mount('/', 'Everything'));
    await catalog.scan(tree(), catalog.mount('/mnt/share', 'Share'));
    expect(paths(catalog)).toEqual(['/a/b/file.txt', '/mnt/share/a/b/file.txt']);
    catalog.close();
  });

  it('has paths beyond 4,096 bytes whole', async () => {
    const top = temporaryDirectory();
    const name = 'n'.repeat(200);
    // From the inside out: no call takes such a path as a whole.
    let inner = join(top, 'inmost');
    mkdirSync(inner);
    writeFileSync(join(inner, 'deep'), 'x');
    for (let level = 0; level < 50; level += 1) {
      const outer = join(top, String(level));
      mkdirSync(outer);
      renameSync(inner, join(outer, name));
      inner = outer;
    }
    const catalog = openCatalog();
    await catalog.scan(inner, catalog.mount('/mnt/deep', 'Deep'));
    expect(paths(catalog)).toEqual([`/mnt/deep/${`${name}/`.repeat(50)}deep`]);
    catalog.close();
  });
});

describe('a scan that runs', () => {
  it('counts files as files, not its directories', async () => {
    const catalog = openCatalog();
    const root = tree();
    const mountId = catalog.mount(root, 'T');
    const scanId = catalog.begin(mountId);
    for (const chunk of catalog.add(scanId, WHOLE_MOUNT)) catalog.harvest(await catalog.attempt(root, chunk.id));
    const { stats, activity } = catalog.service.handlers;
    const { mounts } = stats({ mountName: null, top: 1, nowMs: Date.now() });
    expect(mounts[0]?.hostIds).toEqual(['test-host']);
    expect(mounts[0]?.provisional?.files).toBe(2);
    expect(activity({ mountId, sinceMs: 0 })).toEqual({ mountFiles: 2, totalFiles: 2, filesSince: 2 });
    const certificate = catalog.finish(scanId);
    expect(certificate.entries.files).toBe(2);
    expect(stats({ mountName: null, top: 1, nowMs: Date.now() }).mounts[0]).toMatchObject({
      files: 2,
      provisional: null,
    });
    catalog.close();
  });

  it('shows as interrupted once its owner is gone, before anybody writes that down', () => {
    const catalog = openCatalog();
    const scanId = catalog.begin(catalog.mount('/mnt/x', 'X'));
    const seen = (by: TestCatalog): unknown => {
      const { scans } = by.service.handlers.scans({ mountName: null, limit: 5 });
      const { mounts } = by.service.handlers.stats({ mountName: null, top: 1, nowMs: 0 });
      return [scans[0]?.scanId, scans[0]?.state, mounts[0]?.provisional !== null];
    };
    const other = new TestCatalog(catalog.dataDir);
    expect(seen(other)).toEqual([scanId, 'open', true]);
    catalog.close();
    expect(seen(other)).toEqual([scanId, 'interrupted', false]);
    const db = new Sqlite(other.path, { readonly: true });
    expect(db.prepare('SELECT state FROM scans').pluck().get()).toBe('open');
    db.close();
    other.close();
  });
});

describe('--publish', () => {
  it('replaces the inventory by an interrupted or a much smaller scan', async () => {
    const catalog = openCatalog();
    const mountId = catalog.mount('/mnt/x', 'X');
    await catalog.scan(tree(), mountId);
    const smaller = temporaryDirectory();
    expect(await catalog.scan(smaller, mountId)).toMatchObject({ published: false });
    expect(await catalog.scan(smaller, mountId, { publish: true })).toMatchObject({ published: true });
    catalog.close();
  });

  it('never by one that did not scan the mount point itself', () => {
    const catalog = openCatalog();
    const scanId = catalog.begin(catalog.mount('/mnt/x', 'X'));
    catalog.add(scanId, WHOLE_MOUNT);
    expect(catalog.finish(scanId, { interrupted: true, publish: true })).toMatchObject({
      published: false,
      unpublishedReason: 'the mount point itself was not scanned',
    });
    catalog.close();
  });

  it('never by one whose sums disagree', async () => {
    const catalog = openCatalog();
    const root = tree();
    const scanId = catalog.begin(catalog.mount(root, 'T'));
    for (const chunk of catalog.add(scanId, WHOLE_MOUNT)) catalog.harvest(await catalog.attempt(root, chunk.id));
    change(catalog, 'UPDATE dirs SET returned = returned + 1 WHERE parent IS NULL');
    expect(catalog.finish(scanId, { publish: true })).toMatchObject({
      verdict: 'disagrees',
      published: false,
      unpublishedReason: 'the sums of the certificate disagree',
    });
    catalog.close();
  });
});

it('an attempt that was lost with its daemon is no failure of its chunk, but not for ever', () => {
  const catalog = openCatalog();
  const scanId = catalog.begin(catalog.mount('/mnt/x', 'X'));
  const [chunk] = catalog.add(scanId, WHOLE_MOUNT);
  const lose = (outcome: 'lost' | 'killed'): unknown => {
    const { attemptId } = catalog.start(chunk?.id ?? 0);
    const request = { attemptId, chunkId: chunk?.id ?? 0, end: ended(outcome, 'WORKER_KILLED'), maxRetries: 1 };
    const { state, failures } = catalog.service.handlers.attemptFailed(request).chunk;
    return [state, failures];
  };
  expect(lose('killed')).toEqual(['waiting', 1]);
  for (let attempt = 2; attempt <= 10; attempt += 1) expect(lose('lost')).toEqual(['waiting', 1]);
  expect(lose('lost')).toEqual(['failed', 2]);
  catalog.close();
});
