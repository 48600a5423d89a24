import { setTimeout as delay } from 'node:timers/promises';
import { existsSync, linkSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../shared/errors.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, startCli, type CliResult } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { describeWithRuntimes, type TestRuntime } from './support/runtimes.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { runningWorkers } from './support/workers.ts';

const base = temporaryDirectory();
const mount = join(base, 'mount');
const KILLS = 6;

beforeAll(() => {
  makePlainTree(mount, 400, 30);
  // One inode below several chunks: charged once, whichever of them is merged last.
  for (let at = 0; at < 50; at += 1)
    linkSync(join(mount, 'group-0', 'dir-0', 'file-6.txt'), join(mount, `group-${at % 40}`, `link-${at}`));
});

/** mulberry32: kills come at moments that can be had again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const logOf = (dataDir: string): string =>
  readFileSync(String(catalogValue(dataDir, 'SELECT log_path FROM scans ORDER BY num DESC')), 'utf8');

/** Its catalog process may take a moment to see that its orchestrator is gone. */
async function resume(args: readonly string[], runtime: TestRuntime): Promise<CliResult> {
  for (;;) {
    const result = await cli(['scan', '--resume', ...args], runtime.options);
    if (!result.err.includes('SCAN_RUNNING')) return result;
    await delay(100);
  }
}

describeWithRuntimes('a scan whose orchestrator is killed', (runtime) => {
  it('again and again goes on each time, and ends as one left alone', async () => {
    const seed = Number(process.env['SMART_SCANNER_SEED'] ?? Date.now() % 1_000_000);
    console.log(`seed ${seed}`);
    const next = random(seed);
    const dataDir = temporaryDirectory();
    const args = ['--data-dir', dataDir];
    const begin = ['scan', mount, 'M', ...args, ...runtime.args, '--chunk-files', '600', '--max-containers', '2'];
    for (let kill = 0; kill < KILLS; kill += 1) {
      // It may have been killed before there was a catalog, or a scan in it.
      const known =
        existsSync(join(dataDir, 'smart_catalog.db')) &&
        Number(catalogValue(dataDir, 'SELECT count(*) FROM scans')) > 0;
      const running = startCli(known ? ['scan', '--resume', ...args] : begin, runtime.options);
      await Promise.race([delay(300 + next() * 2500), running.done]);
      running.child.kill('SIGKILL');
      await running.done;
    }
    const last = await resume(args, runtime);
    // The last one may have ended by itself before it was killed.
    if (!last.err.includes('NO_SUCH_SCAN')) expect(last).toMatchObject({ status: EXIT.covered });
    expect(catalogValue(dataDir, 'PRAGMA integrity_check')).toBe('ok');
    expect(catalogValue(dataDir, "SELECT count(*) FROM scans WHERE state = 'finished'")).toBe(1);
    expectSame(dataDir, 'M', mount);
    // Each chunk was merged by exactly one attempt.
    const merged = `SELECT count(*) FROM chunks c WHERE state = 'done' AND 1 <> (SELECT count(*) FROM attempts a
      WHERE a.chunk = c.id AND a.id = c.attempt AND a.ended IS NOT NULL)`;
    expect(catalogValue(dataDir, merged)).toBe(0);
    const alone = temporaryDirectory();
    await cli(['scan', mount, 'M', '--data-dir', alone, ...runtime.args], runtime.options);
    for (const column of ['files', 'dirs', 'size', 'alloc', 'charged', 'verdict'])
      expect([column, catalogValue(dataDir, `SELECT ${column} FROM scans ORDER BY num DESC`)]).toEqual([
        column,
        catalogValue(alone, `SELECT ${column} FROM scans`),
      ]);
    const sums =
      'SELECT all_files || "," || all_dirs || "," || all_size || "," || all_charged FROM dirs WHERE parent IS NULL ORDER BY id DESC'.replaceAll(
        '"',
        "'",
      );
    expect(catalogValue(dataDir, sums)).toBe(catalogValue(alone, sums));
    expect(await runningWorkers(runtime, dataDir)).toEqual([]);
  });

  it('finds its running workers again instead of starting them anew', async () => {
    const dataDir = temporaryDirectory();
    const args = ['--data-dir', dataDir];
    const running = startCli(
      ['scan', mount, 'M', ...args, ...runtime.args, '--chunk-files', '600', '--max-containers', '2'],
      runtime.options,
    );
    await running.said('Chunk 3 starts');
    running.child.kill('SIGKILL');
    await running.done;
    const result = await resume(args, runtime);
    expect(result).toMatchObject({ status: EXIT.covered });
    const log = logOf(dataDir);
    expect(log).toMatch(/SMART SCAN of .* starts: scan/);
    expect(log).toMatch(/SMART SCAN of .* goes on: scan/);
    expect(log).toMatch(/RESUME \d+ workers found again, \d+ lost, \d+ chunks done before/);
    const [, found = '0'] = /RESUME (\d+) workers found again/.exec(log) ?? [];
    expect(log.split('is taken over:').length - 1).toBe(Number(found));
    expectSame(dataDir, 'M', mount);
  });
});

describe('what can not be resumed', () => {
  it('says so: nothing there, nothing unfinished, a live owner, half a mount', async () => {
    const dataDir = temporaryDirectory();
    const args = ['--data-dir', dataDir];
    expect(await cli(['scan', '--resume', ...args])).toMatchObject({ status: EXIT.notStarted });
    const whole = await cli(['scan', mount, 'M', ...args, '--runtime', 'process']);
    expect(whole.status).toBe(EXIT.covered);
    const nothing = await cli(['scan', '--resume', ...args]);
    expect(nothing.status).toBe(EXIT.usage);
    expect(nothing.err).toContain('There is no unfinished scan.');
    expect(await cli(['scan', '--resume', mount, ...args])).toMatchObject({ status: EXIT.usage });
    expect(await cli(['scan', '--resume', '--plan-only', ...args])).toMatchObject({ status: EXIT.usage });
    expect(await cli(['scan', mount, ...args])).toMatchObject({ status: EXIT.usage });
    const running = startCli([
      'scan',
      mount,
      'M',
      ...args,
      '--runtime',
      'process',
      '--measure',
      '--chunk-files',
      '300',
    ]);
    await running.said('Chunk 2 starts');
    const owned = await cli(['scan', '--resume', ...args]);
    expect(owned.status).toBe(EXIT.notStarted);
    expect(owned.err).toMatch(/SCAN_RUNNING: Scan .* of M is running \(.*@.*, since /);
    running.interrupt();
    expect((await running.done).status).toBe(EXIT.interrupted);
    // Stopped by hand: it can go on as well, and a new scan says so.
    const plan = await cli(['scan', '--resume', mount, 'M', ...args]);
    expect(plan).toMatchObject({ status: EXIT.covered });
    expectSame(dataDir, 'M', mount);
  });
});
