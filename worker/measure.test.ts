import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nameText } from '../shared/names.ts';
import { SPOOL_FILES, WORKER_EXIT, type MeasuredItem, type WorkerLine } from '../shared/worker-protocol.ts';
import { independentWalk, type WalkedEntry } from '../test/fixtures/independent-walk.ts';
import { makePlainTree } from '../test/fixtures/plain-tree.ts';
import { temporaryDirectory } from '../test/support/temporary.ts';
import { jobOf, resultFile, startWorker } from '../test/support/worker.ts';

const tree = join(temporaryDirectory(), 'tree');
let walked: Map<string, WalkedEntry>;

beforeAll(() => {
  makePlainTree(tree, 100, 50);
  walked = independentWalk(tree);
});

async function measure(more: object): Promise<(MeasuredItem & { readonly seq: number })[]> {
  const running = startWorker('measure', jobOf('measure', tree, more));
  const { status, lines, result } = await running.done;
  expect(status).toBe(WORKER_EXIT.done);
  const items = lines.filter((line): line is WorkerLine & { type: 'item' } => line.type === 'item');
  expect(items.map(({ seq }) => seq)).toEqual(items.map((_item, index) => index));
  expect(result).toMatchObject({ items: items.length });
  expect(resultFile(running.spool)).toEqual(result);
  const file = readFileSync(join(running.spool, SPOOL_FILES.measure), 'utf8').trimEnd().split('\n');
  expect(file.map((line) => JSON.parse(line) as unknown)).toEqual(items);
  return items;
}

/** The items of which each path is part: one, always. */
function holdersOf(path: string, items: readonly MeasuredItem[]): MeasuredItem[] {
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const isDirectory = walked.get(path)?.type === 'd';
  return items.filter((item) => {
    const root = nameText(item.path);
    if (item.mode === 'own') return isDirectory ? path === root : path !== '' && parent === root;
    return root === '' || path === root || path.startsWith(`${root}/`);
  });
}

describe('measuring', () => {
  it.each([
    ['one chunk', { chunkEntries: 1e6 }, 1],
    ['groups', { chunkEntries: 600 }, 11],
    ['directories', { chunkEntries: 60 }, 111],
    ['directories that are too large', { chunkEntries: 10 }, 111],
    ['sizes on disk', { chunkBytes: 500 * 4096 }, 11],
  ])('divides into %s that hold every entry once, with their sizes', async (_name, limits, count) => {
    const items = await measure(limits);
    expect(items.length).toBe(count);
    for (const path of walked.keys())
      expect({ path, holders: holdersOf(path, items).length }).toEqual({ path, holders: 1 });
    for (const item of items) {
      const held = [...walked].filter(([path]) => holdersOf(path, [item]).length === 1);
      const bytes = held.reduce((sum, [, { type, blocks }]) => sum + (type === 'd' ? 0n : blocks * 512n), 0n);
      expect({ path: item.path, entries: item.entries, bytes: item.bytes }).toEqual({
        path: item.path,
        entries: held.length,
        bytes: String(bytes),
      });
    }
    for (const own of items.filter(({ mode }) => mode === 'own')) {
      const below = items.filter(({ path }) => path !== own.path && nameText(path).startsWith(nameText(own.path)));
      expect(below.every(({ seq }) => seq < own.seq)).toBe(true);
    }
  });

  it('that runs out of time still holds every entry once; what was not read has no size', async () => {
    const items = await measure({ timeoutMs: 0, threads: 1 });
    for (const path of walked.keys())
      expect({ path, holders: holdersOf(path, items).length }).toEqual({ path, holders: 1 });
    expect(items.some(({ entries }) => entries === null)).toBe(true);
  });
});
