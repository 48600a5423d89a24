import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { EXIT } from '../shared/errors.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, SELDOM, startCli, type RunningCli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { describeWithRuntimes, type TestRuntime } from './support/runtimes.ts';
import { canMount } from './support/small-disk.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { runningWorkers } from './support/workers.ts';

const able = canMount();
if (!able) console.log('SKIPPED: a mount that is taken away while its scan is paused: mounting one takes root');
const tree = join(temporaryDirectory(), 'tree');

beforeAll(() => {
  makePlainTree(tree, 200, 30);
});

describeWithRuntimes('a scan that is paused', (runtime) => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = temporaryDirectory();
  });

  const scan = (mount: string, ...more: string[]): RunningCli =>
    startCli(
      ['scan', mount, 'M', '--data-dir', dataDir, ...runtime.args, '--chunk-files', '700', ...more],
      runtime.options,
    );
  const tell = async (...args: string[]): Promise<string> => {
    const result = await cli([...args, '--data-dir', dataDir], runtime.options);
    expect(result).toMatchObject({ status: EXIT.covered, err: '' });
    return result.out;
  };
  const expectCovered = async (running: RunningCli): Promise<string> => {
    const result = await running.done;
    expect(result).toMatchObject({ status: EXIT.covered });
    expectSame(dataDir, 'M', tree);
    expect(catalogValue(dataDir, 'SELECT sum(failures) FROM chunks')).toBe(0);
    expect(await runningWorkers(runtime, dataDir)).toEqual([]);
    return result.out;
  };

  /** Small ones come last: it waits when it is asked for. The very last is the mount point's own. */
  const lateChunk = (): string =>
    String(catalogValue(dataDir, "SELECT id FROM chunks WHERE state = 'queued' ORDER BY entries, id LIMIT 1 OFFSET 1"));

  it.skipIf(!able)('lets go of its mount, which can be taken away and brought back, and goes on', async () => {
    const mount = join(temporaryDirectory(), 'share');
    mkdirSync(mount);
    const there = whereWorkersLook(runtime);
    const run = (...args: string[]): Buffer => execFileSync('nsenter', [...there, ...args], { stdio: 'pipe' });
    const attach = (): Buffer => run('mount', '--bind', tree, mount);
    const detach = (): Buffer => run('umount', mount);
    attach();
    onTestFinished(() => void detach());
    const running = scan(mount, '--max-containers', '2');
    await running.said('Chunk 3 done');
    expect(await tell('pause')).toMatch(/^M is paused: (\d workers? let go of the mount, )?\d+ chunks? waits?\.\n$/);
    expect(await runningWorkers(runtime, dataDir)).toEqual([]);
    // Refused while anybody has so much as a directory of it open.
    detach();
    expect(await tell('monitor', '--once')).toMatch(/M {2}Paused \(asked by .*@.* since \d\d:\d\d\)/);
    attach();
    expect(await tell('resume')).toMatch(/^M goes on: \d+ chunks? waits?\.\n$/);
    await expectCovered(running);
  });

  it('while it is measured ends the walk, and scans what was not measured without its size', async () => {
    const running = scan(tree, '--max-containers', '1', '--measure');
    await running.said('PLAN measuring');
    await tell('pause');
    expect(await runningWorkers(runtime, dataDir)).toEqual([]);
    await tell('resume', '--json');
    await expectCovered(running);
  });

  it('again and again ends as one left alone', async () => {
    // One after the other, and many: on a busy machine much of a scan passes while somebody asks for a pause.
    const running = scan(tree, '--max-containers', '1', '--chunk-files', '300');
    for (const chunk of [2, 3, 5]) {
      await running.said(`Chunk ${chunk} starts`);
      await tell('pause');
      expect(await runningWorkers(runtime, dataDir)).toEqual([]);
      await tell('resume');
    }
    await expectCovered(running);
  });

  it('by Ctrl-C, or by `stop`, ends, and goes on with --resume', async () => {
    const running = scan(tree, '--max-containers', '2');
    await running.said('Chunk 2 done');
    await tell('pause');
    expect(await tell('stop')).toMatch(/^M is stopping: its workers commit what they have, \d+ chunks stay for/);
    const result = await running.done;
    expect(result.status).toBe(EXIT.interrupted);
    expect(result.out).toContain('SMART SCAN INTERRUPTED');
    const again = startCli(['scan', '--resume', '--data-dir', dataDir], runtime.options);
    await expectCovered(again);
  });

  it('in one chunk goes on with the rest; the chunk waits, and is scanned when it is resumed', async () => {
    const running = scan(tree, '--max-containers', '1', '--measure');
    await running.said('; measured ');
    const chunk = lateChunk();
    expect(await tell('pause', '--chunk', chunk)).toContain(`Chunk ${chunk} of M is paused: `);
    await expect
      .poll(async () => (await cli(['monitor', '--once', '--data-dir', dataDir])).out, SELDOM)
      .toMatch(/0 running, 0 merging, 1 waiting \(1 of them paused\)/);
    expect(running.child.exitCode).toBeNull();
    await tell('resume', '--chunk', chunk);
    await expectCovered(running);
  });

  it('in one chunk that is stopped ends with a gap of its own name', async () => {
    const running = scan(tree, '--max-containers', '1', '--measure');
    await running.said('; measured ');
    const chunk = lateChunk();
    expect(await tell('stop', '--chunk', chunk)).toContain(`Chunk ${chunk} of M is stopped: `);
    const result = await running.done;
    expect(result.status).toBe(EXIT.gaps);
    expect(result.out).toMatch(/\(CHUNK_STOPPED; what is below is unknown\)/);
    expect(catalogValue(dataDir, "SELECT count(*) FROM chunks WHERE state = 'failed'")).toBe(1);
    expect(catalogValue(dataDir, "SELECT reason FROM chunks WHERE state = 'failed'")).toBe('Stopped on request.');
    await expectCovered(startCli(['retry', '--chunk', chunk, '--data-dir', dataDir], runtime.options));
  });
});

/** An engine for tests may have a mount namespace of its own: what `nsenter` needs to mount in it. */
function whereWorkersLook(runtime: TestRuntime): string[] {
  if (runtime.kind === 'process') return ['-t', String(process.pid), '-m'];
  const socket = (runtime.options.env?.['DOCKER_HOST'] ?? '').replace('unix://', '');
  const isEngine = (pid: string): boolean => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.split('\0')[0]?.endsWith('dockerd') === true && command.includes(socket);
    } catch {
      return false;
    }
  };
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isEngine(name));
  return ['-t', pid ?? String(process.pid), '-m'];
}

describe('what can not be paused', () => {
  it('says so: no scan, another name, a chunk that is not there', async () => {
    const dataDir = temporaryDirectory();
    const at = ['--data-dir', dataDir];
    expect(await cli(['pause', ...at])).toMatchObject({
      status: EXIT.usage,
      err: expect.stringContaining('Error NO_SUCH_SCAN: No scan runs on this data directory.') as string,
    });
    const running = startCli(['scan', tree, 'M', ...at, '--runtime', 'process', '--chunk-files', '600']);
    await running.said('Chunk 2 done');
    expect((await cli(['pause', '--mount', 'Other', ...at])).err).toContain('No scan of Other runs');
    expect(await cli(['pause', '--chunk', '100000', ...at])).toMatchObject({
      status: EXIT.usage,
      err: expect.stringContaining('Error NO_SUCH_CHUNK: Chunk 100000 of M neither runs nor waits.') as string,
    });
    expect(await running.done).toMatchObject({ status: EXIT.covered });
  });

  it('with several running, asks which', async () => {
    const at = ['--data-dir', temporaryDirectory()];
    const running = ['A', 'B'].map((name) => {
      const own = join(temporaryDirectory(), name);
      makePlainTree(own, 200, 10);
      return startCli([
        'scan',
        own,
        name,
        ...at,
        '--runtime',
        'process',
        '--chunk-files',
        '100',
        '--max-containers',
        '1',
      ]);
    });
    await Promise.all(running.map((one) => one.said('Chunk ')));
    const which = await cli(['pause', ...at]);
    expect(which).toMatchObject({ status: EXIT.usage });
    expect(which.err).toMatch(
      /Error USAGE: 2 scans run: (A, B|B, A)\.\nSay which one is meant with --mount or --scan\./,
    );
    expect((await cli(['pause', '--mount', 'B', ...at])).out).toMatch(/^B is paused: /);
    expect((await cli(['resume', '--mount', 'B', '--json', ...at])).out).toContain('"mountName":"B"');
    for (const one of running) expect(await one.done).toMatchObject({ status: EXIT.covered });
  });
});

describe('a window', () => {
  it('that opens in a minute lets the scan begin then, and not before', async () => {
    const clock = (ms: number): string => new Date(ms).toTimeString().slice(0, 5);
    // The first full minute that is far enough for a start to be before it.
    const opens = Date.now() + 80_000;
    const window = `${clock(opens)}-${clock(opens + 3_600_000)}`;
    const dataDir = temporaryDirectory();
    const running = startCli(['scan', tree, 'M', '--data-dir', dataDir, '--runtime', 'process', '--window', window]);
    await running.said(`PAUSED: outside ${window}, goes on at ${clock(opens)} of the host's time`);
    const result = await running.done;
    expect(result).toMatchObject({ status: EXIT.covered });
    expect(result.out.indexOf('RESUMED')).toBeLessThan(result.out.indexOf('PLAN measuring'));
    expectSame(dataDir, 'M', tree);
  });

  it.each([
    [['--window', '7-1'], 'e.g. 01:00-07:00, or 22:00-06:00 over midnight'],
    [['--yield-to', 'plex'], 'e.g. parity,mover'],
    [['--pause-timeout', 'soon'], 'e.g. 24, 90m'],
  ])('%j is refused with an example', async (args, example) => {
    const result = await cli(['scan', tree, 'M', '--data-dir', temporaryDirectory(), ...args]);
    expect(result).toMatchObject({ status: EXIT.usage, err: expect.stringContaining(example) as string });
  });
});
