import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { makePlainTree } from '../../test/fixtures/plain-tree.ts';
import { independentWalk } from '../../test/fixtures/independent-walk.ts';
import { ended, planned, query, TestCatalog, visible, type EndedAttempt } from '../../test/support/catalog.ts';
import { publishedRows } from '../../test/support/catalog-rows.ts';
import { makeTree, walkedSums } from '../../test/support/disk-trees.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { flatten, randomNumbers, treesOf, treeSource } from '../../test/support/trees.ts';
import { nameText } from '../../shared/names.ts';
import { divide } from '../plan/divide.ts';
import { pack } from '../plan/pack.ts';
import type { ChunkLimits, PlanItem } from '../plan/types.ts';
import type { ChunkRow, OpenedScan, RetryWhich } from './api.ts';

const open: TestCatalog[] = [];
const base = temporaryDirectory();
let runs = 0;

afterEach(() => {
  for (const catalog of open.splice(0)) catalog.close();
});

function setup(): { catalog: TestCatalog; tree: string; mount: string } {
  const dir = join(base, String((runs += 1)));
  const catalog = new TestCatalog(join(dir, 'data'));
  open.push(catalog);
  const tree = join(dir, 'tree');
  mkdirSync(tree, { recursive: true });
  return { catalog, tree, mount: catalog.mount(tree, 'Tree') };
}

const item = (path: string, mode: PlanItem['mode'] = 'subtree'): PlanItem => ({
  path,
  mode,
  entries: null,
  bytes: null,
});

function retry(catalog: TestCatalog, which: RetryWhich, scanId = 'latest'): OpenedScan {
  const asked = { scanId, mountName: null, which };
  const found = catalog.service.handlers.findRetry(asked);
  const opened = catalog.service.handlers.retryScan({ ...asked, owner: 'me@there', runtime: 'process', parts: 3 });
  expect(opened.scanId).toBe(found.scanId);
  expect(opened.attempts).toEqual([]);
  return opened;
}

/** The chunk's only attempt leaves nothing. */
function fail(catalog: TestCatalog, chunkId: number): void {
  const { attemptId } = catalog.start(chunkId);
  const end = ended('crashed', 'WORKER_CRASHED');
  const { chunk } = catalog.service.handlers.attemptFailed({ attemptId, chunkId, end, maxRetries: 0 });
  expect(chunk.state).toBe('failed');
}

/**
 * The directory could not be read. What was below it stays in the shard as rows of nobody: that makes the catalog count types and ages from what it
 * merges, as the worker's own counts still have this directory.
 */
function makeUnreadable(spool: string, id: number, reason: string, syscall: string): void {
  const shard = new Sqlite(join(spool, 'shard.db'));
  shard
    .prepare(
      `UPDATE dirs SET state = 3, reason = ?, syscall = ?, returned = 0, files = 0, subdirs = 0, excluded = 0, failed = 0, vanished = 0, own_size = 0,
        own_alloc = 0, own_charged = 0 WHERE id = ?`,
    )
    .run(reason, syscall, id);
  shard.exec(`CREATE TEMP TABLE nobodys AS SELECT * FROM dirs WHERE id = ${id};
    UPDATE nobodys SET id = (SELECT max(id) + 1 FROM dirs), parent = ${id}, name = 'nobody''s', state = 2;
    INSERT INTO dirs SELECT * FROM nobodys;`);
  shard.close();
}

/** One name of the directory could not be looked at: what `lstat` said of it is not there. */
function loseEntry(spool: string, id: number): void {
  const shard = new Sqlite(join(spool, 'shard.db'));
  const lost = `(SELECT last FROM runs WHERE dir = ${id} ORDER BY last DESC LIMIT 1)`;
  const own = ['size', 'alloc'].map(
    (what) => `own_${what} = own_${what} - (SELECT ${what} FROM entries WHERE id = ${lost})`,
  );
  shard.exec(`UPDATE dirs SET files = files - 1, failed = failed + 1, ${own.join(', ')}, own_charged = own_charged -
      (SELECT CASE WHEN nlink > 1 THEN 0 ELSE alloc END FROM entries WHERE id = ${lost}) WHERE id = ${id};
    INSERT INTO problems SELECT ${id}, name, 'lstat', 'EIO' FROM entries WHERE id = ${lost};
    DELETE FROM byte_names WHERE dir = ${id} AND name = (SELECT name FROM entries WHERE id = ${lost});
    UPDATE runs SET last = last - 1 WHERE dir = ${id} AND last = ${lost};
    DELETE FROM runs WHERE last < first;`);
  countAnew(shard, id);
  shard.close();
}

/** Rows of nobody make the catalog count types and ages from what it merges: the worker's own counts have what is lost here. */
function countAnew(shard: Sqlite.Database, id: number): void {
  shard.exec(`CREATE TEMP TABLE nobodys AS SELECT * FROM dirs WHERE id = ${id};
    UPDATE nobodys SET id = (SELECT max(id) + 1 FROM dirs), parent = id + 1000000, name = 'nobody''s', state = 2,
      returned = 0, files = 0, subdirs = 0, excluded = 0, failed = 0, vanished = 0;
    INSERT INTO dirs SELECT * FROM nobodys;`);
}

function withFiles(spool: string): number[] {
  const shard = new Sqlite(join(spool, 'shard.db'), { readonly: true });
  try {
    return shard.prepare<[], number>('SELECT id FROM dirs WHERE state = 2 AND files > 0 ORDER BY id').pluck().all();
  } finally {
    shard.close();
  }
}

function directoriesOf(spool: string): number[] {
  const shard = new Sqlite(join(spool, 'shard.db'), { readonly: true });
  try {
    return shard.prepare<[], number>('SELECT id FROM dirs WHERE state = 2 ORDER BY id').pluck().all();
  } finally {
    shard.close();
  }
}

const UNPROVEN = { expectedSha256: null, totals: null };

/** Runs chunks to their end; one in `odds` fails, and so does a directory in one shard of as many. */
async function lead(
  catalog: TestCatalog,
  tree: string,
  chunks: readonly ChunkRow[],
  draw: (below: number) => number,
  odds: number,
): Promise<void> {
  const queue = chunks.map(({ id }) => id);
  for (let chunkId = queue.shift(); chunkId !== undefined; chunkId = queue.shift()) {
    if (odds > 0 && draw(odds) === 0) {
      fail(catalog, chunkId);
      continue;
    }
    const attempt: EndedAttempt = await catalog.attempt(tree, chunkId, { entries: draw(3) === 0 ? 5 : null });
    const read = directoriesOf(attempt.spool);
    const bad = odds > 0 && draw(odds) < 2 ? read[draw(read.length)] : undefined;
    if (bad !== undefined) makeUnreadable(attempt.spool, bad, 'EIO', 'opendir');
    const whole = withFiles(attempt.spool);
    const partly = bad === undefined && odds > 0 && draw(odds) < 2 ? whole[draw(whole.length)] : undefined;
    if (partly !== undefined) loseEntry(attempt.spool, partly);
    const reply = catalog.harvest(attempt, bad === undefined && partly === undefined ? {} : UNPROVEN);
    queue.push(...reply.children.map(({ id }) => id));
  }
}

/** All that people are told of a mount, but for ids and times. */
function told(catalog: TestCatalog): unknown {
  const path = "coalesce(CAST(d.path AS TEXT), '')";
  const { types, ages } = catalog.service.handlers.stats({ mountName: null, top: 1000, nowMs: 2_000_000_000_000 });
  const byName = <T extends { extension: string }>(a: T, b: T): number => a.extension.localeCompare(b.extension);
  return {
    types: types.sort(byName),
    ages,
    dirs: query(
      catalog,
      `SELECT ${path} AS at, d.state, d.own_charged, d.all_files, d.all_dirs, d.all_size, d.all_alloc, d.all_charged FROM dirs d WHERE d.scan = (SELECT max(num) FROM scans) ORDER BY 1`,
    ),
    entries: query(
      catalog,
      `SELECT ${path} AS at, e.name, e.size, e.charged FROM entries e JOIN dirs d ON d.id = e.dir ORDER BY 1, CAST(e.name AS BLOB)`,
    ),
    scan: query(catalog, 'SELECT verdict, published, files, dirs, size, alloc, charged FROM scans ORDER BY num DESC'),
  };
}

const limits: fc.Arbitrary<ChunkLimits> = fc.record({
  bytes: fc.integer({ min: 50, max: 900 }),
  entries: fc.integer({ min: 8, max: 120 }),
});

describe('a scan whose gaps are tried again', () => {
  it('until none is left is as one without any, whatever failed how often', async () => {
    let retries = 0;
    await fc.assert(
      fc.asyncProperty(treesOf(14).map(flatten), limits, fc.nat(), async (directories, limit, seed) => {
        const { catalog, tree, mount } = setup();
        const draw = randomNumbers(seed);
        makeTree(tree, directories);
        const scanId = catalog.begin(mount);
        const chunks = catalog.add(scanId, ...pack([...divide(treeSource(directories), limit)], limit));
        catalog.service.handlers.planMade({ scanId });
        await lead(catalog, tree, chunks, draw, 3);
        let certificate = catalog.finish(scanId);
        for (let round = 1; certificate.verdict !== 'covered'; round += 1) {
          expect(certificate).toMatchObject({ verdict: 'gaps', disagreements: [] });
          const failed = query<{ id: number }>(catalog, "SELECT id FROM chunks WHERE state = 'failed'");
          const one = failed[draw(failed.length + 1)];
          const opened = retry(catalog, one === undefined || round > 6 ? 'failed' : { chunk: one.id });
          retries += 1;
          // Each time fewer fail, or the dice would have the last word.
          await lead(catalog, tree, opened.chunks, draw, round > 6 ? 0 : 2 + round);
          certificate = catalog.finish(scanId);
        }
        const walk = independentWalk(tree);
        expect([...publishedRows(catalog.dataDir, 'Tree').keys()].sort()).toEqual([...walk.keys()].sort());
        const sum = walkedSums(walk).get('');
        expect(certificate.bytes).toEqual({
          apparent: sum?.apparent,
          allocated: sum?.allocated,
          charged: sum?.charged,
        });
        const alone = setup().catalog;
        await alone.scan(tree, alone.mount(tree, 'Same'));
        expect(told(catalog)).toEqual(told(alone));
        expect(() => retry(catalog, 'failed')).toThrow(expect.objectContaining({ code: 'NOTHING_TO_RETRY' }));
      }),
      { numRuns: 4, endOnFailure: true },
    );
    expect(retries).toBeGreaterThan(0);
  }, 120_000);

  it('only in part reads only that part', async () => {
    const { catalog, tree, mount } = setup();
    makePlainTree(tree, 30, 2);
    const scanId = catalog.begin(mount);
    const items = [item('', 'own'), item('group-0'), item('group-1'), item('group-2')];
    const [own, bad, split, good] = catalog.add(scanId, ...items.map((one) => planned([one])));
    catalog.service.handlers.planMade({ scanId });
    fail(catalog, bad?.id ?? 0);
    const attempt = await catalog.attempt(tree, split?.id ?? 0);
    makeUnreadable(attempt.spool, 3, 'EIO', 'readdir');
    catalog.harvest(attempt, UNPROVEN);
    for (const chunk of [own, good]) catalog.harvest(await catalog.attempt(tree, chunk?.id ?? 0));
    expect(catalog.finish(scanId)).toMatchObject({ gapCount: 2, chunks: { total: 4, failed: 1 } });

    const [again] = retry(catalog, { chunk: split?.id ?? 0 }).chunks;
    expect(again).toMatchObject({ parentChunk: split?.id, rootCount: 1, state: 'queued', alone: false });
    catalog.harvest(await catalog.attempt(tree, again?.id ?? 0));
    expect(catalog.finish(scanId)).toMatchObject({ gapCount: 1, chunks: { total: 5, failed: 1 }, published: true });
    expect(() => retry(catalog, { chunk: split?.id ?? 0 })).toThrow(/nothing of that to retry. It has 1 failed chunks/);
    expect(() => retry(catalog, { chunk: 99 })).toThrow('has no chunk 99');
    expect(() => retry(catalog, 'quarantined')).toThrow(expect.objectContaining({ code: 'NOTHING_TO_RETRY' }));

    const opened = retry(catalog, 'failed');
    expect(opened.chunks).toMatchObject([{ id: bad?.id, failures: 0, attempts: 1, state: 'queued', reason: null }]);
    expect(opened).toMatchObject({ ended: { done: 4, failed: 0 }, planned: true, owner: 'me@there' });
    catalog.harvest(await catalog.attempt(tree, bad?.id ?? 0));
    expect(catalog.finish(scanId)).toMatchObject({ verdict: 'covered', attempts: 6 });
  });

  it('reads a directory again whose entries could not all be looked at, and keeps what it has until it could', async () => {
    const { catalog, tree, mount } = setup();
    makePlainTree(tree, 12, 3);
    const scanId = catalog.begin(mount);
    const [chunk] = catalog.add(scanId, planned([item('')]));
    catalog.service.handlers.planMade({ scanId });
    const attempt = await catalog.attempt(tree, chunk?.id ?? 0);
    const inner = withFiles(attempt.spool)[3] ?? 0;
    loseEntry(attempt.spool, inner);
    catalog.harvest(attempt, UNPROVEN);
    const gaps = { gapCount: 1, disagreements: [], entries: { files: 35, failed: 1 }, published: true };
    expect(catalog.finish(scanId, { publish: true })).toMatchObject(gaps);
    const asked = { scanId: 'latest', mountName: null, which: 'failed' as const };
    expect(catalog.service.handlers.findRetry(asked)).toMatchObject({ chunks: 0, directories: 0, entries: 1 });

    const [lost] = retry(catalog, 'failed').chunks;
    expect(lost).toMatchObject({ parentChunk: chunk?.id, rootCount: 1, firstMode: 'own' });
    fail(catalog, lost?.id ?? 0);
    expect(catalog.finish(scanId)).toMatchObject({ ...gaps, chunks: { failed: 1 } });
    expect(visible(catalog, tree)).toHaveLength(35);

    const [again, ...none] = retry(catalog, { chunk: lost?.id ?? 0 }).chunks;
    expect(none).toEqual([]);
    const unread = await catalog.attempt(tree, again?.id ?? 0);
    makeUnreadable(unread.spool, 1, 'EIO', 'opendir');
    catalog.harvest(unread, UNPROVEN);
    expect(catalog.finish(scanId)).toMatchObject({ ...gaps, chunks: { failed: 0 } });

    // What came meanwhile is found as well.
    const [last] = retry(catalog, 'failed').chunks;
    const newcomer = join(tree, nameText(last?.label ?? ''), 'new', 'file');
    mkdirSync(join(newcomer, '..'));
    writeFileSync(newcomer, '');
    const { children } = catalog.harvest(await catalog.attempt(tree, last?.id ?? 0));
    for (const child of children) catalog.harvest(await catalog.attempt(tree, child.id));
    expect(catalog.finish(scanId)).toMatchObject({ verdict: 'covered', disagreements: [] });
    expect(visible(catalog, tree)).toHaveLength(37);
    expect(() => retry(catalog, 'failed')).toThrow('0 entries that could not be looked at');
  });

  it('and left again in the middle stays the inventory, and can be resumed', async () => {
    const { catalog, tree, mount } = setup();
    makePlainTree(tree, 20, 2);
    const scanId = catalog.begin(mount);
    const [own, a, b] = catalog.add(
      scanId,
      ...[item('', 'own'), item('group-0'), item('group-1')].map((one) => planned([one])),
    );
    catalog.service.handlers.planMade({ scanId });
    catalog.harvest(await catalog.attempt(tree, own?.id ?? 0));
    for (const chunk of [a, b]) fail(catalog, chunk?.id ?? 0);
    expect(catalog.finish(scanId)).toMatchObject({ gapCount: 2, published: true });
    retry(catalog, 'failed');
    // What is tried again does not make the inventory one that is not there yet.
    const [meanwhile] = catalog.service.handlers.stats({ mountName: null, top: 1, nowMs: Date.now() }).mounts;
    expect(meanwhile).toMatchObject({ scannedAtMs: expect.any(Number) as number, provisional: { files: 0 } });
    catalog.harvest(await catalog.attempt(tree, a?.id ?? 0));
    const half = catalog.finish(scanId, { interrupted: true });
    expect(half).toMatchObject({ published: true, interrupted: true, gapCount: 1, disagreements: [] });
    expect(() => retry(catalog, 'failed')).toThrow('was not finished');
    const [left] = catalog.service.handlers.resumeScan({ scanId, owner: 'me' }).chunks;
    expect(() => retry(catalog, 'failed')).toThrow(expect.objectContaining({ code: 'SCAN_RUNNING' }));
    catalog.harvest(await catalog.attempt(tree, left?.id ?? 0));
    expect(catalog.finish(scanId)).toMatchObject({ verdict: 'covered', published: true, entries: { files: 40 } });
  });

  it('shows the last good rows only of what it has still not seen', async () => {
    const { catalog, tree, mount } = setup();
    for (const path of ['a/one', 'bad/two', 'bad/deep/three'].map((name) => join(tree, name))) {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, '');
    }
    await catalog.scan(tree, mount);
    const scanId = catalog.begin(mount);
    const [own, bad] = catalog.add(scanId, planned([item('', 'own'), item('a')]), planned([item('bad')]));
    catalog.service.handlers.planMade({ scanId });
    catalog.harvest(await catalog.attempt(tree, own?.id ?? 0));
    fail(catalog, bad?.id ?? 0);
    catalog.finish(scanId);
    catalog.service.handlers.prune({ mountId: mount, keepScans: 1, maxMs: 10_000 });
    const all = ['a/one', 'bad/deep/three', 'bad/two'];
    expect(visible(catalog, tree)).toEqual(all);
    // Now all but one directory of it can be read.
    retry(catalog, 'failed');
    const attempt = await catalog.attempt(tree, bad?.id ?? 0);
    makeUnreadable(attempt.spool, 2, 'EIO', 'opendir');
    catalog.harvest(attempt, UNPROVEN);
    expect(catalog.finish(scanId)).toMatchObject({ gapCount: 1 });
    expect(visible(catalog, tree)).toEqual(all);
    const [deep] = retry(catalog, 'failed').chunks;
    catalog.harvest(await catalog.attempt(tree, deep?.id ?? 0));
    expect(catalog.finish(scanId)).toMatchObject({ verdict: 'covered' });
    expect(visible(catalog, tree)).toEqual(all);
    catalog.service.handlers.prune({ mountId: mount, keepScans: 1, maxMs: 10_000 });
    expect(query(catalog, 'SELECT count(*) AS n FROM entries')).toEqual([{ n: 3 }]);
  });
});

describe('what can not be tried again', () => {
  it('says so: no scan, one that is superseded, one that is outdated', async () => {
    const { catalog, tree, mount } = setup();
    makePlainTree(tree, 3, 2);
    expect(() => retry(catalog, 'failed')).toThrow('There is no scan to retry.');
    expect(() => retry(catalog, 'failed', 'x')).toThrow('There is no scan x.');
    const old = catalog.begin(mount);
    const [own, bad] = catalog.add(old, planned([item('', 'own')]), planned([item('group-0')]));
    catalog.service.handlers.planMade({ scanId: old });
    catalog.harvest(await catalog.attempt(tree, own?.id ?? 0));
    fail(catalog, bad?.id ?? 0);
    catalog.finish(old);
    await catalog.scan(tree, mount);
    expect(() => retry(catalog, 'failed', old)).toThrow('is outdated');
    catalog.service.handlers.prune({ mountId: mount, keepScans: 1, maxMs: 10_000 });
    expect(() => retry(catalog, 'failed', old)).toThrow('is superseded');
  });
});

describe('a directory that is set aside', () => {
  it('is tried alone, once: it stays so where it stalls again, and is as any other where it can be read', async () => {
    const { catalog, tree, mount } = setup();
    makePlainTree(tree, 12, 3);
    const scanId = catalog.begin(mount);
    let [chunk] = catalog.add(scanId, planned([item('')]));
    catalog.service.handlers.planMade({ scanId });
    const stall = async (at: number): Promise<ReturnType<TestCatalog['harvest']>> => {
      const attempt = await catalog.attempt(tree, chunk?.id ?? 0);
      makeUnreadable(attempt.spool, at, 'STALLED', 'opendir');
      const reply = catalog.harvest(attempt, UNPROVEN);
      [chunk] = reply.children;
      return reply;
    };
    await stall(2);
    await stall(1);
    expect((await stall(1)).suspects).toMatchObject([{ fate: 'set-aside', strikes: 2 }]);
    expect(catalog.finish(scanId)).toMatchObject({ gapCount: 1 });
    const setAside = (): number => catalog.service.handlers.quarantined({ mountId: mount }).items.length;
    expect(setAside()).toBe(1);
    expect(() => retry(catalog, 'failed')).toThrow(
      expect.objectContaining({ hint: 'Retry what is set aside with --quarantined.' }),
    );

    [chunk] = retry(catalog, 'quarantined').chunks;
    expect(chunk).toMatchObject({ alone: true, last: true, strikes: 0, rootCount: 1 });
    expect((await stall(1)).suspects).toMatchObject([{ fate: 'set-aside', strikes: 1 }]);
    expect(catalog.finish(scanId)).toMatchObject({ gapCount: 1, disagreements: [] });
    expect(setAside()).toBe(1);

    [chunk] = retry(catalog, 'quarantined').chunks;
    catalog.harvest(await catalog.attempt(tree, chunk?.id ?? 0));
    expect(catalog.finish(scanId)).toMatchObject({ verdict: 'covered', entries: { files: 36 } });
    expect(setAside()).toBe(0);
  });
});
