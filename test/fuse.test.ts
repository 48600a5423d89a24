import Sqlite from 'better-sqlite3';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DIR_STATE } from '../shared/shard-schema.ts';
import { SPOOL_FILES, WORKER_EXIT, type JobRoot, type WorkerLine } from '../shared/worker-protocol.ts';
import type { FuseDirectory } from './fixtures/fuse/tree.ts';
import { describeWithFuse, mountFuse } from './support/fuse.ts';
import { readShard } from './support/shard.ts';
import { jobOf, resultFile, startWorker, type RunningWorker } from './support/worker.ts';

const WHOLE: readonly JobRoot[] = [{ path: '', mode: 'subtree' }];
const STALL_MS = 2000;
const GOOD: Readonly<Record<string, FuseDirectory>> = Object.fromEntries(
  range(20).map((index) => [`good-${index}`, { files: 50, directories: { below: { files: 3 } } }]),
);
/** What lies in and below the good ones, and they themselves. */
const GOOD_PATHS = 20 * (50 + 3 + 2);

describeWithFuse('a worker in a file system that misbehaves', () => {
  it.each<readonly [string, FuseDirectory, string, string, string]>([
    ['opendir', { files: 5, opendir: 'blocked' }, 'opendir', 'bad', 'bad'],
    ['readdir', { files: 5, readdir: 'blocked' }, 'readdir', 'bad', 'bad'],
    ['lstat', { files: 5, lookups: { 'file-3': 'blocked' } }, 'lstat', 'bad', 'bad/file-3'],
    [
      'lstat of a directory',
      { directories: { stuck: {} }, lookups: { stuck: 'blocked' } },
      'lstat',
      'bad',
      'bad/stuck',
    ],
  ])('scans the others where an %s never comes back, and says which', async (_name, bad, syscall, directory, path) => {
    const mount = await mountFuse({ directories: { ...GOOD, bad } });
    const running = startWorker('scan', jobOf('scan', mount.path, { stallTimeoutMs: STALL_MS }));
    await mount.blocked();
    await running.saw('result');
    expect(resultFile(running.spool)).toMatchObject({ exit: WORKER_EXIT.done, reason: 'stalled' });
    mount.unblock();
    const { lines } = await running.done;
    expect(stalls(lines)).toEqual([{ path, syscall }]);
    expect(directories(running)).toEqual([{ name: directory, state: DIR_STATE.failed, reason: 'STALLED', syscall }]);
    const { paths, remainder, wrong } = readShard(running.spool, WHOLE);
    expect({ remainder, wrong }).toEqual({ remainder: [], wrong: [] });
    expect(paths.filter((one) => one.startsWith('good-'))).toHaveLength(GOOD_PATHS);
    expect(paths).toHaveLength(GOOD_PATHS + 1);
  });

  it('reads what a stuck walker held exactly once, also when that one comes back', async () => {
    const slow = Object.fromEntries(range(40).map((index) => [`slow-${index}`, { files: 800, opendir: 200 }]));
    // The last is the first to be read; of the others its walker keeps half, and sends what it finds after a few.
    const mount = await mountFuse({ directories: { ...slow, bad: { files: 5, opendir: 'blocked' } } });
    const running = startWorker('scan', jobOf('scan', mount.path, { stallTimeoutMs: STALL_MS }));
    await sawScanned(running, 22);
    mount.unblock();
    expect(await running.done).toMatchObject({ status: WORKER_EXIT.done, result: { reason: 'stalled' } });
    expect(directories(running)).toMatchObject([{ name: 'bad', state: DIR_STATE.failed, reason: 'STALLED' }]);
    const { paths, remainder, wrong } = readShard(running.spool, WHOLE);
    expect({ remainder, wrong }).toEqual({ remainder: [], wrong: [] });
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toHaveLength(40 * 801 + 1);
  });

  it('beats on while a call never comes back', async () => {
    const mount = await mountFuse({ directories: { ...GOOD, bad: { opendir: 'blocked' } } });
    const running = startWorker('scan', jobOf('scan', mount.path));
    await mount.blocked();
    const beat = (): number => statSync(join(running.spool, SPOOL_FILES.heartbeat)).mtimeMs;
    const first = beat();
    await delay(6500);
    expect(beat() - first).toBeGreaterThan(4000);
    running.child.kill('SIGKILL');
    mount.unblock();
    await running.done;
  });

  it('records an input/output error of a directory and of a file, and goes on', async () => {
    const mount = await mountFuse({
      directories: {
        ...GOOD,
        'bad-opendir': { files: 5, opendir: 'EIO' },
        'bad-readdir': { files: 5, readdir: 'EIO' },
        'bad-file': { files: 5, lookups: { 'file-3': 'EIO' } },
      },
    });
    const running = startWorker('scan', jobOf('scan', mount.path));
    expect(await running.done).toMatchObject({
      status: WORKER_EXIT.done,
      result: { reason: 'finished', totals: { dirsFailed: 2, failed: 1 } },
    });
    expect(directories(running)).toMatchObject([
      { name: 'bad-opendir', state: DIR_STATE.failed, reason: 'EIO' },
      { name: 'bad-readdir', state: DIR_STATE.failed, reason: 'EIO' },
    ]);
    expect(problems(running)).toEqual([{ dir: 'bad-file', name: 'file-3', syscall: 'lstat', code: 'EIO' }]);
    const { paths, remainder, wrong } = readShard(running.spool, WHOLE);
    expect({ remainder, wrong }).toEqual({ remainder: [], wrong: [] });
    expect(paths).toHaveLength(GOOD_PATHS + 3 + 4);
  });

  it('gives up a directory that never ends, with all that was read of it', async () => {
    const endless = { endless: true, directories: { 'in it': { files: 1 } } };
    const mount = await mountFuse({ directories: { ...GOOD, endless } });
    const running = startWorker('scan', jobOf('scan', mount.path, { maxDirectoryEntries: 5000, threads: 4 }));
    expect(await running.done).toMatchObject({ status: WORKER_EXIT.done, result: { reason: 'finished' } });
    expect(directories(running)).toEqual([
      { name: 'endless', state: DIR_STATE.failed, reason: 'TOO_LARGE', syscall: 'readdir' },
    ]);
    const { paths, remainder, wrong } = readShard(running.spool, WHOLE);
    expect({ remainder, wrong }).toEqual({ remainder: [], wrong: [] });
    expect(paths).toHaveLength(GOOD_PATHS + 1);
  });

  it('takes a directory that is large and slow for neither stuck nor endless', async () => {
    // 17 answers, each 300 ms late: never near the timeout, in sum far beyond.
    const mount = await mountFuse({ directories: { slow: { files: 1600, readdir: 300, namesPerRead: 100 } } });
    const running = startWorker('scan', jobOf('scan', mount.path, { stallTimeoutMs: STALL_MS }));
    const { status, lines, result } = await running.done;
    expect({ status, reason: result?.reason }).toEqual({ status: WORKER_EXIT.done, reason: 'finished' });
    expect(result?.durationMs).toBeGreaterThan(2 * STALL_MS);
    expect(stalls(lines)).toEqual([]);
    expect(result?.totals).toMatchObject({ files: 1600, dirsFailed: 0, dirsPending: 0 });
  });

  it('tells of a directory of very many names while it is being read, and of no small one', async () => {
    const mount = await mountFuse({ directories: { ...GOOD, Inbox: { endless: true } } });
    const running = startWorker('scan', jobOf('scan', mount.path, { threads: 2 }));
    await running.saw('progress', (line) => line.type === 'progress' && line.large !== undefined);
    running.child.kill('SIGTERM');
    const { lines } = await running.done;
    const told = lines.flatMap((line) => (line.type === 'progress' && line.large !== undefined ? [line.large] : []));
    expect(new Set(told.map(({ path }) => path))).toEqual(new Set(['Inbox']));
    expect(Math.min(...told.map(({ names }) => names))).toBeGreaterThanOrEqual(100_000);
  });

  it.each<readonly [string, FuseDirectory]>([
    ['reads', { files: 300_000, readdir: 100, namesPerRead: 100 }],
    ['lstats', { files: 3000, lookups: Object.fromEntries(range(3000).map((index) => [`file-${index}`, 50])) }],
  ])(
    'lets go in the middle of slow %s of a large directory, minutes before its end: it stays in the remainder',
    async (_name, slow) => {
      const mount = await mountFuse({ directories: { ...GOOD, slow } });
      const running = startWorker('scan', jobOf('scan', mount.path, { hashShard: true }));
      await sawScanned(running, 10);
      running.child.kill('SIGTERM');
      expect(await running.done).toMatchObject({ status: WORKER_EXIT.remainder, result: { reason: 'stop-requested' } });
      const { remainder, wrong } = readShard(running.spool, WHOLE);
      expect(wrong).toEqual([]);
      expect(remainder).toContainEqual({ path: 'slow', mode: 'subtree' });
    },
  );

  it('asked to split, ends as soon as its directories are done', async () => {
    const slow = Object.fromEntries(range(100).map((index) => [`slow-${index}`, { opendir: 200 }]));
    const mount = await mountFuse({ directories: slow });
    const running = startWorker('scan', jobOf('scan', mount.path));
    await running.saw('progress');
    running.child.stdin?.write('split\n');
    expect(await running.done).toMatchObject({ status: WORKER_EXIT.remainder, result: { reason: 'stop-requested' } });
    expect(readShard(running.spool, WHOLE).remainder.length).toBeGreaterThan(50);
  });

  it('stopped while a call never comes back, still ends with its shard whole', async () => {
    const mount = await mountFuse({ directories: { ...GOOD, bad: { opendir: 'blocked' } } });
    const running = startWorker('scan', jobOf('scan', mount.path));
    await mount.blocked();
    running.child.kill('SIGTERM');
    await running.saw('result');
    // By then it has killed itself, but for the thread in the file system.
    await delay(2000);
    mount.unblock();
    expect(await running.done).toMatchObject({ signal: 'SIGKILL' });
    const { remainder, wrong } = readShard(running.spool, WHOLE);
    expect(wrong).toEqual([]);
    expect(remainder).toContainEqual({ path: 'bad', mode: 'subtree' });
  });

  it.each<readonly [string, FuseDirectory]>([
    ['opendir', { files: 5, opendir: 'blocked' }],
    ['readdir', { files: 5, readdir: 'blocked' }],
    ['lstat', { files: 5, lookups: { 'file-3': 'blocked' } }],
  ])('read with care and killed in an %s, leaves a shard that names exactly that directory', async (_name, bad) => {
    const mount = await mountFuse({ directories: { ...GOOD, bad } });
    const running = startWorker('scan', jobOf('scan', mount.path, { careful: true, threads: 4 }));
    await mount.blocked();
    // What comes to light later is not of this worker.
    running.child.kill('SIGKILL');
    mount.unblock();
    await running.done;
    expect(existsSync(join(running.spool, SPOOL_FILES.result))).toBe(false);
    expect(directories(running).filter(({ state }) => state === DIR_STATE.reading)).toEqual([
      { name: 'bad', state: DIR_STATE.reading, reason: null, syscall: null },
    ]);
  });

  it('read with care, is the same scan', async () => {
    const mount = await mountFuse({ directories: { ...GOOD, large: { files: 3000 } } });
    const running = startWorker('scan', jobOf('scan', mount.path, { careful: true, threads: 4 }));
    expect(await running.done).toMatchObject({ status: WORKER_EXIT.done, result: { reason: 'finished' } });
    const { paths, remainder, wrong } = readShard(running.spool, WHOLE);
    expect({ remainder, wrong }).toEqual({ remainder: [], wrong: [] });
    expect(paths).toHaveLength(GOOD_PATHS + 3001);
  });
});

function sawScanned(running: RunningWorker, directories: number): Promise<void> {
  return running.saw('progress', (line) => line.type === 'progress' && line.dirsScanned >= directories);
}

function range(length: number): number[] {
  return Array.from({ length }, (_unused, index) => index);
}

function stalls(lines: readonly WorkerLine[]): object[] {
  return lines.flatMap((line) => (line.type === 'stall' ? [{ path: line.path, syscall: line.syscall }] : []));
}

/** Every directory of the shard that is neither scanned nor pending. */
function directories({
  spool,
}: RunningWorker): { name: string; state: number; reason: string | null; syscall: string | null }[] {
  return query(
    spool,
    `SELECT name, state, reason, syscall FROM dirs WHERE state NOT IN (${DIR_STATE.scanned}, ${DIR_STATE.pending}) ORDER BY name`,
  );
}

function problems({ spool }: RunningWorker): object[] {
  return query(spool, 'SELECT d.name AS dir, p.name, p.syscall, p.code FROM problems p JOIN dirs d ON d.id = p.dir');
}

function query<T>(spool: string, sql: string): T[] {
  const db = new Sqlite(join(spool, SPOOL_FILES.shard));
  try {
    return db.prepare<[], T>(sql).all();
  } finally {
    db.close();
  }
}
