import { expect, it } from 'vitest';
import { isDiskFull } from './disk-full.ts';
import { SmartScannerError } from './errors.ts';

const coded = (code: string): Error => Object.assign(new Error('failed'), { code });

it.each([
  ['of the file system', coded('ENOSPC')],
  ['of a quota', coded('EDQUOT')],
  ['of the catalog', coded('SQLITE_FULL')],
  ['of a shard', Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })],
  ["in a daemon's words", new Error('(HTTP code 500) mkdir /var/lib/docker/x: no space left on device')],
  ['behind an error of ours', new SmartScannerError('WORKER_START', 'It failed.', { cause: coded('ENOSPC') })],
])('a full disk is known %s, so that its chunk says so', (_what, error) => {
  expect(isDiskFull(error)).toBe(true);
});

it.each([
  ['a disk that is broken', coded('EIO')],
  ['a file system that is read-only', coded('SQLITE_READONLY')],
  ['a lock', coded('SQLITE_BUSY')],
  ['nothing', undefined],
])('%s is not a full one', (_what, error) => {
  expect(isDiskFull(error)).toBe(false);
});
