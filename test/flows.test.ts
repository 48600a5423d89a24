import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { independentWalk } from './fixtures/independent-walk.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue, publishedRows } from './support/catalog-rows.ts';
import { cli, startCli, type RunningCli } from './support/cli.ts';
import { describeWithRuntimes } from './support/runtimes.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { killWorkers, runningWorkers } from './support/workers.ts';

const DIRECTORIES = 400;
const FILES = 100;
const tree = join(temporaryDirectory(), 'tree');
/** About 20 chunks, one at a time: slow enough to meet in the middle. */
const SLOW = ['--chunk-files', '2000', '--measure', '--max-containers', '1'];

beforeAll(() => {
  makePlainTree(tree, DIRECTORIES, FILES);
});

function logOf(dataDir: string): string {
  const logs = readdirSync(join(dataDir, 'logs')).sort();
  return readFileSync(join(dataDir, 'logs', logs.at(-1) ?? ''), 'utf8');
}

function expectWhole(dataDir: string): void {
  expect([...publishedRows(dataDir, 'Flow').keys()].sort()).toEqual([...independentWalk(tree).keys()].sort());
}

describeWithRuntimes('a scan', (runtime) => {
  const args = (dataDir: string, ...more: string[]): string[] => [
    'scan',
    tree,
    'Flow',
    '--data-dir',
    dataDir,
    ...runtime.args,
    ...more,
  ];
  const scan = (dataDir: string, ...more: string[]): RunningCli => startCli(args(dataDir, ...more), runtime.options);

  it('again plans from the published one; the old inventory stays until the new one is whole', async () => {
    const dataDir = temporaryDirectory();
    expect(await scan(dataDir).done).toMatchObject({ status: 0 });
    const published = (): unknown => catalogValue(dataDir, 'SELECT published_scan FROM mounts');
    const first = published();
    writeFileSync(join(tree, 'new file'), 'x');
    try {
      const second = scan(dataDir, '--chunk-files', '5000', '--max-containers', '1');
      // Whichever that is: the first scan may have divided its chunks.
      await second.said(' directories merged in ');
      // Held still, it is in the middle for as long as this looks; what it owns stays its own.
      second.child.kill('SIGSTOP');
      expect(published()).toBe(first);
      expect(publishedRows(dataDir, 'Flow').has('new file')).toBe(false);
      const monitor = await cli(['monitor', '--once', '--data-dir', dataDir]);
      expect(monitor.out).toContain('Flow');
      expect(monitor.out).not.toContain('ended without closing');
      const stats = await cli(['stats', '--data-dir', dataDir]);
      expect(stats.out).toMatch(/Flow +40,000 .*a scan runs: [\d,]+ files so far/);
      const cleanup = await cli(['cleanup', '--yes', '--data-dir', dataDir], runtime.options);
      expect(cleanup.status).toBe(0);
      const refused = await cli(args(dataDir), runtime.options);
      expect(refused).toMatchObject({ status: 3 });
      expect(refused.err).toContain('SCAN_RUNNING');
      second.child.kill('SIGCONT');
      expect(await second.done).toMatchObject({ status: 0 });
      expect(published()).not.toBe(first);
      expect(logOf(dataDir)).toContain('plan: published');
      expectWhole(dataDir);
      expect(catalogValue(dataDir, 'SELECT count(DISTINCT d.scan) FROM dirs d JOIN entries e ON e.dir = d.id')).toBe(1);
    } finally {
      rmSync(join(tree, 'new file'));
    }
  });

  it('interrupted once commits what it has, exits 130 and publishes nothing; twice ends at once', async () => {
    const dataDir = temporaryDirectory();
    const once = scan(dataDir, ...SLOW);
    await once.said('Chunk 2 done');
    once.interrupt();
    const result = await once.done;
    expect(result.status).toBe(130);
    expect(result.err).toContain('Stopping');
    expect(catalogValue(dataDir, 'SELECT state FROM scans')).toBe('interrupted');
    expect(catalogValue(dataDir, 'SELECT published_scan FROM mounts')).toBeNull();
    expect(catalogValue(dataDir, 'SELECT count(*) FROM entries')).toBeGreaterThan(1000);
    expect(await runningWorkers(runtime, dataDir)).toEqual([]);
    expect(readdirSync(join(dataDir, 'spool', runtime.kind))).toEqual([]);
    const twice = scan(dataDir, ...SLOW);
    await twice.said('directories merged in');
    twice.interrupt();
    await delay(50);
    twice.interrupt();
    expect((await twice.done).status).toBe(130);
    expect(await runningWorkers(runtime, dataDir)).toEqual([]);
    // The same data directory goes on as if nothing had happened.
    expect(await scan(dataDir).done).toMatchObject({ status: 0 });
    expectWhole(dataDir);
  });

  it('whose workers are killed at random moments is whole in the end', async () => {
    const dataDir = temporaryDirectory();
    const end = await killWorkers(
      runtime,
      dataDir,
      () => Math.random() < 0.4,
      () => Math.random() * 150,
    );
    const running = scan(dataDir, '--chunk-files', '5000', '--max-containers', '2', '--retries', '20', '--measure');
    const result = await running.done;
    expect(await end()).toBeGreaterThan(0);
    expect(result).toMatchObject({ status: 0 });
    expectWhole(dataDir);
  });

  it('with one chunk that always fails scans all the others, exits 2 and names the gap', async () => {
    const dataDir = temporaryDirectory();
    const end = await killWorkers(runtime, dataDir, ({ chunk }) => chunk === '2');
    const running = scan(dataDir, '--chunk-files', '5000', '--max-containers', '3', '--retries', '1', '--measure');
    const result = await running.done;
    await end();
    expect(result.status).toBe(2);
    expect(result.out).toMatch(/Chunks +\d+ done, 1 failed, 0 open/);
    expect(result.out).toMatch(/group-\d+/);
    expect(catalogValue(dataDir, `SELECT count(*) FROM chunks WHERE state = 'done'`)).toBeGreaterThan(5);
    const log = logOf(dataDir);
    expect(log).toMatch(/ - ERROR - .*killed from outside/);
    expect(log).toContain('INSPECT chunk 2');
  });

  it('never runs more workers than it may', async () => {
    const dataDir = temporaryDirectory();
    const running = scan(dataDir, '--chunk-files', '3000', '--max-containers', '2', '--measure');
    const ended = running.done.then(() => true);
    let most = 0;
    while (!(await Promise.race([ended, delay(10, false)]))) {
      const workers = (await runningWorkers(runtime, dataDir)).filter(({ role }) => role !== 'probe');
      most = Math.max(most, workers.length);
    }
    expect(await running.done).toMatchObject({ status: 0 });
    expect(most).toBe(2);
  });

  it('whose program is killed leaves workers that cleanup removes, and nothing else', async () => {
    const dataDir = temporaryDirectory();
    const running = scan(dataDir, ...SLOW);
    await running.said('Chunk 2 done');
    running.child.kill('SIGKILL');
    await running.done;
    // What it last said is believed for two seconds, no longer.
    await delay(2_000);
    const monitor = await cli(['monitor', '--once', '--data-dir', dataDir]);
    expect(monitor.out).toContain('Flow: the scan by');
    expect(monitor.out).toContain('ended without closing');
    writeFileSync(join(dataDir, 'spool', runtime.kind, 'notes.txt'), 'mine');
    const listed = await cli(['cleanup', '--dry-run', '--data-dir', dataDir], runtime.options);
    expect(listed.status).toBe(0);
    // Looking removes nothing.
    expect(readdirSync(join(dataDir, 'spool', runtime.kind)).length).toBeGreaterThan(1);
    const removed = await cli(['cleanup', '--yes', '--data-dir', dataDir], runtime.options);
    expect(removed.status).toBe(0);
    expect(await runningWorkers(runtime, dataDir)).toEqual([]);
    expect(readdirSync(join(dataDir, 'spool', runtime.kind))).toEqual(['notes.txt']);
    expect((await cli(['monitor', '--once', '--data-dir', dataDir])).out).toContain('No scan is running');
    expect(await scan(dataDir).done).toMatchObject({ status: 0 });
    expectWhole(dataDir);
  });

  it('writes the lines that people grep for', async () => {
    const dataDir = temporaryDirectory();
    const result = await scan(dataDir).done;
    const log = logOf(dataDir);
    expect(log).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} - INFO - Times are local \(.+, UTC[+-]\d{2}:\d{2}\)\n/);
    for (const line of [
      / - INFO - PREFLIGHT mount point/,
      /DATABASE ACTIVITY Flow: 40,000 files/,
      /SMART SCAN COMPLETE/,
    ]) {
      expect(log).toMatch(line);
    }
    for (const line of log.trimEnd().split('\n')) {
      expect(line).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} - (?:INFO|WARNING|ERROR) - /);
      expect(result.out).toContain(line);
    }
  });

  it('with --plan-only prints the plan and leaves nothing', async () => {
    const dataDir = temporaryDirectory();
    rmSync(dataDir, { recursive: true });
    const table = await scan(dataDir, '--plan-only', '--chunk-files', '10000').done;
    expect(table).toMatchObject({ status: 0 });
    expect(table.out).toMatch(/group-\d+/);
    const json = await scan(dataDir, '--plan-only', '--chunk-files', '10000', '--json').done;
    const lines = json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { chunks?: unknown[]; entries?: number });
    const plan = lines.at(-1);
    expect(plan?.chunks?.length).toBeGreaterThanOrEqual(4);
    expect(plan?.entries).toBe(independentWalk(tree).size);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('with --json says everything as one JSON object a line, --quiet only the end', async () => {
    const dataDir = temporaryDirectory();
    const json = await scan(dataDir, '--json').done;
    const events = json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; exitStatus?: number; certificate?: { verdict: string } });
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['progress', 'log', 'snapshot', 'outcome']));
    expect(events.at(-1)).toMatchObject({ event: 'outcome', exitStatus: 0, certificate: { verdict: 'covered' } });
    const quiet = await scan(dataDir, '--quiet').done;
    expect(quiet.out).not.toContain('INFO');
    expect(quiet.out).toContain('COVERED');
    expect(quiet.err).toBe('');
  });
});

describe('two mounts (process)', () => {
  it('may be scanned at the same time into one catalog', async () => {
    const dataDir = temporaryDirectory();
    const otherTree = makePlainTree(join(temporaryDirectory(), 'other'), 40, 20);
    const options = ['--data-dir', dataDir, '--runtime', 'process'];
    const first = startCli(['scan', tree, 'Flow', ...options, ...SLOW]);
    await first.said('Chunk 2 done');
    // Held still, it is in the middle for as long as the other one takes.
    first.child.kill('SIGSTOP');
    const second = await cli(['scan', otherTree, 'Other', ...options]);
    expect(second).toMatchObject({ status: 0 });
    expect(first.child.exitCode).toBeNull();
    expect(catalogValue(dataDir, `SELECT count(*) FROM scans WHERE state = 'open'`)).toBe(1);
    // Both at it at once: a second time beside the one that goes on.
    const again = startCli(['scan', otherTree, 'Other', ...options]);
    first.child.kill('SIGCONT');
    expect(await again.done).toMatchObject({ status: 0 });
    expect(await first.done).toMatchObject({ status: 0 });
    expectWhole(dataDir);
    expect([...publishedRows(dataDir, 'Other').keys()].sort()).toEqual([...independentWalk(otherTree).keys()].sort());
  });
});
