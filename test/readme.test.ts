import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from './support/temporary.ts';

const ROOT = join(import.meta.dirname, '..');
/** An install, a build and the checks. */
const DEADLINE_MS = 600_000;

const base = temporaryDirectory();
const clone = join(base, 'clone');
const home = join(base, 'home');

function shell(command: string): { status: number | null; out: string; err: string } {
  const cache = execFileSync('npm', ['config', 'get', 'cache'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { PATH = '' } = process.env;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: clone,
    encoding: 'utf8',
    // What a user has, and no more; packages come from the cache that the first set-up filled.
    env: {
      PATH: PATH.split(':')
        .filter((dir) => !dir.includes('node_modules'))
        .join(':'),
      HOME: home,
      npm_config_cache: cache.trim(),
      npm_config_prefer_offline: 'true',
      DOCKER_HOST: 'unix:///nonexistent/docker.sock',
    },
    timeout: DEADLINE_MS,
    maxBuffer: 2 ** 26,
  });
  return { status, out: stdout, err: stderr };
}

describe('the two commands of the README, in a fresh clone', () => {
  const commands = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/```sh\n([^\n]+)\n```/g)].map(
    ([, command]) => command,
  );

  beforeAll(() => {
    // As a clone would have it after the next commit.
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: ROOT, encoding: 'utf8' });
    for (const file of files.split('\0').filter((name) => name !== '')) {
      mkdirSync(dirname(join(clone, file)), { recursive: true });
      try {
        cpSync(join(ROOT, file), join(clone, file));
      } catch (error) {
        // Deleted and not yet committed.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    mkdirSync(join(home, 'Pictures', 'holiday'), { recursive: true });
    writeFileSync(join(home, 'Pictures', 'holiday', 'beach.jpg'), 'x');
  });

  it('the first sets up, scans with the embedded runtime and certifies', { timeout: DEADLINE_MS }, () => {
    expect(commands[0]).toBe('./smart-scanner scan ~/Pictures Pictures');
    const first = shell(commands[0] ?? '');
    expect(first).toMatchObject({ status: 0 });
    expect(first.err).toContain('installing what it needs (once)');
    expect(first.out).toContain('using the embedded process runtime');
    expect(first.out).toContain('COVERED');
    const again = shell('./smart-scanner stats');
    expect(again.err).toBe('');
    expect(again.out).toContain('.jpg');
  });

  it('the second passes', { timeout: DEADLINE_MS }, () => {
    expect(commands[1]).toBe('npm test');
    // One file of tests: all of them would start this one again.
    const second = shell(`${commands[1] ?? ''} -- shared/units.test.ts`);
    expect(second).toMatchObject({ status: 0 });
    expect(second.out.trimEnd().split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed, 0 skipped$/);
  });
});
