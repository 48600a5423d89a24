import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { EXIT } from '../shared/errors.ts';
import { describeWithDocker } from './docker.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, SELDOM, startCli, type CliResult, type RunningCli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { childrenOf } from './support/processes.ts';
import { canMount, smallDisk, type SmallDisk } from './support/small-disk.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { tuned } from './support/tuned.ts';

const able = canMount();
if (!able) console.log('SKIPPED: a data directory whose disk fills up: mounting one takes root');
/** Of a disk that holds the whole inventory of the tree, with room to spare. */
const ROOMY_KIB = 64 * 1024;
const tree = join(temporaryDirectory(), 'tree');

beforeAll(() => {
  makePlainTree(tree, 200, 100);
});

const scan = (dataDir: string, ...more: string[]): RunningCli =>
  startCli(['scan', tree, 'Full', '--data-dir', dataDir, '--runtime', 'process', ...more]);
/** About 10 chunks. */
const scanInChunks = (dataDir: string, ...more: string[]): RunningCli =>
  scan(dataDir, '--chunk-files', '3000', '--measure', '--retries', '0', ...more);

/** What an ended worker's spool gives back is taken as well: the next one would fit in. */
async function fillUntilPaused(running: RunningCli, disk: SmallDisk): Promise<void> {
  const filling = setInterval(() => disk.fill(), 5);
  await running.said('PAUSED: ').finally(() => clearInterval(filling));
}

/** Cured: it looks at its disk at once, instead of within ten seconds. Asking may come too early, while it is full still. */
async function goOn(dataDir: string): Promise<void> {
  expect(await cli(['resume', '--data-dir', dataDir])).toMatchObject({ status: EXIT.covered });
}

/** Nothing failed, nothing was lost, and nothing of ours is left. */
function expectWhole(result: CliResult, dataDir: string): void {
  expect(result.err).toBe('');
  expect(result.out).toContain('COVERED');
  expect(result.status).toBe(EXIT.covered);
  expectSame(dataDir, 'Full', tree);
  const held = "SELECT count(*) FROM chunks WHERE state <> 'done' OR failures > 0";
  expect(catalogValue(dataDir, held)).toBe(0);
  for (const left of ['locks', 'live', 'fetched', join('spool', 'process')])
    expect([left, readdirSync(join(dataDir, left))]).toEqual([left, []]);
}

describe.skipIf(!able)('a data directory whose disk fills up (needs root and the right to mount a tmpfs)', () => {
  let disk: SmallDisk;

  beforeEach(() => {
    disk = smallDisk(ROOMY_KIB);
  });
  afterEach(() => {
    disk.unmount();
  });

  it('while merging pauses the scan, says so to whoever looks on, and goes on with room', async () => {
    disk.grow(2 * 1024);
    const running = scanInChunks(disk.dir);
    await running.said('PAUSED: ');
    await expect
      .poll(async () => (await cli(['monitor', '--once', '--data-dir', disk.dir])).out, SELDOM)
      // One disk for both: whoever comes first meets it.
      .toMatch(
        /Full {2}Paused \((The disk of the catalog is full|The worker couldn't write its spool, its disk is full)/,
      );
    disk.grow(ROOMY_KIB);
    await goOn(disk.dir);
    const result = await running.done;
    expectWhole(result, disk.dir);
    expect(result.out).toContain('The disk can be written again after');
  });

  it('half way, by another program, twice, goes on each time', async () => {
    const running = scanInChunks(disk.dir, '--max-containers', '1');
    await running.said('Chunk 4 done');
    await fillUntilPaused(running, disk);
    disk.empty();
    await goOn(disk.dir);
    await running.said('Chunk 7 done');
    disk.fill();
    disk.empty();
    expectWhole(await running.done, disk.dir);
  });

  it('while it is measured goes on with what was measured', async () => {
    const running = scanInChunks(disk.dir, '--max-containers', '1');
    await running.said('PLAN measuring');
    await fillUntilPaused(running, disk);
    disk.empty();
    await goOn(disk.dir);
    expectWhole(await running.done, disk.dir);
  });

  it('and stays full ends the scan by Ctrl-C, and it goes on from there with room', async () => {
    const running = scanInChunks(disk.dir, '--max-containers', '1');
    await running.said('Chunk 4 done');
    // Takes everything that is given back, also what was kept for the end.
    const greedy = setInterval(() => disk.fill(), 1);
    await running.said('PAUSED: ');
    running.interrupt();
    const result = await running.done.finally(() => clearInterval(greedy));
    expect([EXIT.gaps, EXIT.interrupted]).toContain(result.status);
    expect(result.err).not.toMatch(/INTERNAL|defect/);
    disk.empty();
    expectWhole(await cli(['scan', '--resume', '--data-dir', disk.dir]), disk.dir);
  });

  it('for longer than it is waited for ends with 2 and says how it goes on', async () => {
    const running = scanInChunks(disk.dir, '--max-containers', '1', '--pause-timeout', '3s');
    await running.said('Chunk 4 done');
    // Once is not enough: what an ended worker's spool gives back may hold the rest.
    const filling = setInterval(() => disk.fill(), 5);
    const result = await running.done.finally(() => clearInterval(filling));
    expect(result.status).toBe(EXIT.gaps);
    expect(result.err).toContain('Error PAUSE_TIMEOUT: The scan was paused for 3s and was given up: ');
    expect(result.err).toContain('scan --resume');
    disk.empty();
    expectWhole(await cli(['scan', '--resume', '--data-dir', disk.dir]), disk.dir);
  });

  it('before a scan begins lets none begin: exit 3, named, and what is there stays', async () => {
    expect(await scan(disk.dir).done).toMatchObject({ status: 0 });
    const scans = (): unknown => catalogValue(disk.dir, 'SELECT count(*) FROM scans');
    const before = scans();
    disk.fill();
    const result = await scan(disk.dir).done;
    expect(result.status).toBe(3);
    expect(result.err).toMatch(/is full|ENOSPC/);
    disk.empty();
    expect(scans()).toBe(before);
  });
});

describe.skipIf(!able)('a spool on a disk of its own (needs root and the right to mount a tmpfs)', () => {
  const prepared = (kibibytes: number): { dataDir: string; disk: SmallDisk } => {
    const dataDir = temporaryDirectory();
    const at = join(dataDir, 'spool', 'process');
    mkdirSync(at, { recursive: true });
    const disk = smallDisk(kibibytes, at);
    onTestFinished(() => disk.unmount());
    return { dataDir, disk };
  };

  it('that is full pauses the scan, holds it against no chunk, and goes on with room', async () => {
    const { dataDir, disk } = prepared(ROOMY_KIB);
    const running = scanInChunks(dataDir, '--max-containers', '2');
    await running.said('Chunk 3 done');
    await fillUntilPaused(running, disk);
    disk.empty();
    await goOn(dataDir);
    expectWhole(await running.done, dataDir);
  });

  it('that becomes read-only pauses the scan until it can be written again', async () => {
    const { dataDir, disk } = prepared(ROOMY_KIB);
    const running = scanInChunks(dataDir, '--max-containers', '1');
    await running.said('Chunk 3 done');
    expect(await cli(['pause', '--data-dir', dataDir])).toMatchObject({ status: 0 });
    // The shard of the last worker may still be open for its merge.
    await expect.poll(() => attempt(() => disk.readOnly(true)), { timeout: 30_000 }).toBe(true);
    await goOn(dataDir);
    await running.said('read-only file system');
    disk.readOnly(false);
    await goOn(dataDir);
    expectWhole(await running.done, dataDir);
  });
});

describeWithDocker('a disk of a scan by containers that fills up', ({ address, baseImage }) => {
  const env = { DOCKER_HOST: address, SMART_SCANNER_BASE_IMAGE: baseImage };
  const begin = (dataDir: string): string[] => [
    ...['scan', tree, 'Full', '--data-dir', dataDir, '--runtime', 'docker'],
    ...['--chunk-files', '3000', '--measure', '--retries', '0', '--max-containers', '1'],
  ];
  const pausedOnce = async (running: RunningCli, disk: SmallDisk, dataDir: string): Promise<void> => {
    await running.said('Chunk 2 done');
    await fillUntilPaused(running, disk);
    disk.empty();
    expect(await cli(['resume', '--data-dir', dataDir], { env })).toMatchObject({ status: EXIT.covered });
    const result = await running.done;
    expect({ status: result.status, err: result.err }, result.out).toEqual({ status: EXIT.covered, err: '' });
    expect(result.out).toContain('The disk can be written again after');
    expectSame(dataDir, 'Full', tree);
    expect(catalogValue(dataDir, "SELECT count(*) FROM chunks WHERE state <> 'done' OR failures > 0")).toBe(0);
  };
  const diskAt = (...names: string[]): { dataDir: string; disk: SmallDisk } => {
    const dataDir = temporaryDirectory();
    const at = join(dataDir, ...names);
    mkdirSync(at, { recursive: true });
    const disk = smallDisk(ROOMY_KIB, at);
    onTestFinished(() => disk.unmount());
    return { dataDir, disk };
  };

  it.skipIf(!able)('the one of the spool: no chunk is blamed, and it goes on with room', async () => {
    const { dataDir, disk } = diskAt('spool', 'docker');
    await pausedOnce(startCli(begin(dataDir), { env }), disk, dataDir);
  });

  it.skipIf(!able)('the one that shards are fetched to: they wait where they are', async () => {
    const { dataDir, disk } = diskAt('fetched');
    // Below a file there is no directory that a daemon could see: spools become volumes, and shards travel.
    const dockerSpool = join(tree, 'group-0', 'dir-0', 'file-0.txt', 'none');
    await pausedOnce(startCli(begin(dataDir), tuned({ dockerSpool }, { env })), disk, dataDir);
  });
});

describe('a data directory that vanishes', () => {
  it('pauses the scan, and nothing is made in its place until it is back', async () => {
    const parent = temporaryDirectory();
    const dataDir = join(parent, 'data');
    mkdirSync(dataDir);
    const running = scanInChunks(dataDir, '--max-containers', '2');
    await running.said('Chunk 4 done');
    renameSync(dataDir, join(parent, 'away'));
    await running.said('PAUSED: ');
    expect(readdirSync(parent)).toEqual(['away']);
    renameSync(join(parent, 'away'), dataDir);
    // What a worker of then left is cleanup's.
    const result = await running.done;
    rmSync(join(dataDir, 'spool', 'process'), { recursive: true });
    mkdirSync(join(dataDir, 'spool', 'process'));
    expectWhole(result, dataDir);
  });
});

describe('a data directory in whose place another one is put', () => {
  it('ends the scan with that reason, and what is there goes on with --resume', async () => {
    const parent = temporaryDirectory();
    const dataDir = join(parent, 'data');
    mkdirSync(dataDir);
    const running = scanInChunks(dataDir, '--max-containers', '1');
    await running.said('Chunk 4 done');
    const pid = running.child.pid ?? 0;
    const held = [pid, ...childrenOf(pid, 'catalog.mjs')];
    for (const one of held) process.kill(one, 'SIGSTOP');
    // As a disk that was taken out and another one, made from it, that is mounted instead.
    cpSync(dataDir, join(parent, 'other'), { recursive: true });
    renameSync(dataDir, join(parent, 'away'));
    renameSync(join(parent, 'other'), dataDir);
    for (const one of held) process.kill(one, 'SIGCONT');
    const result = await running.done;
    expect(result).toMatchObject({ status: EXIT.notStarted });
    expect(result.err).toMatch(
      /Error CATALOG_GONE: The catalog .* is another file than it was: its disk was taken away/,
    );
    const again = await cli(['scan', '--resume', '--data-dir', dataDir, '--retries', '5']);
    expect(again.status, again.out + again.err).toBe(EXIT.covered);
    expectSame(dataDir, 'Full', tree);
  });
});

describe.skipIf(!canFreeze())('a catalog that becomes read-only (needs root and a file system with chattr +i)', () => {
  it('pauses the scan, and goes on when it can be written again', async () => {
    const dataDir = temporaryDirectory();
    // Not -shm: a page of it that can't be written ends the process that has it in its memory.
    const files = ['', '-wal'].map((suffix) => join(dataDir, `smart_catalog.db${suffix}`));
    const freeze = (is: boolean): void => void execFileSync('chattr', [is ? '+i' : '-i', ...files], { stdio: 'pipe' });
    const running = scanInChunks(dataDir, '--max-containers', '1');
    await running.said('Chunk 4 done');
    freeze(true);
    onTestFinished(() => void attempt(() => freeze(false)));
    await running.said('PAUSED: ');
    freeze(false);
    await goOn(dataDir);
    const result = await running.done;
    expectWhole(result, dataDir);
    expect(result.out).toMatch(/PAUSED: The catalog .*can't be written/);
  });
});

function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

function canFreeze(): boolean {
  const dir = temporaryDirectory();
  const can = attempt(() => execFileSync('chattr', ['+i', dir], { stdio: 'pipe' }));
  if (can) execFileSync('chattr', ['-i', dir], { stdio: 'pipe' });
  else console.log('SKIPPED: a catalog that becomes read-only: chattr +i is not allowed here');
  return can;
}
