import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { makePlainTree } from '../../test/fixtures/plain-tree.ts';
import { independentWalk } from '../../test/fixtures/independent-walk.ts';
import { ended, planned, TestCatalog, WHOLE_MOUNT, type EndedAttempt } from '../../test/support/catalog.ts';
import { publishedRows } from '../../test/support/catalog-rows.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { ShardWriter } from '../../worker/shard-writer.ts';
import type { PlanItem } from '../plan/types.ts';

const open: TestCatalog[] = [];

afterEach(() => {
  for (const catalog of open.splice(0)) catalog.close();
});

function setup(): { catalog: TestCatalog; tree: string; scanId: string } {
  const dir = temporaryDirectory();
  const catalog = new TestCatalog(join(dir, 'data'));
  open.push(catalog);
  const tree = join(dir, 'tree');
  makePlainTree(tree, 12, 10);
  return { catalog, tree, scanId: catalog.begin(catalog.mount(tree, 'Tree')) };
}

const root = (path: string, mode: PlanItem['mode'] = 'subtree'): PlanItem => ({
  path,
  mode,
  entries: null,
  bytes: null,
});

/** An attempt that was killed right after its shard was made: all of its roots are still pending. */
function fruitless(catalog: TestCatalog, chunkId: number): EndedAttempt {
  const { attemptId, roots } = catalog.start(chunkId);
  const spool = join(temporaryDirectory(), 'spool');
  mkdirSync(spool);
  new ShardWriter(join(spool, 'shard.db'), attemptId, roots.length).finish('stop-requested');
  const result = { type: 'result', kind: 'scan', exit: 10, reason: 'stop-requested', durationMs: 1 } as const;
  return { attemptId, chunkId, spool, result };
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`One row expected, ${rows.length} found.`);
  return row;
}

describe('an attempt that finished nothing', () => {
  it('is tried again, then fails for good: a gap with its reason, and the other chunks stay', async () => {
    const { catalog, tree, scanId } = setup();
    const [own, bad, good] = catalog.add(
      scanId,
      planned([root('', 'own')]),
      planned([root('group-0')]),
      planned([root('group-1')]),
    );
    for (const chunk of [own, good]) catalog.harvest(await catalog.attempt(tree, chunk?.id ?? 0));
    const states: string[] = [];
    for (let failure = 1; failure <= 3; failure += 1) {
      const end = ended('crashed', 'WORKER_OOM');
      const reply = catalog.harvest(fruitless(catalog, bad?.id ?? 0), { end, maxRetries: 2 });
      expect(reply).toMatchObject({
        children: [],
        merged: { files: 0 },
        chunk: { failures: failure, attempts: failure },
      });
      states.push(reply.chunk.state);
    }
    expect(states).toEqual(['waiting', 'waiting', 'failed']);
    const certificate = catalog.finish(scanId);
    expect(certificate).toMatchObject({
      verdict: 'gaps',
      chunks: { done: 2, failed: 1 },
      attempts: 5,
      published: true,
    });
    expect(certificate.gaps).toEqual([
      { path: 'group-0', state: 'failed', reason: 'WORKER_OOM', syscall: null, belowUnknown: true },
    ]);
    const rows = [...publishedRows(catalog.dataDir, 'Tree').keys()];
    expect(rows.filter((path) => path.startsWith('group-1/'))).toHaveLength(2 + 20);
  });

  it('because we stopped it leaves everything for later, and nothing is held against it', async () => {
    const { catalog, tree, scanId } = setup();
    const chunk = only(catalog.add(scanId, WHOLE_MOUNT));
    const reply = catalog.harvest(fruitless(catalog, chunk.id), { end: ended('stopped') });
    expect(reply).toMatchObject({
      chunk: { state: 'done' },
      children: [{ state: 'queued', failures: 0, parentChunk: chunk.id }],
    });
    catalog.harvest(await catalog.attempt(tree, only(reply.children).id));
    expect(catalog.finish(scanId).verdict).toBe('covered');
  });

  it('because its daemon was lost is no failure of its chunk', () => {
    const { catalog, scanId } = setup();
    const chunk = only(catalog.add(scanId, WHOLE_MOUNT));
    const { attemptId } = catalog.start(chunk.id);
    const lost = { attemptId, chunkId: chunk.id, end: ended('lost', 'WORKER_KILLED'), maxRetries: 0 };
    expect(catalog.service.handlers.attemptFailed(lost).chunk).toMatchObject({ state: 'waiting', failures: 0 });
  });
});

describe('a shard of a worker that ran ahead of itself', () => {
  it('counts only what hangs together; the rest is scanned again and counted once', async () => {
    const { catalog, tree, scanId } = setup();
    writeFileSync(join(tree, 'group-0', 'extra.mkv'), '12345');
    const attempt = await catalog.attempt(tree, only(catalog.add(scanId, WHOLE_MOUNT)).id);
    // As a kill leaves it: this directory was still being read, while those below it had ended.
    const shard = new Sqlite(join(attempt.spool, 'shard.db'));
    shard.exec(`UPDATE dirs SET state = 1 WHERE name = 'group-0'`);
    shard.close();
    const reply = catalog.harvest(attempt, { expectedSha256: null, end: ended('killed', 'WORKER_KILLED') });
    expect(reply.merged.directories).toBe(1 + 1 + 2);
    const child = only(reply.children);
    expect(child).toMatchObject({ label: 'group-0', firstMode: 'subtree', state: 'queued' });
    catalog.harvest(await catalog.attempt(tree, child.id));
    const certificate = catalog.finish(scanId);
    expect(certificate).toMatchObject({ verdict: 'covered', disagreements: [], entries: { files: 121 } });
    expect([...publishedRows(catalog.dataDir, 'Tree').keys()].sort()).toEqual([...independentWalk(tree).keys()].sort());
    const { types, ages } = catalog.service.handlers.stats({ mountName: null, top: 9, nowMs: Date.now() });
    expect(types.map(({ extension, files }) => [extension, files])).toEqual([
      ['txt', 120],
      ['mkv', 1],
    ]);
    expect(ages.reduce((sum, { files }) => sum + files, 0)).toBe(121);
  });
});

describe('what changed between planning and scanning', () => {
  it('a planned directory that is gone has vanished, one that nobody planned is scanned with the remainder', async () => {
    const { catalog, tree, scanId } = setup();
    mkdirSync(join(tree, 'gone'));
    const chunks = catalog.add(
      scanId,
      planned([root('gone'), root('group-0')]),
      planned([root('', 'own'), root('group-1')]),
    );
    rmSync(join(tree, 'gone'), { recursive: true });
    makePlainTree(join(tree, 'new'), 2, 3);
    const children = [];
    for (const chunk of chunks) children.push(...catalog.harvest(await catalog.attempt(tree, chunk.id)).children);
    expect(only(children)).toMatchObject({ label: 'new', firstMode: 'subtree' });
    catalog.harvest(await catalog.attempt(tree, only(children).id));
    const certificate = catalog.finish(scanId);
    expect(certificate).toMatchObject({
      verdict: 'covered',
      disagreements: [],
      directories: { vanished: 1, failed: 0, pending: 0 },
    });
    const rows = [...publishedRows(catalog.dataDir, 'Tree').keys()].filter((path) => path !== 'gone');
    expect(rows.sort()).toEqual([...independentWalk(tree).keys()].sort());
  });

  it('a planned directory that became a file or a link is not followed out of the mount', async () => {
    const { catalog, tree, scanId } = setup();
    const chunks = catalog.add(
      scanId,
      planned([root('group-0'), root('group-1/dir-10')]),
      planned([root('', 'own'), root('group-1', 'own')]),
    );
    rmSync(join(tree, 'group-0'), { recursive: true });
    writeFileSync(join(tree, 'group-0'), 'a file now');
    for (const chunk of chunks) {
      const { children } = catalog.harvest(await catalog.attempt(tree, chunk.id));
      for (const child of children) catalog.harvest(await catalog.attempt(tree, child.id));
    }
    expect(catalog.finish(scanId)).toMatchObject({
      verdict: 'covered',
      disagreements: [],
      directories: { vanished: 1 },
    });
  });
});
