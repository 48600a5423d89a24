import { expect, it } from 'vitest';
import { SmartScannerError } from './errors.ts';
import { isLocked, isUnwritable } from './unwritable.ts';

const failure = (code: string, path?: string): Error =>
  Object.assign(new Error(code), { code, ...(path === undefined ? {} : { path }) });
const isOurs = (path: string): boolean => path.startsWith('/data/');

it.each([
  [true, failure('EROFS')],
  [true, failure('SQLITE_READONLY')],
  [true, failure('SQLITE_IOERR_WRITE')],
  [true, failure('SQLITE_CANTOPEN')],
  [true, failure('SQLITE_BUSY')],
  [true, failure('SQLITE_BUSY_SNAPSHOT')],
  [true, failure('ENOENT', '/data/spool/a')],
  [true, new SmartScannerError('WORKER_START', 'No.', { cause: failure('EIO', '/data/spool/a') })],
  [false, failure('ENOENT', '/usr/bin/node')],
  [false, failure('ENOENT')],
  [false, failure('ENOSPC')],
  [false, failure('SQLITE_CORRUPT')],
  [false, 'EROFS'],
])('%s: %s', (expected, error) => {
  expect(isUnwritable(error, isOurs)).toBe(expected);
});

it('tells a lock from a disk', () => {
  expect(isLocked(failure('SQLITE_BUSY'))).toBe(true);
  expect(isLocked(new SmartScannerError('INTERNAL', 'No.', { cause: failure('SQLITE_BUSY') }))).toBe(true);
  expect(isLocked(failure('SQLITE_READONLY'))).toBe(false);
});
