import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../shared/errors.ts';
import { describeWithDocker } from '../docker.ts';
import type { FuseDirectory } from '../fixtures/fuse/tree.ts';
import { catalogValue, publishedRows } from '../support/catalog-rows.ts';
import { cli, startCli, type CliOptions } from '../support/cli.ts';
import { expectSame } from '../support/compare.ts';
import { expectSound, Fault, rows } from '../support/faults.ts';
import { describeWithFuse, mountFuse } from '../support/fuse.ts';
import { pick, type Random } from '../support/random.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { IMPATIENT, tuned } from '../support/tuned.ts';

const STALL_SECONDS = 2;
const SYSCALLS = ['opendir', 'readdir', 'lstat'] as const;
/** How the tree is planned: measuring meets the directory as well. */
const WAYS = ['--fast-start', '--measure'] as const;

interface Trap {
  readonly tree: FuseDirectory;
  /** Of the directory that is to be found. */
  readonly path: string;
  readonly syscall: string;
}

/** Twelve directories, one of which never answers, at a random place. */
function trap(next: Random): Trap {
  const syscall = pick(next, SYSCALLS);
  const bad: FuseDirectory = {
    files: 5,
    ...(syscall === 'lstat' ? { lookups: { 'file-3': 'blocked' } } : { [syscall]: 'blocked' }),
  };
  const below = next() < 0.5;
  const at = Math.floor(next() * 12);
  const directories = Object.fromEntries(
    Array.from({ length: 12 }, (_unused, index): [string, FuseDirectory] => [
      `good-${index}`,
      { files: 30, directories: { inner: { files: 3 }, ...(below && index === at ? { bad } : {}) } },
    ]),
  );
  return {
    tree: { directories: below ? directories : { ...directories, bad } },
    path: below ? `good-${at}/bad` : 'bad',
    syscall,
  };
}

async function stuck(runtime: 'process' | 'docker', options: CliOptions, skip: (why: string) => void): Promise<void> {
  const fault = new Fault(`a directory that never answers (${runtime})`);
  const { tree, path, syscall } = trap(fault.next);
  const way = pick(fault.next, WAYS);
  const mount = await mountFuse(tree);
  const dataDir = temporaryDirectory();
  const args = ['--data-dir', dataDir, '--runtime', runtime, '--stall-timeout', String(STALL_SECONDS)];
  const again = ['scan', mount.path, 'M', ...args, '--max-containers', '2', '--chunk-files', '150'];
  const scan = (...more: string[]): Promise<{ status: number | null; out: string }> =>
    cli(
      [...again, ...more],
      tuned({ tuning: { retryBaseMs: 100, patience: IMPATIENT } }, { ...options, deadlineMs: 150_000 }),
    );
  const setAside = [{ path, syscall }];
  const quarantine = (): unknown[] =>
    rows(dataDir, 'SELECT path, syscall FROM quarantine').map((row) => {
      const item = row as { path: string | Buffer; syscall: string };
      return { ...item, path: String(item.path) };
    });

  // The others finish; it is found, proven twice, and set aside.
  const first = await scan(way);
  if (runtime === 'docker' && first.out.includes('can be listed, empty')) {
    skip('this engine has mounts of its own: it does not see what a test mounts');
    return;
  }
  expect(first.status, first.out).toBe(EXIT.gaps);
  expect(quarantine()).toEqual(setAside);
  const found = new RegExp(`STALL chunk \\d+: ${syscall} on (\\S+) has not returned for (\\d+) s`).exec(first.out);
  expect(found?.[1]?.startsWith(path)).toBe(true);
  expect(Number(found?.[2])).toBeLessThanOrEqual(2 * STALL_SECONDS + 5);
  expectSound(dataDir);
  const seen = publishedRows(dataDir, 'M');

  // The next scan leaves it for the end, and tries it once.
  const second = await scan();
  expect(second.status, second.out).toBe(EXIT.gaps);
  expect(second.out).toContain('QUARANTINE 1 directories set aside by earlier scans are tried last, alone');
  expect(quarantine()).toEqual(setAside);
  const last = 'FROM attempts a JOIN chunks c ON c.id = a.chunk WHERE c.scan = (SELECT max(num) FROM scans) AND c.last';
  expect(rows(dataDir, `SELECT a.outcome ${last} = 1`)).toEqual([{ outcome: 'stalled' }]);
  const others = catalogValue(dataDir, `SELECT max(a.ended) ${last} = 0`);
  expect(Number(catalogValue(dataDir, `SELECT min(a.started) ${last} = 1`))).toBeGreaterThanOrEqual(Number(others));

  // It answers again: read as any other, and no longer set aside.
  mount.unblock();
  const third = await scan();
  expect(third.status, third.out).toBe(EXIT.covered);
  expect(quarantine()).toEqual([]);
  expectSame(dataDir, 'M', mount.path);
  expectSound(dataDir);
  const all = publishedRows(dataDir, 'M');
  const missing = [...all.keys()].filter((name) => !seen.has(name));
  expect(missing.filter((name) => !name.startsWith(`${path}/`))).toEqual([]);
  // What could not die then has died by now, or is killed.
  await cli(['cleanup', '--yes', '--data-dir', dataDir], options);
  fault.injected(3, `${syscall}, ${way}`);
}

describeWithFuse('a directory that never answers (process)', () => {
  it('costs the others nothing, is found, set aside, tried last, and read when it answers again', async () => {
    await stuck('process', {}, () => undefined);
  }, 400_000);
});

describe('in containers', () => {
  describeWithFuse('on FUSE', () => {
    describeWithDocker('a directory that never answers (docker)', ({ address, baseImage }) => {
      it('costs the others nothing, is found, set aside, tried last, and read when it answers again', async ({
        skip,
      }) => {
        await stuck('docker', { env: { DOCKER_HOST: address, SMART_SCANNER_BASE_IMAGE: baseImage } }, skip);
      }, 400_000);
    });
  });
});

describeWithFuse('a worker that can not die', () => {
  it('is abandoned: its slot goes to the others, its spool stays until it is gone', async () => {
    const fault = new Fault('a worker that can not die (process)');
    const { tree, path } = trap(fault.next);
    const mount = await mountFuse(tree);
    const dataDir = temporaryDirectory();
    const args = ['--data-dir', dataDir, '--runtime', 'process', '--stall-timeout', String(STALL_SECONDS)];
    // With one slot nothing would go on unless it is freed.
    const running = startCli(
      ['scan', mount.path, 'M', ...args, '--max-containers', '1', '--chunk-files', '40', '--fast-start'],
      tuned({ tuning: { retryBaseMs: 100, patience: IMPATIENT } }, { deadlineMs: 150_000 }),
    );
    const { status, out } = await running.done;
    expect(status, out).toBe(EXIT.gaps);
    expect(out).toMatch(/STALL chunk \d+: its worker does not die .*: abandoned, the scan goes on/);
    expect(out).toContain(`Set aside after 2 strikes: ${path} `);
    const spools = (): string[] => readdirSync(join(dataDir, 'spool', 'process'));
    const stuck = spools();
    expect(stuck.length).toBeGreaterThan(0);
    // Nor does it hold up who tries again while the disk is as it was.
    const again = await cli(
      ['retry', '--quarantined', ...args],
      tuned({ tuning: { retryBaseMs: 100, patience: IMPATIENT } }, { deadlineMs: 200_000 }),
    );
    expect(again.status, again.out + again.err).toBe(EXIT.gaps);
    expect(again.out).toMatch(/A worker of before could not be removed: Process \d+ does not die/);
    expect(again.out).not.toContain('RECONNECTING');
    expect(rows(dataDir, 'SELECT syscall FROM quarantine')).toHaveLength(1);
    stuck.splice(0, Infinity, ...spools());
    // As long as they may write there nobody takes it away.
    await cli(['cleanup', '--yes', '--data-dir', dataDir], { deadlineMs: 150_000 });
    expect(spools()).toEqual(stuck);
    mount.unblock();
    await mount.end();
    expect(await cli(['cleanup', '--yes', '--data-dir', dataDir])).toMatchObject({ status: 0 });
    expect(spools()).toEqual([]);
    const log = readFileSync(String(catalogValue(dataDir, 'SELECT log_path FROM scans')), 'utf8');
    fault.injected(log.split('does not die').length - 1);
  }, 300_000);

  it('does not hold up Ctrl-C while it measures', async () => {
    const { tree } = trap(new Fault('Ctrl-C while a directory that never answers is measured').next);
    const mount = await mountFuse(tree);
    const running = startCli(
      ['scan', mount.path, 'M', '--data-dir', temporaryDirectory(), '--runtime', 'process', '--measure'],
      { deadlineMs: 200_000 },
    );
    await mount.blocked();
    running.interrupt();
    const { status, out } = await running.done;
    expect(status, out).toBe(EXIT.interrupted);
    expect(out).not.toContain('RECONNECTING');
  }, 150_000);
});
