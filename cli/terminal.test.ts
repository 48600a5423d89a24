import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { cli, startCli, type CliResult } from '../test/support/cli.ts';
import { temporaryDirectory } from '../test/support/temporary.ts';

const base = temporaryDirectory();
const mount = join(base, 'mount');
const dataDir = join(base, 'data');
const CLI = join(import.meta.dirname, '..', 'dist', 'cli.cjs');

beforeAll(() => {
  mkdirSync(join(mount, 'sub'), { recursive: true });
  writeFileSync(join(mount, 'sub', 'file'), 'x');
});

/** Nobody reads what it says. */
function unread(...args: string[]): Promise<CliResult> {
  const running = startCli(args);
  running.child.stdout?.destroy();
  return running.done;
}

/** Each write to its output fails. */
function toFullDisk(...args: string[]): { status: number | null; err: string } {
  const { status, stderr } = spawnSync('sh', ['-c', 'exec "$@" > /dev/full', 'sh', process.execPath, CLI, ...args], {
    encoding: 'utf8',
    env: { ...process.env, DOCKER_HOST: 'unix:///nonexistent/docker.sock' },
  });
  return { status, err: stderr };
}

it('a scan whose reader went away (| head) goes on to its real end, with its real exit status', async () => {
  const scan = await unread('scan', mount, 'M', '--data-dir', dataDir, '--runtime', 'process');
  expect(scan).toMatchObject({ status: 0, err: '' });
  const stats = await cli(['stats', '--data-dir', dataDir, '--json']);
  expect(JSON.parse(stats.out)).toMatchObject({ mounts: [{ files: 1 }] });
  const refused = await unread('scan', join(base, 'nowhere'), 'N', '--data-dir', dataDir, '--runtime', 'process');
  expect(refused.status).toBe(3);
  expect(refused.err).toContain('MOUNT_NOT_FOUND');
});

it('has no colours in a pipe, on a CI server either', async () => {
  for (const args of [['stats'], ['scan', mount, 'M', '--plan-only', '--runtime', 'process']]) {
    const { status, out } = await cli([...args, '--data-dir', dataDir], { env: { CI: 'true' } });
    expect(status).toBe(0);
    expect(out).not.toContain('\u001b');
  }
});

it('stats and monitor end quietly when their reader goes away', async () => {
  expect(await unread('stats', '--data-dir', dataDir)).toMatchObject({ status: 0, err: '' });
  expect(await unread('monitor', '--json', '--data-dir', dataDir)).toMatchObject({ status: 0, err: '' });
});

it.runIf(existsSync('/dev/full'))('output that can not be written is told; it fails what is run for its output', () => {
  const told =
    /^The output can't be written \(ENOSPC: no space left on device, write\); what follows of it is dropped\.$/m;
  for (const args of [['--help'], ['stats'], ['scan', mount, 'M', '--plan-only', '--runtime', 'process']]) {
    const { status, err } = toFullDisk(...args, ...(args[0] === '--help' ? [] : ['--data-dir', dataDir]));
    expect({ args, status }).toEqual({ args, status: 3 });
    expect(err).toMatch(told);
  }
  const scan = toFullDisk('scan', mount, 'M', '--runtime', 'process', '--data-dir', dataDir);
  expect(scan.status).toBe(0);
  expect(scan.err).toMatch(told);
});
