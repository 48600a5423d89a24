import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { independentWalk } from './fixtures/independent-walk.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue, publishedRows } from './support/catalog-rows.ts';
import { cli, startCli, type CliResult, type RunningCli } from './support/cli.ts';
import { canMount, smallDisk, type SmallDisk } from './support/small-disk.ts';
import { temporaryDirectory } from './support/temporary.ts';

const able = canMount();
if (!able) console.log('SKIPPED: a data directory whose disk fills up: mounting one takes root');
/** Of a disk that holds the whole inventory of the tree, with room to spare. */
const ROOMY_KIB = 64 * 1024;
const tree = join(temporaryDirectory(), 'tree');

describe.skipIf(!able)('a data directory whose disk fills up (needs root and the right to mount a tmpfs)', () => {
  let disk: SmallDisk;

  beforeAll(() => {
    makePlainTree(tree, 400, 100);
  });
  beforeEach(() => {
    disk = smallDisk(ROOMY_KIB);
  });
  afterEach(() => {
    disk.unmount();
  });

  const scan = (...more: string[]): RunningCli =>
    startCli(['scan', tree, 'Full', '--data-dir', disk.dir, '--runtime', 'process', ...more]);
  /** About 20 chunks. */
  const scanInChunks = (...more: string[]): RunningCli =>
    scan('--chunk-files', '3000', '--measure', '--retries', '1', ...more);
  const count = (state: string): number =>
    Number(catalogValue(disk.dir, `SELECT count(*) FROM chunks WHERE state = '${state}'`));

  function expectGaps(result: CliResult): void {
    expect(result.status).toBe(2);
    expect(result.err).not.toMatch(/INTERNAL|defect/);
    expect(result.out).not.toContain('electron-log');
    expect(result.out).toContain('GAPS');
    expect(result.out).toMatch(/\((MERGE_)?DISK_FULL; what is below is unknown\)/);
    expect(result.out).not.toContain('SHARD_DAMAGED');
    // Nothing of ours goes on taking room.
    for (const left of ['locks', 'live', 'fetched', join('spool', 'process')])
      expect(readdirSync(join(disk.dir, left))).toEqual([]);
  }

  /** What the user does next: reads what happened, makes room, scans again. */
  async function expectWholeWithRoom(): Promise<void> {
    const certificate = await cli(['stats', '--certificate', '--data-dir', disk.dir]);
    expect(certificate).toMatchObject({ status: 0 });
    expect(certificate.out).toContain('DISK_FULL');
    disk.empty();
    disk.grow(ROOMY_KIB);
    expect(await scan().done).toMatchObject({ status: 0 });
    expect([...publishedRows(disk.dir, 'Full').keys()].sort()).toEqual([...independentWalk(tree).keys()].sort());
  }

  it('while merging fails the chunks that do not fit; merged ones stay, and with room the next scan is whole', async () => {
    disk.grow(3 * 1024);
    const result = await scanInChunks().done;
    expectGaps(result);
    const done = count('done');
    expect(done).toBeGreaterThan(0);
    expect(count('failed')).toBeGreaterThan(0);
    expect(count('done') + count('failed')).toBe(catalogValue(disk.dir, 'SELECT count(*) FROM chunks'));
    const rows = Number(catalogValue(disk.dir, 'SELECT count(*) FROM entries'));
    expect(rows).toBe(catalogValue(disk.dir, 'SELECT sum(merged_files) FROM chunks'));
    expect(rows).toBeGreaterThanOrEqual(done * 2000);
    // The rest is not started for nothing: two at once, their retries, and three alone are enough to know.
    expect(Number(catalogValue(disk.dir, 'SELECT count(*) FROM attempts'))).toBeLessThan(done + 10);
    await expectWholeWithRoom();
  });

  it('half way, by another program, keeps what was merged until then', async () => {
    const running = scanInChunks('--max-containers', '1');
    await running.said('Chunk 4 done');
    disk.fill();
    const result = await running.done;
    expectGaps(result);
    expect(count('done')).toBeGreaterThanOrEqual(4);
    expect(count('failed')).toBeGreaterThan(5);
    disk.empty();
    await expectWholeWithRoom();
  });

  it('before the first merge leaves an account of it all the same, and no inventory', async () => {
    const running = scanInChunks('--max-containers', '1');
    await running.said('PLAN measuring');
    disk.fill();
    const result = await running.done;
    expectGaps(result);
    expect(result.out).toContain('Not published: the mount point itself was not scanned');
    expect(count('done')).toBe(0);
    disk.empty();
    await expectWholeWithRoom();
  });

  it('and is kept full says so in one sentence, ends with 2, and the next scan is whole', async () => {
    const running = scanInChunks('--max-containers', '1');
    await running.said('Chunk 4 done');
    // Takes everything that is given back, also what was kept for the end.
    const greedy = setInterval(() => disk.fill(), 1);
    const result = await running.done.finally(() => clearInterval(greedy));
    expect(result.status).toBe(2);
    expect(result.err).not.toMatch(/INTERNAL|defect/);
    if (!result.out.includes('GAPS')) {
      expect(result.err).toContain(`Error DISK_FULL: The disk of the data directory ${disk.dir} is full.`);
      expect(result.err).toContain('Make room there and scan again');
    }
    disk.empty();
    expect(await cli(['stats', '--data-dir', disk.dir])).toMatchObject({ status: 0 });
    expect(await scan().done).toMatchObject({ status: 0 });
    expect(publishedRows(disk.dir, 'Full').size).toBe(independentWalk(tree).size);
  });

  it('before a scan begins lets none begin: exit 3, named, and what is there stays', async () => {
    expect(await scan().done).toMatchObject({ status: 0 });
    const scans = (): unknown => catalogValue(disk.dir, 'SELECT count(*) FROM scans');
    const before = scans();
    disk.fill();
    const result = await scan().done;
    expect(result.status).toBe(3);
    expect(result.err).toMatch(/is full|ENOSPC/);
    disk.empty();
    expect(scans()).toBe(before);
  });
});
