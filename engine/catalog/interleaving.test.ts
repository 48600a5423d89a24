import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { independentWalk } from '../../test/fixtures/independent-walk.ts';
import { ended, TestCatalog, type EndedAttempt } from '../../test/support/catalog.ts';
import { publishedRows } from '../../test/support/catalog-rows.ts';
import { makeTree, walkedSums } from '../../test/support/disk-trees.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { flatten, randomNumbers, treesOf, treeSource } from '../../test/support/trees.ts';
import { divide } from '../plan/divide.ts';
import { pack } from '../plan/pack.ts';
import type { ChunkLimits } from '../plan/types.ts';
import type { ChunkRow } from './api.ts';

const base = temporaryDirectory();
let runs = 0;
const NEVER_FAIL = 1000;

/** All of the catalog that a merge may touch. */
function contents(path: string): string {
  const db = new Sqlite(path, { readonly: true });
  try {
    const tables = [
      'chunks',
      'attempts',
      'dirs',
      'entries',
      'type_totals',
      'age_totals',
      'id_ranges',
      'chunk_roots',
      'byte_names',
    ];
    return JSON.stringify(tables.map((table) => db.prepare(`SELECT * FROM ${table}`).raw().all()));
  } finally {
    db.close();
  }
}

/** Recursive sums as the catalog stores them, by path as latin1 text. */
function storedSums(path: string): Map<string, object> {
  const db = new Sqlite(path, { readonly: true });
  try {
    const rows = db
      .prepare<[], { path: string | Buffer; f: bigint; d: bigint; s: bigint; a: bigint; c: bigint }>(
        'SELECT path, all_files AS f, all_dirs AS d, all_size AS s, all_alloc AS a, all_charged AS c FROM dirs',
      )
      .safeIntegers()
      .all();
    return new Map(
      rows.map(({ path: p, f, d, s, a, c }) => [
        Buffer.from(p).toString('latin1'),
        { files: Number(f), directories: Number(d), apparent: s, allocated: a, charged: c },
      ]),
    );
  } finally {
    db.close();
  }
}

/** Leads a scan by hand: attempts end in any order, fail, are stopped, delivered twice or after another took over. */
async function leadScan(
  catalog: TestCatalog,
  root: string,
  chunks: readonly ChunkRow[],
  draw: (below: number) => number,
): Promise<void> {
  const open = new Set(chunks.map(({ id }) => id));
  const done: EndedAttempt[] = [];
  const stale: EndedAttempt[] = [];
  const refused = (attempt: EndedAttempt): void => {
    const before = contents(catalog.path);
    expect(() => catalog.harvest(attempt)).toThrow();
    expect(contents(catalog.path)).toBe(before);
  };
  while (open.size > 0 || done.length > 0) {
    const chunkId = [...open][draw(open.size)];
    if (chunkId !== undefined && (done.length === 0 || draw(2) === 0)) {
      open.delete(chunkId);
      const entries = draw(3) === 0 ? null : 1 + draw(25);
      done.push(await catalog.attempt(root, chunkId, { entries }));
      continue;
    }
    const [attempt] = done.splice(draw(done.length), 1);
    if (attempt === undefined) continue;
    const fate = draw(8);
    const failed = { attemptId: attempt.attemptId, chunkId: attempt.chunkId, end: ended('lost', 'WORKER_KILLED') };
    if (fate === 0) {
      const { chunk } = catalog.service.handlers.attemptFailed({ ...failed, maxRetries: NEVER_FAIL });
      expect(chunk.state).toBe('waiting');
      open.add(chunk.id);
      stale.push(attempt);
    } else if (fate === 1) {
      catalog.service.handlers.releaseChunk(failed);
      open.add(attempt.chunkId);
      stale.push(attempt);
    } else {
      const reply = catalog.harvest(attempt, { remainderParts: 1 + draw(4) });
      expect(reply.chunk.state).toBe('done');
      for (const child of reply.children) open.add(child.id);
      if (draw(2) === 0) refused(attempt);
    }
    const late = stale[draw(stale.length * 3)];
    if (late !== undefined) refused(late);
  }
}

const limits: fc.Arbitrary<ChunkLimits> = fc.record({
  bytes: fc.integer({ min: 50, max: 900 }),
  entries: fc.integer({ min: 8, max: 120 }),
});

it('merges each entry exactly once, whatever ends, fails, is stopped or is delivered twice, in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(treesOf(12).map(flatten), limits, fc.nat(), async (tree, limit, seed) => {
      const dir = join(base, String((runs += 1)));
      const root = join(dir, 'tree');
      const catalog = new TestCatalog(join(dir, 'data'));
      try {
        makeTree(root, tree);
        const scanId = catalog.begin(catalog.mount(root, 'Tree'));
        const chunks = catalog.add(scanId, ...pack([...divide(treeSource(tree), limit)], limit));
        await leadScan(catalog, root, chunks, randomNumbers(seed));
        const certificate = catalog.finish(scanId);
        expect(certificate).toMatchObject({ verdict: 'covered', published: true, disagreements: [], gapCount: 0 });
        const walk = independentWalk(root);
        expect([...publishedRows(catalog.dataDir, 'Tree').keys()].sort()).toEqual([...walk.keys()].sort());
        const sums = walkedSums(walk);
        expect(storedSums(catalog.path)).toEqual(sums);
        const total = sums.get('');
        expect(certificate.bytes).toEqual({
          apparent: total?.apparent,
          allocated: total?.allocated,
          charged: total?.charged,
        });
        expect(certificate.entries.files).toBe(total?.files);
        expect(certificate.directories).toMatchObject({ scanned: total?.directories, total: total?.directories });
      } finally {
        catalog.close();
      }
    }),
    { numRuns: 6, endOnFailure: true },
  );
}, 90_000);
