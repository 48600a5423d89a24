import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makePlainTree } from '../../test/fixtures/plain-tree.ts';
import { ended, planned, query, TestCatalog, visible } from '../../test/support/catalog.ts';
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

/** A scan in which the chunks of these directories fail for good. */
async function scanFailing(
  catalog: TestCatalog,
  tree: string,
  mount: string,
  whole: readonly string[],
  failing: readonly string[],
): ReturnType<TestCatalog['scan']> {
  const scanId = catalog.begin(mount);
  const above = new Set([
    '',
    ...[...whole, ...failing].flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_part, index, parts) => parts.slice(0, index + 1).join('/')),
    ),
  ]);
  const own = [...above].filter((path) => !whole.includes(path) && !failing.includes(path));
  const chunks = catalog.add(
    scanId,
    ...own.map((path) => root(path, 'own')),
    ...whole.map((path) => root(path)),
    ...failing.map((path) => root(path)),
  );
  for (const chunk of chunks) {
    if (failing.includes(chunk.label as string) && chunk.firstMode === 'subtree') {
      const { attemptId } = catalog.start(chunk.id);
      const end = ended('crashed', 'WORKER_CRASHED');
      catalog.service.handlers.attemptFailed({ attemptId, chunkId: chunk.id, end, maxRetries: 0 });
    } else catalog.harvest(await catalog.attempt(tree, chunk.id));
  }
  return catalog.finish(scanId);
}

describe('the inventory', () => {
  it('is the old one until the new one is complete, then the new one at once', async () => {
    const { catalog, tree, mount } = setup();
    writeFileSync(join(tree, 'old'), '');
    writeFileSync(join(tree, 'stays'), '');
    await catalog.scan(tree, mount);
    rmSync(join(tree, 'old'));
    writeFileSync(join(tree, 'new'), '');
    const scanId = catalog.begin(mount);
    const [chunk] = catalog.add(scanId, root(''));
    catalog.harvest(await catalog.attempt(tree, chunk?.id ?? 0));
    expect(visible(catalog, tree)).toEqual(['old', 'stays']);
    expect(catalog.finish(scanId).published).toBe(true);
    expect(visible(catalog, tree)).toEqual(['new', 'stays']);
  });

  it('is not replaced by a scan that was interrupted, is empty, or has under half the entries, unless asked', async () => {
    const { catalog, tree, mount } = setup();
    makePlainTree(tree, 3, 10);
    await catalog.scan(tree, mount);
    const before = visible(catalog, tree);
    const interrupted = catalog.begin(mount);
    catalog.add(interrupted, root(''));
    expect(catalog.finish(interrupted, { interrupted: true })).toMatchObject({ published: false, verdict: 'gaps' });
    rmSync(join(tree, 'group-0', 'dir-0'), { recursive: true });
    rmSync(join(tree, 'group-0', 'dir-1'), { recursive: true });
    const fewer = await catalog.scan(tree, mount);
    expect(fewer).toMatchObject({ published: false, verdict: 'covered' });
    expect(fewer.unpublishedReason).toContain('less than half');
    rmSync(join(tree, 'group-0'), { recursive: true });
    expect((await catalog.scan(tree, mount)).unpublishedReason).toContain('empty');
    expect(visible(catalog, tree)).toEqual(before);
    expect((await catalog.scan(tree, mount, { publish: true })).published).toBe(true);
    expect(visible(catalog, tree)).toEqual([]);
  });

  it('keeps the last good rows below what failed, dated, outside the new totals, until a scan sees them again', async () => {
    const { catalog, tree, mount } = setup();
    for (const path of ['a/good', 'bad/x', 'bad/deep/y', 'c/z'].map((name) => join(tree, name))) {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, '12345');
    }
    await catalog.scan(tree, mount);
    rmSync(join(tree, 'c', 'z'));
    writeFileSync(join(tree, 'a', 'more'), '');
    const certificate = await scanFailing(catalog, tree, mount, ['a', 'c'], ['bad']);
    expect(certificate).toMatchObject({ published: true, verdict: 'gaps', entries: { files: 2 } });
    const all = ['a/good', 'a/more', 'bad/deep/y', 'bad/x'];
    expect(visible(catalog, tree)).toEqual(all);
    const dates = query<{ n: number }>(catalog, 'SELECT count(DISTINCT scan_time) AS n FROM published_dirs');
    expect(dates).toEqual([{ n: 2 }]);
    catalog.service.handlers.prune({ mountId: mount, keepScans: 1, maxMs: 10_000 });
    expect(visible(catalog, tree)).toEqual(all);
    // It fails again, now a directory above it, and later one below it: what was good before both is still there.
    await scanFailing(catalog, tree, mount, ['a', 'c'], ['bad']);
    catalog.service.handlers.prune({ mountId: mount, keepScans: 1, maxMs: 10_000 });
    expect(visible(catalog, tree)).toEqual(all);
    await scanFailing(catalog, tree, mount, ['a', 'c'], ['bad/deep']);
    catalog.service.handlers.prune({ mountId: mount, keepScans: 1, maxMs: 10_000 });
    expect(visible(catalog, tree)).toEqual(all);
    // Seen again: nothing old is kept, in the view or on the disk.
    rmSync(join(tree, 'bad', 'deep', 'y'));
    await catalog.scan(tree, mount);
    expect(visible(catalog, tree)).toEqual(['a/good', 'a/more', 'bad/x']);
    catalog.service.handlers.prune({ mountId: mount, keepScans: 1, maxMs: 10_000 });
    expect(query(catalog, 'SELECT count(*) AS n FROM entries')).toEqual([{ n: 3 }]);
  });

  it('keeps them also when next time something above fails', async () => {
    const { catalog, tree, mount } = setup();
    for (const path of ['a/one', 'top/two', 'top/bad/three'].map((name) => join(tree, name))) {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, '');
    }
    await catalog.scan(tree, mount);
    await scanFailing(catalog, tree, mount, ['a'], ['top/bad']);
    expect(visible(catalog, tree)).toEqual(['a/one', 'top/bad/three', 'top/two']);
    await scanFailing(catalog, tree, mount, ['a'], ['top']);
    expect(visible(catalog, tree)).toEqual(['a/one', 'top/bad/three', 'top/two']);
  });
});

describe('superseded scans', () => {
  it('lose their rows but keep the sums of their directories', async () => {
    const { catalog, tree, mount } = setup();
    makePlainTree(tree, 12, 20);
    await catalog.scan(tree, mount);
    await catalog.scan(tree, mount);
    const sums = (): unknown => query(catalog, 'SELECT all_files, all_size FROM dirs WHERE scan = 1 ORDER BY id');
    const before = sums();
    catalog.service.handlers.prune({ mountId: mount, keepScans: 2, maxMs: 10_000 });
    expect(query(catalog, 'SELECT count(*) AS n FROM entries')).toEqual([{ n: 480 }]);
    expect(catalog.service.handlers.prune({ mountId: mount, keepScans: 1, maxMs: 10_000 })).toMatchObject({
      done: true,
    });
    expect(query(catalog, 'SELECT count(*) AS n FROM entries')).toEqual([{ n: 240 }]);
    expect(sums()).toEqual(before);
    expect(visible(catalog, tree)).toHaveLength(240);
  });

  it('of another mount stay', async () => {
    const { catalog, tree, mount } = setup();
    makePlainTree(tree, 2, 5);
    await catalog.scan(tree, mount);
    await catalog.scan(tree, catalog.mount(join(tree, 'group-0'), 'Other'), { publish: true });
    catalog.service.handlers.prune({ mountId: mount, keepScans: 1, maxMs: 10_000 });
    expect(query(catalog, 'SELECT count(*) AS n FROM entries')).toEqual([{ n: 20 }]);
  });
});
