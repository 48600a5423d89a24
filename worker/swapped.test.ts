import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { JobSchema, type Job } from '../shared/worker-protocol.ts';
import * as v from 'valibot';
import { readShard } from '../test/support/shard.ts';
import { roomyParent, temporaryDirectory } from '../test/support/temporary.ts';
import { jobOf, startWorker } from '../test/support/worker.ts';
import { leftMeanwhile } from './roots.ts';

const DIRECTORIES = 300;
const FILES = 100;

function setup(): {
  mount: string;
  outside: string;
  dir: string;
  job: Job;
  look: () => ReturnType<typeof leftMeanwhile>;
} {
  const base = temporaryDirectory();
  const mount = join(base, 'mount');
  const outside = join(base, 'outside');
  const dir = join(mount, 'above', 'dir');
  mkdirSync(dir, { recursive: true });
  mkdirSync(join(outside, 'dir'), { recursive: true });
  const { dev, ino } = lstatSync(dir, { bigint: true });
  const job = v.parse(JobSchema, jobOf('scan', mount));
  return {
    mount,
    outside,
    dir,
    job,
    look: () => leftMeanwhile(dir, dir, { dev, ino: Number(ino) }, mount.length, job),
  };
}

describe('a directory that was read by its path', () => {
  it('is what was met as long as nothing took its place', () => {
    expect(setup().look()).toBeNull();
  });

  it('has vanished where a symbolic link, a file or nothing stands there now', () => {
    const { dir, outside, look } = setup();
    rmSync(dir, { recursive: true });
    expect(look()).toMatchObject({ state: 'vanished' });
    symlinkSync(join(outside, 'dir'), dir);
    expect(look()).toMatchObject({ state: 'vanished' });
    unlinkSync(dir);
    writeFileSync(dir, '');
    expect(look()).toMatchObject({ state: 'vanished' });
  });

  it('has vanished where a directory above it became a symbolic link', () => {
    const { mount, outside, look } = setup();
    renameSync(join(mount, 'above'), join(mount, 'aside'));
    symlinkSync(outside, join(mount, 'above'));
    expect(look()).toMatchObject({ state: 'vanished' });
  });

  it('counts as it is now where another directory stands there, or the same one under another inode number', () => {
    const { mount, dir, look } = setup();
    renameSync(dir, join(mount, 'kept'));
    mkdirSync(dir);
    expect(look()).toBeNull();
  });

  it.runIf(process.getuid?.() === 0)('has failed, with the reason, where something was mounted on it meanwhile', () => {
    const { dir, look } = setup();
    execFileSync('mount', ['-t', 'tmpfs', 'none', dir]);
    try {
      expect(look()).toMatchObject({ state: 'failed', reason: 'EXDEV' });
    } finally {
      execFileSync('umount', [dir]);
    }
  });
});

/** Scans while every directory becomes a symbolic link out of the mount at one moment, `afterMs` after the worker began. */
async function swapped(
  mount: string,
  aside: string,
  outside: string,
  afterMs: number,
): Promise<{ read: number; paths: readonly string[] }> {
  const running = startWorker('scan', jobOf('scan', mount));
  await running.saw('hello');
  await delay(afterMs);
  running.child.kill('SIGSTOP');
  for (let index = 0; index < DIRECTORIES; index += 1) {
    renameSync(join(mount, `dir-${index}`), join(aside, `dir-${index}`));
    symlinkSync(outside, join(mount, `dir-${index}`));
  }
  running.child.kill('SIGCONT');
  await running.done;
  for (let index = 0; index < DIRECTORIES; index += 1) {
    unlinkSync(join(mount, `dir-${index}`));
    renameSync(join(aside, `dir-${index}`), join(mount, `dir-${index}`));
  }
  const content = readShard(running.spool, [{ path: '', mode: 'subtree' }]);
  expect(content.wrong).toEqual([]);
  return { read: content.paths.filter((path) => path.endsWith('/file-0')).length, paths: content.paths };
}

it('a directory that becomes a symbolic link after it was met is not followed out of the mount', async () => {
  const base = temporaryDirectory(roomyParent());
  const [mount, aside, outside] = ['mount', 'aside', 'outside'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  for (const dir of [mount, aside, outside]) mkdirSync(dir);
  writeFileSync(join(outside, 'secret'), '');
  for (let index = 0; index < DIRECTORIES; index += 1) {
    mkdirSync(join(mount, `dir-${index}`));
    for (let file = 0; file < FILES; file += 1) writeFileSync(join(mount, `dir-${index}`, `file-${file}`), '');
  }
  let afterMs = 50;
  for (let tries = 0; tries < 60; tries += 1) {
    const { read, paths } = await swapped(mount, aside, outside, afterMs);
    expect(paths.filter((path) => path.includes('secret'))).toEqual([]);
    if (read > 0 && read < DIRECTORIES) return;
    // Neither all read nor none: else the moment was the wrong one. A busy machine needs another one than an idle one.
    afterMs = read === 0 ? afterMs * 1.4 + 1 : afterMs * 0.7;
  }
  expect.unreachable('never caught it in the middle');
});
