import { linkSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../shared/errors.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, SELDOM, startCli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { describeWithRuntimes } from './support/runtimes.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { runningWorkers } from './support/workers.ts';

const base = temporaryDirectory();
const mount = join(base, 'mount');

beforeAll(() => {
  makePlainTree(mount, 240, 30);
  // One inode below several chunks: charged once, whichever of them is merged last.
  for (let at = 0; at < 50; at += 1)
    linkSync(join(mount, 'group-0', 'dir-0', 'file-6.txt'), join(mount, `group-${at % 24}`, `link-${at}`));
});

const logOf = (dataDir: string): string =>
  readFileSync(String(catalogValue(dataDir, 'SELECT log_path FROM scans ORDER BY num DESC')), 'utf8');

describeWithRuntimes('a scan whose orchestrator is killed', (runtime) => {
  it('finds its running workers again instead of starting them anew', async () => {
    const dataDir = temporaryDirectory();
    const args = ['--data-dir', dataDir];
    const running = startCli(
      ['scan', mount, 'M', ...args, ...runtime.args, '--chunk-files', '600', '--max-containers', '2'],
      runtime.options,
    );
    await running.said('Chunk 3 starts');
    await expect.poll(async () => (await runningWorkers(runtime, dataDir)).length).toBeGreaterThan(0);
    running.child.kill('SIGKILL');
    await running.done;
    const result = await cli(['scan', '--resume', ...args], runtime.options);
    expect(result).toMatchObject({ status: EXIT.covered });
    const log = logOf(dataDir);
    expect(log).toMatch(/SMART SCAN of .* starts: scan/);
    expect(log).toMatch(/SMART SCAN of .* goes on: scan/);
    expect(log).toMatch(/RESUME \d+ workers found again, \d+ lost, \d+ chunks done before/);
    const [, found = '0'] = /RESUME (\d+) workers found again/.exec(log) ?? [];
    expect(Number(found)).toBeGreaterThan(0);
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
    // The same path on another host is another share.
    const asHost = (id: string): void => {
      const db = new Sqlite(join(dataDir, 'smart_catalog.db'));
      db.prepare('UPDATE host_ids SET id = ?').run(id);
      db.close();
    };
    const here = String(catalogValue(dataDir, 'SELECT id FROM host_ids'));
    asHost('of-another-computer');
    const elsewhere = await cli(['scan', '--resume', ...args]);
    expect(elsewhere.err).toMatch(/MOUNT_NOT_FOUND: .*mount of scan .* is on another host than this computer/);
    asHost(here);
    const other = await cli(['scan', '--resume', base, 'M', ...args]);
    expect(other.status).toBe(EXIT.usage);
    expect(other.err).toContain(`The unfinished scan of M is of ${mount}, not of ${base}.`);
    // Stopped by hand: it can go on as well, and what is asked for then holds for whoever resumes it after that.
    const gentle = startCli(['scan', '--resume', ...args, '--load', 'gentle', '--max-containers', '1']);
    await gentle.said('SETTINGS');
    gentle.interrupt();
    expect((await gentle.done).status).toBe(EXIT.interrupted);
    const plan = await cli(['scan', '--resume', mount, 'M', ...args]);
    expect(plan).toMatchObject({ status: EXIT.covered });
    expect(
      logOf(dataDir)
        .match(/SETTINGS .* load \w+, up to \d+ workers/gu)
        ?.at(-1),
    ).toContain('load gentle, up to 1 workers');
    expectSame(dataDir, 'M', mount);
  });
});

it('an unfinished scan is named by whoever starts anew, and the new one is whole', async () => {
  const dataDir = temporaryDirectory();
  const begin = ['scan', mount, 'M', '--data-dir', dataDir, '--runtime', 'process', '--chunk-files', '300'];
  const running = startCli(begin);
  await running.said('Chunk 2 done');
  running.child.kill('SIGKILL');
  await running.done;
  // In its first two seconds without a word a scan counts as running.
  await expect
    .poll(async () => (await cli(['monitor', '--once', '--data-dir', dataDir])).out, SELDOM)
    .toContain('`scan --resume` goes on with it');
  const anew = await cli(begin);
  expect(anew.out).toMatch(
    /The scan of .* was not finished.*: `scan --resume` goes on with it\.\nThis one starts anew/,
  );
  expect(anew.status).toBe(EXIT.covered);
  expectSame(dataDir, 'M', mount);
});
