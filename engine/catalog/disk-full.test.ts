import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { independentWalk } from '../../test/fixtures/independent-walk.ts';
import { makePlainTree } from '../../test/fixtures/plain-tree.ts';
import { ended, planned, TestCatalog } from '../../test/support/catalog.ts';
import { publishedRows } from '../../test/support/catalog-rows.ts';
import { canMount, smallDisk, type SmallDisk } from '../../test/support/small-disk.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';

const able = canMount();
if (!able) console.log('SKIPPED: a disk that fills up while merging: mounting one takes root');

describe.skipIf(!able)('a disk that fills up while merging (needs root and the right to mount a tmpfs)', () => {
  let disk: SmallDisk;

  beforeEach(() => {
    disk = smallDisk(1024);
  });
  afterEach(() => {
    disk.unmount();
  });

  it('changes nothing, and merges the same attempt once there is room', async () => {
    const dir = temporaryDirectory();
    const tree = join(dir, 'tree');
    makePlainTree(join(tree, 'small'), 5, 10);
    makePlainTree(join(tree, 'large'), 100, 300);
    const catalog = new TestCatalog(join(disk.dir, 'data'), join(dir, 'spool'));
    try {
      const scanId = catalog.begin(catalog.mount(tree, 'Tree'));
      const root = (path: string): ReturnType<typeof planned> =>
        planned([{ path, mode: 'subtree', entries: null, bytes: null }]);
      const own = planned([{ path: '', mode: 'own', entries: null, bytes: null }]);
      const [first, second, third] = catalog.add(scanId, root('small'), root('large'), own).map(({ id }) => id);
      catalog.harvest(await catalog.attempt(tree, first ?? 0));
      const attempt = await catalog.attempt(tree, second ?? 0);
      for (let times = 0; times < 3; times += 1)
        expect(() => catalog.harvest(attempt)).toThrow(expect.objectContaining({ code: 'MERGE_DISK_FULL' }));
      disk.grow(64 * 1024);
      expect(catalog.harvest(attempt)).toMatchObject({ chunk: { state: 'done', failures: 0, attempts: 1 } });
      catalog.harvest(await catalog.attempt(tree, third ?? 0));
      const certificate = catalog.finish(scanId);
      expect(certificate).toMatchObject({ verdict: 'covered', published: true, chunks: { done: 3, failed: 0 } });
      expect([...publishedRows(catalog.dataDir, 'Tree').keys()].sort()).toEqual(
        [...independentWalk(tree).keys()].sort(),
      );
    } finally {
      catalog.close();
    }
  });

  it('keeps room for noting how the scan ended, however full it is', async () => {
    const dir = temporaryDirectory();
    const tree = makePlainTree(join(dir, 'tree'), 40, 10);
    const catalog = new TestCatalog(join(disk.dir, 'data'), join(dir, 'spool'));
    const { handlers } = catalog.service;
    try {
      const scanId = catalog.begin(catalog.mount(tree, 'Tree'));
      const items = Array.from({ length: 4 }, (_, group) => ({ path: `group-${group}`, mode: 'subtree' as const }));
      const own = planned([{ path: '', mode: 'own', entries: null, bytes: null }]);
      const roots = items.map((item) => planned([{ ...item, entries: null, bytes: null }]));
      const [first, second] = catalog.add(scanId, own, ...roots).map(({ id }) => id);
      catalog.harvest(await catalog.attempt(tree, first ?? 0));
      disk.fill();
      const attempt = catalog.start(second ?? 0);
      disk.fill();
      const end = ended('stopped');
      handlers.releaseChunk({ attemptId: attempt.attemptId, chunkId: second ?? 0, end });
      disk.fill();
      handlers.planMade({ scanId });
      disk.fill();
      const certificate = catalog.finish(scanId, { interrupted: true });
      expect(certificate).toMatchObject({
        verdict: 'gaps',
        interrupted: true,
        chunks: { done: 1, failed: 0, open: 4 },
      });
      expect(certificate.gaps.map(({ path, reason }) => [path, reason])).toEqual(
        items.map(({ path }) => [path, 'NOT_REACHED']),
      );
    } finally {
      catalog.close();
    }
  });

  it('says so, and is no defect of ours, where not even that is left', () => {
    const catalog = new TestCatalog(join(disk.dir, 'data'));
    try {
      const mount = catalog.mount('/somewhere', 'Somewhere');
      const scanId = catalog.begin(mount);
      const noteUntilFull = (note: () => unknown): void => {
        for (let times = 0; times < 10_000; times += 1) {
          disk.fill();
          note();
        }
      };
      let name = 0;
      const chunk = (): unknown => {
        name += 1;
        return catalog.add(scanId, planned([{ path: `d-${name}`, mode: 'subtree', entries: null, bytes: null }]));
      };
      expect(() => noteUntilFull(chunk)).toThrow(
        expect.objectContaining({
          code: 'DISK_FULL',
          exitStatus: 2,
          hint: expect.stringMatching(/^Make room/) as string,
        }),
      );
      catalog.service.close();
      disk.empty();
      catalog.service.handlers.open({ path: catalog.path, mustExist: true, allowAnyFilesystem: true });
      disk.fill();
      // No scan of ours runs: none can begin, which is another exit status.
      expect(() => noteUntilFull(() => catalog.begin(mount))).toThrow(
        expect.objectContaining({ code: 'DATA_DIR', exitStatus: 3 }),
      );
    } finally {
      catalog.close();
    }
  });
});
