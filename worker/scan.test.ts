import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { SPOOL_FILES, WORKER_EXIT, type JobRoot } from '../shared/worker-protocol.ts';
import { independentWalk } from '../test/fixtures/independent-walk.ts';
import { makePlainTree } from '../test/fixtures/plain-tree.ts';
import { readShard } from '../test/support/shard.ts';
import { temporaryDirectory } from '../test/support/temporary.ts';
import { jobOf, resultFile, runWorker, startWorker, worker, type RunningWorker } from '../test/support/worker.ts';

const tree = join(temporaryDirectory(), 'tree');
const WHOLE: readonly JobRoot[] = [{ path: '', mode: 'subtree' }];
let everything: readonly string[] = [];

beforeAll(() => {
  makePlainTree(tree, 200, 100);
  everything = [...independentWalk(tree).keys()].filter((path) => path !== '').sort();
});

/** Scans what each attempt left until nothing is left: all of it together must be everything, once. */
async function withRemainders(first: RunningWorker): Promise<string[]> {
  const paths: string[] = [];
  let spool = first.spool;
  let roots = WHOLE;
  for (;;) {
    const content = readShard(spool, roots);
    expect(content.wrong).toEqual([]);
    paths.push(...content.paths);
    roots = content.remainder;
    if (roots.length === 0) return paths.sort();
    const next = startWorker('scan', jobOf('scan', tree, { roots }));
    expect(await next.done).toMatchObject({ status: WORKER_EXIT.done });
    spool = next.spool;
  }
}

describe('a scan by the worker alone', () => {
  it('says hello, ends with the result that lies in the spool, and has every entry once', async () => {
    const running = startWorker('scan', jobOf('scan', tree, { hashShard: true }));
    const { status, lines, result, err } = await running.done;
    expect({ status, err }).toEqual({ status: WORKER_EXIT.done, err: '' });
    expect(lines[0]).toMatchObject({ type: 'hello', kind: 'scan', attempt: 'attempt-of-scan' });
    expect(result).toEqual(resultFile(running.spool));
    expect(result).toMatchObject({ reason: 'finished', totals: { files: 20_000, subdirs: 220, dirsScanned: 221 } });
    const shard = readFileSync(join(running.spool, SPOOL_FILES.shard));
    expect(result?.shardBytes).toBe(shard.length);
    expect(result?.shardSha256).toBe(createHash('sha256').update(shard).digest('hex'));
    expect(await withRemainders(running)).toEqual(everything);
  });

  it('meets what is set aside and does not enter it, unless it is a root', async () => {
    const aside = ['group-3/dir-31', 'group-7'];
    const running = startWorker('scan', jobOf('scan', tree, { setAside: aside }));
    expect((await running.done).result).toMatchObject({ exit: WORKER_EXIT.remainder, reason: 'finished' });
    const left = readShard(running.spool, WHOLE);
    expect(left.wrong).toEqual([]);
    expect(left.remainder.map(({ path }) => path).sort()).toEqual(aside);
    const entered = left.paths.filter((path) => aside.some((dir) => path.startsWith(`${dir}/`)));
    expect(entered).toEqual([]);
    const roots = left.remainder;
    const rest = startWorker('scan', jobOf('scan', tree, { roots, setAside: aside }));
    expect(await rest.done).toMatchObject({ status: WORKER_EXIT.done });
    expect([...left.paths, ...readShard(rest.spool, roots).paths].sort()).toEqual(everything);
  });

  it.each([
    ['entries', { entries: 3000 }, 'entries-budget'],
    ['bytes', { bytes: 4096 }, 'bytes-budget'],
    ['pending directories', { pendingDirs: 15 }, 'pending-budget'],
    ['time', { timeMs: 0 }, 'time-budget'],
  ])('stops at a budget of %s and leaves the rest as its remainder', async (_name, budget, reason) => {
    const none = { entries: null, bytes: null, timeMs: null, pendingDirs: null };
    const job = jobOf('scan', tree, { budget: { ...none, ...budget }, order: 'breadth' });
    const running = startWorker('scan', job);
    expect(await running.done).toMatchObject({ status: WORKER_EXIT.remainder, result: { reason } });
    expect(readShard(running.spool, WHOLE).remainder.length).toBeGreaterThan(0);
    expect(await withRemainders(running)).toEqual(everything);
  });

  it.each<readonly [string, (running: RunningWorker) => unknown]>([
    ['SIGTERM', ({ child }) => child.kill('SIGTERM')],
    ['SIGUSR2', ({ child }) => child.kill('SIGUSR2')],
    ['the line stop on stdin', ({ child }) => child.stdin?.write('stop\n')],
    ['the line split on stdin', ({ child }) => child.stdin?.write('split\n')],
  ])('commits what it has and leaves the rest after %s', async (_name, stop) => {
    // The same tree many times over, so that it is at work for seconds.
    const roots = Array.from({ length: 200 }, () => ({ path: '', mode: 'subtree' }));
    const running = startWorker('scan', jobOf('scan', tree, { roots }));
    await running.saw('progress');
    stop(running);
    const { status, result } = await running.done;
    expect({ status, reason: result?.reason }).toEqual({ status: WORKER_EXIT.remainder, reason: 'stop-requested' });
    expect(result?.totals?.dirsPending).toBeGreaterThan(0);
    expect(readShard(running.spool, Array<JobRoot>(200).fill({ path: '', mode: 'subtree' })).wrong).toEqual([]);
  });

  it('killed at any moment leaves a shard that opens, adds up and says what is left', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const running = startWorker('scan', jobOf('scan', tree));
      await running.saw('hello');
      await delay(Math.random() * 250);
      running.child.kill('SIGKILL');
      await running.done;
      expect(await withRemainders(running)).toEqual(everything);
    }
  }, 60_000);

  it('goes on when nobody reads its lines, its stdin ends, or a terminal interrupts', async () => {
    const roots = Array.from({ length: 20 }, () => ({ path: '', mode: 'subtree' }));
    const running = startWorker('scan', jobOf('scan', tree, { roots }));
    await running.saw('hello');
    running.child.stdout?.destroy();
    running.child.stderr?.destroy();
    running.child.stdin?.end();
    running.child.kill('SIGINT');
    running.child.kill('SIGHUP');
    expect(await running.done).toMatchObject({ status: WORKER_EXIT.done, signal: null });
    expect(resultFile(running.spool)).toMatchObject({ reason: 'finished', totals: { files: 400_000 } });
  });

  it('keeps the roots that it never got to as its remainder', async () => {
    const roots: JobRoot[] = Array.from({ length: 20 }, (_unused, index) => ({
      path: `group-${index}`,
      mode: 'subtree',
    }));
    const budget = { entries: 1, bytes: null, timeMs: null, pendingDirs: null };
    const running = startWorker('scan', jobOf('scan', tree, { roots, budget, threads: 1 }));
    expect(await running.done).toMatchObject({ status: WORKER_EXIT.remainder });
    const { paths, remainder, wrong } = readShard(running.spool, roots);
    expect({ found: paths.length, wrong }).toEqual({ found: 10, wrong: [] });
    // 19 whole groups, and the directories of the one that was begun.
    expect(remainder.length).toBe(29);
  });

  it('keeps to its roots: a directory’s own entries, or a subtree', async () => {
    const roots: JobRoot[] = [
      { path: 'group-3', mode: 'own' },
      { path: 'group-3/dir-31', mode: 'subtree' },
      { path: 'group-3/gone', mode: 'subtree' },
    ];
    const running = startWorker('scan', jobOf('scan', tree, { roots }));
    expect(await running.done).toMatchObject({
      status: WORKER_EXIT.done,
      result: { totals: { files: 100, dirsVanished: 1 } },
    });
    const { paths, remainder } = readShard(running.spool, roots);
    expect(paths.filter((path) => path.endsWith('.txt')).every((path) => path.startsWith('group-3/dir-31/'))).toBe(
      true,
    );
    expect(paths.length).toBe(110);
    expect(remainder).toEqual([]);
  });
});

describe('a job that can not be done', () => {
  it.each([
    ['of a newer protocol', { protocol: { major: 2, minor: 0 } }, /speaks protocol 1.*version 2/],
    ['without a field', { roots: undefined }, /roots/],
    ['of another kind', { kind: 'probe' }, /probe, not a scan/],
  ])('%s is refused: exit 64, why in the result, no shard', async (_name, change, message) => {
    const { status, lines, result } = await worker('scan', jobOf('scan', tree, change));
    expect({ status, lines: lines.length }).toEqual({ status: WORKER_EXIT.badJob, lines: 1 });
    expect(result?.error).toMatch(message);
  });

  it('with fields of a newer minor version is done', async () => {
    const job = jobOf('scan', tree, { protocol: { major: 1, minor: 99 }, inventedLater: [1] });
    expect(await worker('scan', job)).toMatchObject({ status: WORKER_EXIT.done });
  });

  it('whose spool is not there ends with the exit code of the spool', async () => {
    const jobFile = join(temporaryDirectory(), SPOOL_FILES.job);
    const spool = join(tree, 'group-0', 'dir-0', 'file-0.txt');
    writeFileSync(jobFile, JSON.stringify({ ...jobOf('scan', tree), spool }));
    const { status, result } = await runWorker(['scan', jobFile], spool).done;
    expect({ status, exit: result?.exit }).toEqual({ status: WORKER_EXIT.spool, exit: WORKER_EXIT.spool });
  });
});
