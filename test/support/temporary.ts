import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A fresh directory, removed after the file's tests. */
export function temporaryDirectory(parent = tmpdir()): string {
  const dir = mkdtempSync(join(parent, 'smart-scanner-test-'));
  // rm goes where paths are too long for one call.
  afterAll(() => execFileSync('rm', ['-rf', '--', dir]));
  return dir;
}

/** A tmpfs where there is one: it keeps times and sizes that disks refuse. */
export function roomyParent(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}
