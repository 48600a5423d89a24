import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { physicalDir } from './physical-dir.ts';

const mnt = mkdtempSync(join(tmpdir(), 'smart-scanner-mnt-'));

beforeAll(() => {
  for (const dir of ['user/appdata', 'user0/appdata', 'cache/appdata/nas-scanner', 'user/appdata/nas-scanner'])
    mkdirSync(join(mnt, dir), { recursive: true });
  for (const disk of ['user', 'disk1', 'disk2']) mkdirSync(join(mnt, disk, 'split', 'data'), { recursive: true });
  mkdirSync(join(mnt, 'user', 'only in user'));
});
afterAll(() => rmSync(mnt, { recursive: true }));

it.each([
  ['user/appdata/nas-scanner', 'cache/appdata/nas-scanner'],
  ['user/appdata/not/made/yet', 'cache/appdata/not/made/yet'],
  // Two disks hold a part each: neither is the whole.
  ['user/split/data', 'user/split/data'],
  ['user/only in user', 'user/only in user'],
  ['user/no such share/data', 'user/no such share/data'],
  ['cache/appdata', 'cache/appdata'],
  ['user', 'user'],
])('%s lies at %s', (path, physical) => {
  expect(physicalDir(join(mnt, path), mnt)).toBe(join(mnt, physical));
});

it('leaves other paths alone', () => {
  expect(physicalDir('/home/me/data', mnt)).toBe('/home/me/data');
  expect(physicalDir('/srv', join(mnt, 'nowhere'))).toBe('/srv');
});
