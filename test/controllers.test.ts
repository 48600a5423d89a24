import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../shared/errors.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { describeWithDocker } from './docker.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, startCli, type CliOptions, type RunningCli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { dockerOf, runningWorkers } from './support/workers.ts';
import { temporaryDirectory } from './support/temporary.ts';

const mount = join(temporaryDirectory(), 'mount');
/** Many small chunks, one after the other: time enough to get in between. */
const SLOWLY = ['--measure', '--chunk-files', '250', '--max-containers', '1'];
/** Each may wait for another one to end, and then scan all of it. */
const DEADLINE_MS = 180_000;
const TEST_MS = 500_000;
const RESUME = ['scan', '--resume', '--max-containers', '4'];
const running: RunningCli[] = [];

beforeAll(() => {
  makePlainTree(mount, 400, 10);
});

afterEach(async () => {
  for (const one of running.splice(0)) {
    one.child.kill('SIGKILL');
    await one.done;
  }
});

function start(args: readonly string[], options: CliOptions): RunningCli {
  const one = startCli(args, options);
  running.push(one);
  return one;
}

const logOf = (dataDir: string): string =>
  readFileSync(String(catalogValue(dataDir, 'SELECT log_path FROM scans ORDER BY num DESC')), 'utf8');

describeWithDocker('two computers with one Docker host', ({ address, baseImage }) => {
  const from = (computer: string): CliOptions => ({
    env: { DOCKER_HOST: address, SMART_SCANNER_BASE_IMAGE: baseImage, SMART_SCANNER_COMPUTER: computer },
    deadlineMs: DEADLINE_MS,
  });
  const runtime = { kind: 'docker', args: ['--runtime', 'docker'], options: from('third') } as const;
  const scan = (name: string, dataDir: string): string[] => [
    'scan',
    mount,
    name,
    '--data-dir',
    dataDir,
    '--runtime',
    'docker',
  ];
  const volumes = async (): Promise<string[]> => {
    // Other tests may have left some.
    const filters = { label: [`io.smart-scanner.mount-path=${mount}`] };
    return (await dockerOf(runtime).listVolumes({ filters })).Volumes.map(({ Name }) => Name);
  };

  afterEach(async () => {
    for (const name of await volumes()) await dockerOf(runtime).getVolume(name).remove();
  });

  it(
    'the second is told whose scan it is, leaves it alone, and takes over from a live one that lets go',
    { timeout: TEST_MS },
    async () => {
      const [one, two] = [temporaryDirectory(), join(temporaryDirectory(), 'two')];
      const first = start([...scan('Films', one), ...SLOWLY], from('attic'));
      await first.said('Chunk 2 done');
      // It must not end while the others look.
      expect(await cli(['pause', '--data-dir', one], from('attic'))).toMatchObject({ status: EXIT.covered });

      const refused = await cli(scan('Movies', two), from('sofa'));
      expect(refused).toMatchObject({ status: EXIT.notStarted });
      expect(refused.err).toMatch(/SCAN_RUNNING: .* as "Films" by \S+@attic since \d{4}-\d\d-\d\d/);
      expect(refused.err).toContain('--take-over');
      expect(existsSync(two)).toBe(false);

      const cleaned = await cli(['cleanup', '--yes', '--json', '--data-dir', two], from('sofa'));
      const { items } = JSON.parse(cleaned.out) as { items: { kind: string; keptBecause: string | null }[] };
      const kept = items.filter(({ kind }) => kind === 'volume').map(({ keptBecause }) => keptBecause);
      expect(kept).toContainEqual(expect.stringMatching(/^its scan is run by \S+@attic$/));
      // Other tests may have left leases of dead scans on this engine; no container goes.
      expect(items.filter(({ kind, keptBecause }) => kind === 'container' && keptBecause === null)).toEqual([]);
      expect(await volumes()).toHaveLength(1);

      const taken = await cli([...scan('Movies', two), '--take-over'], from('sofa'));
      expect(taken).toMatchObject({ status: EXIT.covered });
      expect(taken.out).toMatch(/Asking \S+@attic to let go of Films/);
      expect(taken.out).toMatch(/\S+@attic has let go\./);
      expectSame(two, 'Movies', mount);
      expect((await first.done).status).toBe(EXIT.interrupted);
      expect(logOf(one)).toMatch(/WARNING - TAKE OVER: \S+@sofa takes this mount point over; this scan stops/);

      // Nothing of it is lost: the mount is free again, and the first goes on where it stopped.
      expect(await volumes()).toEqual([]);
      const chunks = Number(catalogValue(one, "SELECT count(*) FROM chunks WHERE state = 'done'"));
      expect(chunks).toBeGreaterThan(0);
      expect(await cli([...RESUME, '--data-dir', one], from('attic'))).toMatchObject({ status: EXIT.covered });
      expectSame(one, 'Films', mount);
      expect(await volumes()).toEqual([]);
    },
  );

  it(
    'the second takes over from one that was killed, whose own worker ends, and cleanup takes what is left',
    { timeout: TEST_MS },
    async () => {
      const [one, two] = [temporaryDirectory(), temporaryDirectory()];
      const first = start([...scan('Films', one), ...SLOWLY], from('attic'));
      await first.said('Chunk 2 starts');
      first.child.kill('SIGKILL');
      await first.done;
      expect((await cli(scan('Movies', two), from('sofa'))).err).toContain('SCAN_RUNNING');
      const taken = await cli([...scan('Movies', two), '--take-over'], from('sofa'));
      expect(taken).toMatchObject({ status: EXIT.covered });
      expect(taken.out).toMatch(/\S+@attic has not answered: the mount point is taken over\./);
      expectSame(two, 'Movies', mount);
      expect(await volumes()).toEqual([]);
      expect(await runningWorkers(runtime, one)).toEqual([]);
      // Its owner comes back and goes on.
      expect(await cli([...RESUME, '--data-dir', one], from('attic'))).toMatchObject({ status: EXIT.covered });
      expectSame(one, 'Films', mount);
    },
  );

  it(
    'what a killed scan held is free at once for its own data directory, and cleanup gives it back',
    { timeout: TEST_MS },
    async () => {
      const dataDir = temporaryDirectory();
      for (const last of [false, true]) {
        const first = start([...scan('Films', dataDir), ...SLOWLY], from('attic'));
        await first.said(' starts: group-');
        first.child.kill('SIGKILL');
        await first.done;
        expect(await volumes()).toHaveLength(1);
        if (last) break;
      }
      for (;;) {
        const cleaned = await cli(['cleanup', '--yes', '--data-dir', dataDir], from('attic'));
        expect(cleaned.status).toBe(EXIT.covered);
        // Its catalog process may take a moment to see that its orchestrator is gone.
        if (!cleaned.out.includes('its scan is running')) break;
        await delay(100);
      }
      expect(await volumes()).toEqual([]);
    },
  );

  it('cleanup takes what somebody left who does not answer any more', async () => {
    const docker = dockerOf(runtime);
    const label = (key: string): string => `io.smart-scanner.${key}`;
    // With what it runs from, as each of now has it: one that says nothing keeps every image from being removed.
    const runs = { [label('scan')]: 'gone', [label('content')]: 'an image' };
    const left = { ...runs, [label('owner')]: 'me@sea', [label('mount-path')]: mount };
    const lease = `smart-scanner-lease-${createHash('sha256').update(mount).digest('hex').slice(0, 32)}`;
    const ask = 'smart-scanner-ask-left-by-somebody';
    await docker.createVolume({ Name: lease, Labels: { ...left, [label('controller')]: 'lease' } });
    const question = { [label('ask')]: 'left-by-somebody', [label('kind')]: 'stop', [label('by')]: 'me@sea' };
    const about = { [label('scan')]: 'long over', [label('mount-path')]: mount };
    await docker.createVolume({ Name: ask, Labels: { ...about, ...question, [label('controller')]: 'ask' } });
    const cleaned = await cli(['cleanup', '--yes', '--json', '--data-dir', temporaryDirectory()], from('sofa'));
    const { items } = JSON.parse(cleaned.out) as { items: { kind: string; id: string; removed: boolean }[] };
    const removed = items.filter((item) => item.kind === 'volume' && item.removed).map(({ id }) => id);
    expect(removed).toEqual(expect.arrayContaining(['gone', 'long over']));
    expect(await volumes()).toEqual([]);
  });

  it(
    'a lease that somebody prunes away comes back, and one that another took meanwhile ends the scan',
    { timeout: TEST_MS },
    async () => {
      const dataDir = temporaryDirectory();
      const first = start([...scan('Films', dataDir), ...SLOWLY], from('attic'));
      await first.said(' starts: group-');
      const docker = dockerOf(runtime);
      const [lease = ''] = await volumes();
      const { Labels } = await docker.getVolume(lease).inspect();
      await docker.getVolume(lease).remove();
      await expect.poll(volumes, { timeout: 20_000, interval: 100 }).toEqual([lease]);
      // As somebody does who asked while the host could not be reached from here.
      const theirs = { ...Labels, 'io.smart-scanner.scan': 'another', 'io.smart-scanner.owner': 'me@sofa' };
      const holder = async (): Promise<string | undefined> =>
        (await docker.getVolume(lease).inspect()).Labels['io.smart-scanner.scan'];
      do {
        await docker.getVolume(lease).remove();
        await docker.createVolume({ Name: lease, Labels: theirs });
      } while ((await holder()) !== 'another');
      const ended = await first.done;
      expect(ended).toMatchObject({ status: EXIT.interrupted });
      expect(ended.out).toContain('TAKE OVER: me@sofa takes this mount point over');
      // It is not this scan's to give back.
      expect(await holder()).toBe('another');
      await docker.getVolume(lease).remove();
    },
  );
});

describe.each(['live', 'killed'])('on one data directory, the mount of a %s scan', (owner) => {
  it('is taken over with what it has: the scan goes on', { timeout: TEST_MS }, async () => {
    const dataDir = temporaryDirectory();
    const scan = ['scan', mount, 'M', '--data-dir', dataDir, '--runtime', 'process', ...SLOWLY];
    const from = (computer: string): CliOptions => ({
      env: { SMART_SCANNER_COMPUTER: computer },
      deadlineMs: DEADLINE_MS,
    });
    const first = start(scan, from('attic'));
    await first.said('Chunk 3 starts');
    if (owner === 'live') {
      const refused = await cli(scan, from('sofa'));
      expect(refused).toMatchObject({ status: EXIT.notStarted });
      expect(refused.err).toMatch(/SCAN_RUNNING: .*@attic, since /);
      expect(refused.err).toContain('scan --take-over');
    } else {
      first.child.kill('SIGKILL');
      await first.done;
    }
    const taken = await cli([...scan, '--take-over', '--max-containers', '2'], from('sofa'));
    expect(taken).toMatchObject({ status: EXIT.covered });
    if (owner === 'live') {
      const ended = await first.done;
      expect(ended).toMatchObject({ status: EXIT.interrupted });
      expect(ended.out).toMatch(/ASKED by \S+@sofa, who takes over/);
    }
    expect(logOf(dataDir)).toMatch(/goes on: scan \S+ by \S+@sofa/);
    expect(catalogValue(dataDir, 'SELECT count(*) FROM scans')).toBe(1);
    expectSame(dataDir, 'M', mount);
  });
});

it('taking over where nobody scans is scanning', async () => {
  const dataDir = join(temporaryDirectory(), 'new');
  const args = ['--data-dir', dataDir, '--runtime', 'process', '--take-over'];
  expect(await cli(['scan', mount, 'M', ...args])).toMatchObject({ status: EXIT.covered });
  expectSame(dataDir, 'M', mount);
  expect(await cli(['scan', mount, 'M', ...args])).toMatchObject({ status: EXIT.covered });
  expect(catalogValue(dataDir, 'SELECT count(*) FROM scans')).toBe(2);
  const nothing = await cli(['scan', '--resume', ...args]);
  expect(nothing.err).toContain('NO_SUCH_SCAN');
});

describe('of two hosts with a mount of the same name', () => {
  function change(dataDir: string, sql: string): void {
    const db = new Sqlite(join(dataDir, 'smart_catalog.db'));
    db.exec(sql);
    db.close();
  }
  /** There is no second host here: what the catalog holds becomes that of another one. */
  const OTHER = "INSERT INTO hosts VALUES ('other', 'process', 'other', 'other'); UPDATE mounts SET host = 'other'";
  const args = (dataDir: string): string[] => ['M', '--data-dir', dataDir, '--runtime', 'process'];
  const begin = async (dataDir: string): Promise<RunningCli> => {
    const scan = start(
      ['scan', mount, ...args(dataDir), '--measure', '--chunk-files', '400', '--max-containers', '1'],
      {},
    );
    await scan.said(' starts: group-');
    return scan;
  };

  it('what runs on the other is left alone by a take-over here', { timeout: TEST_MS }, async () => {
    const dataDir = temporaryDirectory();
    const there = await begin(dataDir);
    expect(await cli(['pause', '--data-dir', dataDir])).toMatchObject({ status: EXIT.covered });
    change(dataDir, OTHER);
    const here = await cli(['scan', mount, ...args(dataDir), '--take-over']);
    expect(here).toMatchObject({ status: EXIT.covered });
    expect(here.out).not.toContain('let go');
    expect(there.child.exitCode).toBe(null);
    expect(await cli(['resume', '--data-dir', dataDir])).toMatchObject({ status: EXIT.covered });
    expect(await there.done).toMatchObject({ status: EXIT.covered });
    expect(catalogValue(dataDir, 'SELECT group_concat(state) FROM scans')).toBe('finished,finished');
  });

  it('a resume by name goes on with that of the host asked for', { timeout: TEST_MS }, async () => {
    const dataDir = temporaryDirectory();
    for (const after of [OTHER, "UPDATE host_ids SET host = 'other'"]) {
      const scan = await begin(dataDir);
      scan.child.kill('SIGKILL');
      await scan.done;
      change(dataDir, after);
    }
    // This computer is the other one now: the older scan is its own.
    const resumed = await cli(['scan', '--resume', mount, ...args(dataDir)]);
    expect(resumed).toMatchObject({ status: EXIT.covered });
    expect(catalogValue(dataDir, 'SELECT group_concat(state) FROM (SELECT state FROM scans ORDER BY num)')).toBe(
      'finished,open',
    );
  });
});
