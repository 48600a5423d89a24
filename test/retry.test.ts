import { chmodSync, chownSync, linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../shared/errors.ts';
import type { FuseDirectory } from './fixtures/fuse/tree.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, startCli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { describeWithFuse, mountFuse } from './support/fuse.ts';
import { describeWithRuntimes } from './support/runtimes.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { runningWorkers } from './support/workers.ts';

const base = temporaryDirectory();
const mount = join(base, 'mount');

beforeAll(() => {
  makePlainTree(mount, 200, 20);
  // One inode below several chunks: charged once, whichever of them is merged last.
  for (let at = 1; at < 20; at += 1)
    linkSync(join(mount, 'group-0', 'dir-0', 'file-6.txt'), join(mount, `group-${at}`, `link-${at}`));
});

const failedChunks = (dataDir: string): number =>
  Number(catalogValue(dataDir, "SELECT count(*) FROM chunks WHERE state = 'failed'"));

/** What the latest scan says of itself, but for times. */
const columns = (dataDir: string): unknown[] =>
  ['verdict', 'published', 'files', 'dirs', 'size', 'alloc', 'charged'].map((column) =>
    catalogValue(dataDir, `SELECT ${column} FROM scans ORDER BY num DESC`),
  );

describeWithRuntimes('chunks that failed', (runtime) => {
  it('are tried again one by one or all together, and then the scan is as one in which nothing failed', async () => {
    const dataDir = temporaryDirectory();
    const args = ['--data-dir', dataDir];
    const begin = [mount, 'M', ...args, ...runtime.args, '--measure', '--chunk-files', '300', '--retries', '0'];
    const running = startCli(['scan', ...begin, '--max-containers', '2'], runtime.options);
    await running.said('Chunk 1 starts');
    // Before they have read anything, most of them; what one had read is kept.
    while (failedChunks(dataDir) < 3 && running.child.exitCode === null) {
      for (const worker of await runningWorkers(runtime, dataDir))
        if (worker.role === 'worker') await worker.kill().catch(() => undefined);
      await delay(20);
    }
    expect((await running.done).status).toBe(EXIT.gaps);
    const failed = failedChunks(dataDir);
    expect(failed).toBeGreaterThanOrEqual(3);

    const chunk = String(catalogValue(dataDir, "SELECT max(id) FROM chunks WHERE state = 'failed'"));
    const attempts = (): unknown => catalogValue(dataDir, 'SELECT count(*) FROM attempts');
    const before = Number(attempts());
    const one = await cli(['retry', '--chunk', chunk, ...args], runtime.options);
    expect(one.status).toBe(EXIT.gaps);
    expect(one.out).toContain('RETRY 1 failed chunks and 0 failed directories: 1 chunks to scan');
    expect(one.out).not.toContain('QUARANTINE');
    expect(one.out).toContain('When the cause is gone: smart-scanner retry --failed');
    expect(failedChunks(dataDir)).toBe(failed - 1);
    expect(attempts()).toBe(before + 1);

    // Killed on the way, it goes on like any scan.
    const killed = startCli(['retry', '--failed', '--max-containers', '1', ...args], runtime.options);
    await killed.said('RETRY ');
    killed.child.kill('SIGKILL');
    await killed.done;
    let rest = await cli(['scan', '--resume', '--json', ...args], runtime.options);
    // Its catalog process may take a moment to see that its orchestrator is gone.
    while (rest.out.includes('SCAN_RUNNING'))
      rest = await cli(['scan', '--resume', '--json', ...args], runtime.options);
    expect(rest.status).toBe(EXIT.covered);
    expect(JSON.parse(rest.out.trim().split('\n').at(-1) ?? '')).toMatchObject({ event: 'outcome', published: true });
    expectSame(dataDir, 'M', mount);
    expect(catalogValue(dataDir, 'PRAGMA integrity_check')).toBe('ok');
    const alone = temporaryDirectory();
    await cli(['scan', mount, 'M', '--data-dir', alone, ...runtime.args], runtime.options);
    expect(columns(dataDir)).toEqual(columns(alone));
    expect(await runningWorkers(runtime, dataDir)).toEqual([]);
  });
});

describe('a directory that could not be read', () => {
  it.runIf(process.getuid?.() === 0)('is read once its permissions allow it, and only it', async () => {
    const tree = makePlainTree(join(temporaryDirectory(), 'tree'), 30, 3);
    const dataDir = temporaryDirectory();
    const nobody = 65_534;
    for (const path of [dataDir, tree, join(tree, '..')]) chmodSync(path, 0o755);
    chownSync(dataDir, nobody, nobody);
    const closed = join(tree, 'group-1');
    chmodSync(closed, 0);
    const options = { uid: nobody, env: { HOME: dataDir } };
    const args = ['--data-dir', dataDir];
    const scan = await cli(['scan', tree, 'T', ...args, '--runtime', 'process'], options);
    expect(scan).toMatchObject({ status: EXIT.gaps });
    const still = await cli(['retry', '--failed', ...args], options);
    expect(still).toMatchObject({ status: EXIT.gaps });
    expect(still.out).toContain('group-1 (scandir: EACCES');
    chmodSync(closed, 0o755);
    const wrong = await cli(['retry', '--quarantined', ...args], options);
    expect(wrong).toMatchObject({ status: EXIT.usage });
    expect(wrong.err).toContain('NOTHING_TO_RETRY');
    expect(wrong.err).toContain('Retry what failed with --failed.');
    const cured = await cli(['retry', '--failed', '--mount', 'T', '--max-containers', '1', ...args], options);
    expect(cured.out).toContain('RETRY 0 failed chunks and 1 failed directories: 1 chunks to scan');
    expect(cured).toMatchObject({ status: EXIT.covered });
    expectSame(dataDir, 'T', tree);
    const nothing = await cli(['retry', '--failed', ...args], options);
    expect(nothing).toMatchObject({ status: EXIT.usage });
    expect(nothing.err).toContain('It has 0 failed chunks, 0 failed directories, 0 set aside, 0 entries');
  });
});

describeWithFuse('a disk that was repaired', () => {
  const good = Object.fromEntries(
    Array.from({ length: 10 }, (_unused, index) => [`good-${index}`, { files: 20 }] satisfies [string, FuseDirectory]),
  );

  it('gives back what failed and what was set aside, each when it is asked for', async () => {
    // Comes back long after it was given up: a call that never does takes its worker's end with it, and the test's time.
    const stuck = { files: 3, directories: { below: { files: 2 } }, opendir: 4000 } as const;
    const holey = { files: 5, lookups: { 'file-2': 'EIO' } } as const;
    const disk = await mountFuse({ directories: { ...good, bad: { files: 5, readdir: 'EIO' }, holey, stuck } });
    const dataDir = temporaryDirectory();
    const args = ['--data-dir', dataDir];
    const scan = ['scan', disk.path, 'D', ...args, '--runtime', 'process', '--fast-start', '--stall-timeout', '1'];
    expect(await cli(scan)).toMatchObject({ status: EXIT.gaps });
    const reasons = (): unknown =>
      catalogValue(dataDir, "SELECT group_concat(path || ' ' || reason, ', ' ORDER BY path) FROM dirs WHERE state = 3");
    const setAside = (): unknown => catalogValue(dataDir, 'SELECT count(*) FROM quarantine');
    const holes = (): unknown => catalogValue(dataDir, 'SELECT count(*) FROM problems');
    expect([reasons(), setAside(), holes()]).toEqual(['bad EIO, stuck QUARANTINED', 1, 1]);

    expect((await cli(['retry', '--quarantined', ...args])).status).toBe(EXIT.gaps);
    const still = await cli(['retry', '--failed', ...args]);
    expect(still.status).toBe(EXIT.gaps);
    expect(still.out).toContain('1 failed directories and 1 entries that could not be looked at: ');
    expect([reasons(), setAside(), holes()]).toEqual(['bad EIO, stuck QUARANTINED', 1, 1]);

    disk.cure();
    const failed = await cli(['retry', '--failed', ...args]);
    expect(failed.status).toBe(EXIT.gaps);
    expect([reasons(), setAside(), holes()]).toEqual(['stuck QUARANTINED', 1, 0]);
    expect(failed.out).toContain('When the cause is gone: smart-scanner retry --quarantined');
    const rest = await cli(['retry', '--quarantined', ...args]);
    expect(rest).toMatchObject({ status: EXIT.covered });
    expect([reasons(), setAside()]).toEqual([null, 0]);
    expectSame(dataDir, 'D', disk.path);
  });
});

describe('retry', () => {
  it('wants exactly one of what it can try, and a scan', async () => {
    const dataDir = temporaryDirectory();
    const args = ['--data-dir', dataDir];
    for (const wrong of [[], ['--failed', '--quarantined'], ['--chunk', '1', '--failed'], ['--chunk', 'x']])
      expect((await cli(['retry', ...wrong, ...args])).status).toBe(EXIT.usage);
    expect((await cli(['retry', '--failed', ...args])).status).toBe(EXIT.notStarted);
    const tree = join(temporaryDirectory(), 'tree');
    mkdirSync(tree);
    await cli(['scan', tree, 'T', ...args, '--runtime', 'process']);
    const other = await cli(['retry', '--failed', '--scan', 'nothing', ...args]);
    expect(other).toMatchObject({ status: EXIT.usage });
    expect(other.err).toContain('NO_SUCH_SCAN: There is no scan nothing.');
  });
});
