import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary.ts';

const BLOCK = Buffer.alloc(4096);

/** A disk of a few KiB, to be filled. */
export interface SmallDisk {
  readonly dir: string;
  /** As another program would: writes until nothing more fits, and takes what is given back later, too, when called again. */
  fill(): void;
  /** Takes what `fill` wrote away. */
  empty(): void;
  grow(kibibytes: number): void;
  /** So many files and directories at most. */
  limitFiles(count: number): void;
  /** As a disk that failed: refused while something is open for writing there. */
  readOnly(is: boolean): void;
  unmount(): void;
}

/** Whether this machine lets us mount: needs root, and containers often lack the right. */
export function canMount(): boolean {
  try {
    smallDisk(64).unmount();
    return true;
  } catch {
    return false;
  }
}

/** `at`: an empty directory that it is mounted on. */
export function smallDisk(kibibytes: number, at?: string): SmallDisk {
  const dir = at ?? temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', dir], { stdio: 'pipe' });
  const filler = join(dir, 'of another program');
  return {
    dir,
    fill: () => {
      const file = openSync(filler, 'a');
      try {
        for (;;) writeSync(file, BLOCK);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(filler, { force: true }),
    grow: (size) => execFileSync('mount', ['-o', `remount,size=${size}k`, dir], { stdio: 'pipe' }),
    limitFiles: (count) => execFileSync('mount', ['-o', `remount,nr_inodes=${count}`, dir], { stdio: 'pipe' }),
    readOnly: (is) => execFileSync('mount', ['-o', `remount,${is ? 'ro' : 'rw'}`, dir], { stdio: 'pipe' }),
    unmount: () => execFileSync('umount', [dir], { stdio: 'pipe' }),
  };
}
