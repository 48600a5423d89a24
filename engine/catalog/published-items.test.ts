import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nameToBytes } from '../../shared/names.ts';
import { independentWalk } from '../../test/fixtures/independent-walk.ts';
import { TestCatalog } from '../../test/support/catalog.ts';
import { makeTree } from '../../test/support/disk-trees.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { flatten, randomTree } from '../../test/support/trees.ts';
import { pack } from '../plan/pack.ts';
import type { PlanItem } from '../plan/types.ts';

const dir = temporaryDirectory();
const tree = join(dir, 'tree');
const catalog = new TestCatalog(join(dir, 'data'));
const mount = catalog.mount(tree, 'Tree');

beforeAll(async () => {
  makeTree(tree, flatten(fc.sample(randomTree, { numRuns: 1, seed: 7 })[0] ?? fail()));
  mkdirSync(join(tree, 'group', 'large'), { recursive: true });
  for (let file = 0; file < 30; file += 1) writeFileSync(join(tree, 'group', 'large', `f${file}`), 'x');
  await catalog.scan(tree, mount);
});

afterAll(() => {
  catalog.close();
});

function fail(): never {
  throw new Error('fast-check gave no tree');
}

/** How many of the roots hold this path (latin1 text of its bytes): a directory's files and itself by `own`, all below by a subtree. */
function holders(path: string, isDirectory: boolean, items: readonly PlanItem[]): number {
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  return items.filter((item) => {
    const root = Buffer.from(nameToBytes(item.path)).toString('latin1');
    if (item.mode === 'own') return isDirectory ? path === root : parent === root && path !== '';
    return root === '' || path === root || path.startsWith(`${root}/`);
  }).length;
}

it('the plan of a rescan holds every entry of the published scan exactly once, whatever the limits', () => {
  const walk = independentWalk(tree);
  const limits = fc.record({ bytes: fc.integer({ min: 1, max: 400_000 }), entries: fc.integer({ min: 1, max: 200 }) });
  fc.assert(
    fc.property(limits, (limit) => {
      const { items } = catalog.service.handlers.publishedItems({ mountId: mount, limits: limit });
      for (const [path, { type }] of walk) expect([path, holders(path, type === 'd', items)]).toEqual([path, 1]);
      expect(items.reduce((sum, item) => sum + (item.entries ?? NaN), 0)).toBe(walk.size);
    }),
    { numRuns: 40 },
  );
});

it('a scan by that plan covers the mount again, without drift', async () => {
  const limit = { bytes: 150_000, entries: 90 };
  const scanId = catalog.begin(mount);
  const { items } = catalog.service.handlers.publishedItems({ mountId: mount, limits: limit });
  const chunks = catalog.add(scanId, ...pack(items, limit));
  expect(chunks.length).toBeGreaterThan(1);
  for (const chunk of chunks) expect(catalog.harvest(await catalog.attempt(tree, chunk.id)).children).toEqual([]);
  expect(catalog.finish(scanId)).toMatchObject({
    verdict: 'covered',
    disagreements: [],
    drift: { entries: 0, bytes: 0 },
  });
});

it('of a mount that was never scanned is the whole mount', () => {
  const never = catalog.mount(join(dir, 'never'), 'Never');
  const { items } = catalog.service.handlers.publishedItems({ mountId: never, limits: { bytes: 1, entries: 1 } });
  expect(items).toEqual([{ path: '', mode: 'subtree', entries: null, bytes: null }]);
});
