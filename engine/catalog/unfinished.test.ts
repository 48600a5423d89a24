import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { PlanItem } from '../plan/types.ts';
import { planned, query, TestCatalog } from '../../test/support/catalog.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';

const item = (path: string, mode: PlanItem['mode'] = 'subtree'): PlanItem => ({
  path,
  mode,
  entries: null,
  bytes: null,
});

/** a/, a/b/, a/b/c/, d/: each with files, one of them linked everywhere. */
function makeTree(): string {
  const root = join(temporaryDirectory(), 'tree');
  for (const dir of ['', 'a', 'a/b', 'a/b/c', 'd']) {
    mkdirSync(join(root, dir), { recursive: true });
    writeFileSync(join(root, dir, 'file'), 'x'.repeat(5000));
  }
  for (const dir of ['a', 'a/b/c', 'd']) linkSync(join(root, 'file'), join(root, dir, 'linked'));
  return root;
}

const CHUNKS = [
  planned([item('d')]),
  planned([item('a/b/c')]),
  planned([item('a/b', 'own')]),
  planned([item('a', 'own'), item('', 'own')]),
];
const ROWS = `SELECT coalesce(d.path, '') AS path, d.state, d.own_charged, d.all_files, d.all_dirs, d.all_size, d.all_alloc, d.all_charged FROM dirs d
  WHERE d.scan = (SELECT max(num) FROM scans) ORDER BY d.path`;
const CHARGED = `SELECT d.path, e.name, e.charged FROM entries e JOIN dirs d ON d.id = e.dir ORDER BY d.path, e.name`;

const rowsOf = (catalog: TestCatalog): unknown => [query(catalog, ROWS), query(catalog, CHARGED)];
const opened = (): TestCatalog => new TestCatalog(temporaryDirectory());

/** All chunks at once, closed once. */
async function leftAlone(tree: string): Promise<unknown> {
  const catalog = opened();
  const scan = catalog.begin(catalog.mount(tree, 'T'));
  for (const chunk of catalog.add(scan, ...CHUNKS)) catalog.harvest(await catalog.attempt(tree, chunk.id));
  expect(catalog.finish(scan)).toMatchObject({ verdict: 'covered', published: true });
  const rows = rowsOf(catalog);
  catalog.close();
  return rows;
}

describe('a scan that goes on', () => {
  it.each([
    [0, 1, 2, 3],
    [1, 0, 3, 2],
    [3, 2, 1, 0],
    [2, 3, 0, 1],
  ])(
    'after each chunk, closed and opened again each time, has the sums of one left alone (order %i %i %i %i)',
    async (...order) => {
      const tree = makeTree();
      const catalog = opened();
      const scan = catalog.begin(catalog.mount(tree, 'T'));
      const chunks = catalog.add(scan, ...CHUNKS);
      catalog.service.handlers.planMade({ scanId: scan });
      for (const [done, index] of order.entries()) {
        const chunk = chunks[index];
        if (chunk === undefined) throw new Error('There are four chunks.');
        catalog.harvest(await catalog.attempt(tree, chunk.id));
        if (done === order.length - 1) break;
        expect(catalog.finish(scan, { interrupted: true })).toMatchObject({ published: false });
        const [unfinished] = catalog.service.handlers.unfinishedScans({ mountName: 'T' }).scans;
        expect(unfinished).toMatchObject({ scanId: scan, openChunks: order.length - done - 1 });
        const again = catalog.service.handlers.resumeScan({ scanId: scan, owner: 'me@there' });
        expect(again).toMatchObject({ planned: true, ended: { done: done + 1, failed: 0 }, attempts: [] });
        expect(again.chunks).toHaveLength(order.length - done - 1);
        expect(again.items).toHaveLength(5);
      }
      expect(catalog.finish(scan)).toMatchObject({ verdict: 'covered', published: true });
      expect(rowsOf(catalog)).toEqual(await leftAlone(tree));
      expect(catalog.service.handlers.unfinishedScans({ mountName: null }).scans).toEqual([]);
      expect(() => catalog.service.handlers.resumeScan({ scanId: scan, owner: 'me' })).toThrow('no unfinished scan');
      catalog.close();
    },
  );

  it('names the attempts that nobody ended, and is refused while its owner lives', () => {
    const tree = makeTree();
    const dataDir = temporaryDirectory();
    const first = new TestCatalog(dataDir);
    const scan = first.begin(first.mount(tree, 'T'));
    const [chunk] = first.add(scan, ...CHUNKS);
    const { attemptId } = first.start(chunk?.id ?? 0);
    const second = new TestCatalog(dataDir);
    expect(second.service.handlers.unfinishedScans({ mountName: null }).scans).toEqual([]);
    expect(() => second.service.handlers.resumeScan({ scanId: scan, owner: 'me' })).toThrow(
      /is running \(somebody@here, since/,
    );
    first.close();
    const again = second.service.handlers.resumeScan({ scanId: scan, owner: 'me' });
    expect(again).toMatchObject({ planned: false, attempts: [{ attemptId, chunkId: chunk?.id, ref: null }] });
    expect(query(second, 'SELECT state, owner FROM scans')).toEqual([{ state: 'open', owner: 'me' }]);
    second.close();
  });

  it('goes on with the settings that it was last given', () => {
    const tree = makeTree();
    const catalog = opened();
    const scan = catalog.begin(catalog.mount(tree, 'T'));
    catalog.finish(scan, { interrupted: true });
    const { settings } = catalog.service.handlers.resumeScan({ scanId: scan, owner: 'me' });
    const changed = { ...settings, load: 'gentle' as const, maxContainers: 3 };
    catalog.service.handlers.changeSettings({ scanId: scan, settings: changed });
    catalog.finish(scan, { interrupted: true });
    expect(settings).not.toEqual(changed);
    expect(catalog.service.handlers.resumeScan({ scanId: scan, owner: 'me' }).settings).toEqual(changed);
    catalog.close();
  });

  it('is outdated where a newer one of its mount exists', () => {
    const tree = makeTree();
    const catalog = opened();
    const mount = catalog.mount(tree, 'T');
    const old = catalog.begin(mount);
    catalog.finish(old, { interrupted: true });
    const newer = catalog.begin(mount);
    expect(() => catalog.service.handlers.resumeScan({ scanId: old, owner: 'me' })).toThrow('is running');
    catalog.finish(newer, { interrupted: true });
    expect(() => catalog.service.handlers.resumeScan({ scanId: old, owner: 'me' })).toThrow('outdated');
    expect(catalog.service.handlers.unfinishedScans({ mountName: null }).scans.map(({ scanId }) => scanId)).toEqual([
      newer,
    ]);
    catalog.close();
  });
});

describe('a directory that stalls', () => {
  const stall = (spool: string, row: string): void => {
    const shard = new Sqlite(join(spool, 'shard.db'));
    shard.exec(`UPDATE dirs SET state = 3, reason = 'STALLED', syscall = 'opendir', returned = 0, files = 0, subdirs = 0, own_size = 0, own_alloc = 0,
      own_charged = 0 WHERE ${row}; DELETE FROM dirs WHERE parent IN (SELECT id FROM dirs WHERE state = 3)`);
    shard.close();
  };
  const unproven = { expectedSha256: null, totals: null };

  it('is tried alone, set aside after two strikes, tried last in the next scan, and forgotten once it can be read', async () => {
    const tree = makeTree();
    const catalog = opened();
    const mount = catalog.mount(tree, 'T');
    const scan = catalog.begin(mount);
    const [whole] = catalog.add(scan, planned([item('')]));
    let attempt = await catalog.attempt(tree, whole?.id ?? 0);
    stall(attempt.spool, "name = 'c'");
    let reply = catalog.harvest(attempt, unproven);
    expect(reply.suspects).toEqual([{ path: 'a/b/c', syscall: 'opendir', strikes: 0, fate: 'tried-alone' }]);
    for (const [strikes, fate] of [
      [1, 'tried-alone'],
      [2, 'set-aside'],
    ] as const) {
      expect(reply.children).toEqual([
        expect.objectContaining({ label: 'a/b/c', alone: true, strikes: strikes - 1, last: false }),
      ]);
      attempt = await catalog.attempt(tree, reply.children[0]?.id ?? 0);
      stall(attempt.spool, 'id = 1');
      reply = catalog.harvest(attempt, unproven);
      expect(reply.suspects).toEqual([{ path: 'a/b/c', syscall: 'opendir', strikes, fate }]);
    }
    expect(reply.children).toEqual([]);
    expect(catalog.finish(scan)).toMatchObject({ verdict: 'gaps', gapCount: 1, published: true });
    expect(query(catalog, 'SELECT path, reason, syscall FROM dirs WHERE state = 3')).toEqual([
      { path: 'a/b/c', reason: 'QUARANTINED', syscall: 'opendir' },
    ]);
    const { items } = catalog.service.handlers.quarantined({ mountId: mount });
    expect(items).toEqual([expect.objectContaining({ path: 'a/b/c', syscall: 'opendir', scanId: scan })]);

    // The next scan: its worker leaves it, and it gets one try at the end.
    const next = catalog.begin(mount);
    const [again] = catalog.add(next, planned([item('')]));
    const left = catalog.harvest(await catalog.attempt(tree, again?.id ?? 0, {}, { setAside: ['a/b/c'] }));
    expect(left.children).toEqual([expect.objectContaining({ label: 'a/b/c', alone: true, strikes: 0, last: true })]);
    attempt = await catalog.attempt(tree, left.children[0]?.id ?? 0);
    stall(attempt.spool, 'id = 1');
    expect(catalog.harvest(attempt, unproven).suspects).toEqual([
      expect.objectContaining({ strikes: 1, fate: 'set-aside' }),
    ]);
    catalog.finish(next);

    // Cured.
    const third = catalog.begin(mount);
    const [own, apart] = catalog.add(
      third,
      planned([item('a/b/c'), item('a/b', 'own'), item('a', 'own'), item('', 'own'), item('d')]),
    );
    expect(apart).toMatchObject({ label: 'a/b/c', rootCount: 1, alone: true, last: true });
    for (const chunk of [own, apart]) catalog.harvest(await catalog.attempt(tree, chunk?.id ?? 0));
    expect(catalog.finish(third)).toMatchObject({ verdict: 'covered' });
    expect(catalog.service.handlers.quarantined({ mountId: mount }).items).toEqual([]);
    catalog.close();
  });
});
