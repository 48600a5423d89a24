import { Buffer } from 'node:buffer';
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { extensionOf } from '../../shared/totals.ts';
import { makePlainTree } from '../../test/fixtures/plain-tree.ts';
import { planned, query, TestCatalog, visible } from '../../test/support/catalog.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import type { PlanItem } from '../plan/types.ts';

const open: TestCatalog[] = [];

afterEach(() => {
  for (const catalog of open.splice(0)) catalog.close();
});

function setup(): { catalog: TestCatalog; tree: string; mount: string } {
  const dir = temporaryDirectory();
  const catalog = new TestCatalog(join(dir, 'data'));
  open.push(catalog);
  const tree = join(dir, 'tree');
  mkdirSync(tree);
  return { catalog, tree, mount: catalog.mount(tree, 'Tree') };
}

const root = (path: string, mode: PlanItem['mode'] = 'subtree'): ReturnType<typeof planned> =>
  planned([{ path, mode, entries: null, bytes: null }]);

describe('hard links', () => {
  it('are charged once, to the lowest path in byte order, in whichever chunk and order it comes', async () => {
    const { catalog, tree, mount } = setup();
    // In byte order "a b" comes before "a/…", and "a!" too: a sort by directory would charge the wrong one.
    for (const name of ['a', 'a b', 'z']) mkdirSync(join(tree, name));
    writeFileSync(join(tree, 'z', 'first made'), 'x'.repeat(10_000));
    for (const path of ['a/link', 'a b/link', 'z/other']) linkSync(join(tree, 'z', 'first made'), join(tree, path));
    const scanId = catalog.begin(mount);
    for (const chunk of catalog.add(scanId, root('z'), root('a'), root('a b'), root('', 'own')))
      catalog.harvest(await catalog.attempt(tree, chunk.id));
    const certificate = catalog.finish(scanId);
    expect(certificate.bytes.allocated).toBe(certificate.bytes.charged * 4n);
    expect(
      query(
        catalog,
        'SELECT coalesce(d.path, d.name) AS dir FROM entries e JOIN dirs d ON d.id = e.dir WHERE e.charged > 0',
      ),
    ).toEqual([{ dir: 'a b' }]);
    expect(query(catalog, 'SELECT path FROM dirs WHERE all_charged > 0 ORDER BY id')).toEqual([
      { path: '' },
      { path: 'a b' },
    ]);
  });
});

it('hard links: a path beyond 4,096 bytes has its place in byte order too', async () => {
  const { catalog, tree, mount } = setup();
  writeFileSync(join(tree, 'z'), 'x'.repeat(10_000));
  // Outside in, each step relative: no call takes such a path as a whole.
  const before = process.cwd();
  process.chdir(tree);
  try {
    for (let level = 0; level < 25; level += 1) {
      mkdirSync('m'.repeat(200));
      process.chdir('m'.repeat(200));
    }
    linkSync(join(tree, 'z'), 'link');
  } finally {
    process.chdir(before);
  }
  const charged = (): unknown[] =>
    query(catalog, 'SELECT d.depth, e.name FROM entries e JOIN dirs d ON d.id = e.dir WHERE e.charged > 0');
  await catalog.scan(tree, mount);
  expect(charged()).toEqual([{ depth: 25, name: 'link' }]);
  linkSync(join(tree, 'z'), join(tree, 'a'));
  await catalog.scan(tree, mount);
  expect(charged()).toContainEqual({ depth: 0, name: 'a' });
});

describe('the view of files', () => {
  it("has the original's columns, in its order, and its rows: regular files only", async () => {
    const { catalog, tree, mount } = setup();
    mkdirSync(join(tree, 'Films'));
    writeFileSync(join(tree, 'Films', 'A.MKV'), 'x'.repeat(7));
    writeFileSync(join(tree, 'top.txt'), '');
    linkSync(join(tree, 'top.txt'), join(tree, '.hidden'));
    symlinkSync('top.txt', join(tree, 'link'));
    await catalog.scan(tree, mount);
    const db = new Sqlite(catalog.path, { readonly: true });
    const columns = (db.pragma('table_info(files)') as { name: string }[]).map(({ name }) => name);
    db.close();
    expect(columns).toEqual([
      'path',
      'size',
      'mtime',
      'checksum',
      'mount_point',
      'file_type',
      'extension',
      'scan_time',
    ]);
    const rows = query<Record<string, unknown>>(catalog, 'SELECT * FROM files ORDER BY path');
    expect(rows.map((row) => row['path'])).toEqual([`${tree}/.hidden`, `${tree}/Films/A.MKV`, `${tree}/top.txt`]);
    expect(rows[1]).toMatchObject({ size: 7, checksum: null, mount_point: tree, file_type: 'video', extension: 'mkv' });
    expect(rows[1]?.['mtime']).toBeCloseTo(Date.now() / 1000, -2);
    expect(rows[1]?.['scan_time']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  it('has the extensions that the totals are counted by', async () => {
    const { catalog, tree, mount } = setup();
    const names = [
      'a',
      'a.',
      '.a',
      '.a.b',
      '..b',
      'a.b.c',
      'a.a.a',
      'aaa.aa.aaa',
      'X.TAR.GZ',
      'a b.c d',
      'n.1234567890123456',
      'n.12345678901234567',
      'v1.2',
    ];
    for (const name of names) writeFileSync(join(tree, name), name);
    await catalog.scan(tree, mount);
    const rows = query<{ path: string; extension: string }>(catalog, 'SELECT path, extension FROM files');
    const shown = new Map(rows.map(({ path, extension }) => [path.replace(`${tree}/`, ''), extension]));
    expect(shown).toEqual(new Map(names.map((name) => [name, extensionOf(name)])));
    const counted = query<{ ext: string }>(catalog, 'SELECT ext FROM type_totals ORDER BY ext').map(({ ext }) => ext);
    expect(counted).toEqual([...new Set(shown.values())].sort());
  });

  it('shows names that are not UTF-8, files and directories, escaped', async () => {
    const { catalog, tree, mount } = setup();
    const bytes = (...parts: (string | number)[]): Buffer =>
      Buffer.concat([
        Buffer.from(`${tree}/`),
        ...parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))),
      ]);
    mkdirSync(bytes('d', 0xe9));
    mkdirSync(bytes('d', 0xe9, '/sub'));
    writeFileSync(bytes('d', 0xe9, '/plain.txt'), '');
    writeFileSync(bytes('d', 0xe9, '/sub/', 0xff, '.txt'), '');
    writeFileSync(bytes('7'), '');
    await catalog.scan(tree, mount);
    expect(visible(catalog, tree)).toEqual(['7', 'd\\xe9/plain.txt', 'd\\xe9/sub/\\xff.txt']);
    expect(query(catalog, `SELECT typeof(name) AS type FROM entries ORDER BY 1`)).toEqual([
      { type: 'blob' },
      { type: 'text' },
      { type: 'text' },
    ]);
  });
});

describe('what stats tells', () => {
  it('has totals by type and age exact beyond 2^53, and beyond 2^63 over several mounts', async () => {
    const { catalog, tree, mount } = setup();
    writeFileSync(join(tree, 'sparse.img'), '');
    await catalog.scan(tree, mount);
    const other = catalog.mount(join(tree, 'other'), 'Other');
    await catalog.scan(tree, other);
    const totals = (size: bigint): unknown => {
      const db = new Sqlite(catalog.path);
      for (const table of ['type_totals', 'age_totals']) db.prepare(`UPDATE ${table} SET size = ?`).run(size);
      db.close();
      const { types, ages } = catalog.service.handlers.stats({ mountName: null, top: 3, nowMs: Date.now() });
      return [...types, ...ages].map(({ apparentBytes }) => apparentBytes);
    };
    for (const size of [2n ** 53n + 1n, 2n ** 62n + 3n, 2n ** 63n - 1n])
      expect(totals(size)).toEqual([2n * size, 2n * size]);
  });

  it('agrees with the certificate, keeps 64-bit sizes exact, and names what is largest', async () => {
    const { catalog, tree, mount } = setup();
    makePlainTree(tree, 4, 10);
    const huge = 2 ** 43 + 1;
    for (const name of ['one.img', 'two.img']) {
      writeFileSync(join(tree, name), '');
      truncateSync(join(tree, name), huge);
    }
    const certificate = await catalog.scan(tree, mount);
    const stats = catalog.service.handlers.stats({ mountName: 'Tree', top: 3, nowMs: Date.now() });
    expect(stats.mounts).toMatchObject([
      {
        name: 'Tree',
        files: 42,
        directories: 6,
        apparentBytes: certificate.bytes.apparent,
        verdict: 'covered',
        provisional: null,
      },
    ]);
    expect(certificate.bytes.apparent).toBeGreaterThan(BigInt(huge) * 2n);
    expect(stats.types.find(({ extension }) => extension === 'img')).toMatchObject({
      files: 2,
      apparentBytes: BigInt(huge) * 2n,
    });
    expect(stats.types.reduce((sum, type) => sum + type.files, 0)).toBe(42);
    expect(stats.ages.reduce((sum, age) => sum + age.files, 0)).toBe(42);
    expect(stats.largestFiles[0]).toMatchObject({ mount: 'Tree', apparentBytes: BigInt(huge) });
    expect(() => catalog.service.handlers.stats({ mountName: 'Nothing', top: 1, nowMs: 0 })).toThrow(
      expect.objectContaining({ code: 'NO_SUCH_MOUNT' }),
    );
  });
});
