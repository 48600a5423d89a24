import { describe, expect, it } from 'vitest';
import { isFuse, mountHolding, parseMountTable, placeOfBind } from './mount-table.ts';

const TABLE = parseMountTable(`22 1 0:2 / / rw - rootfs rootfs rw
40 22 8:17 / /mnt/disk1 rw shared:9 - xfs /dev/md1p1 rw
41 22 0:44 / /mnt/cache rw shared:10 - btrfs /dev/nvme0n1p1 rw
42 22 0:45 / /mnt/user rw shared:11 - fuse.shfs shfs rw
43 22 0:46 /@home /home rw - btrfs /dev/sda2 rw
44 22 0:47 / /mnt/with\\040space rw - ext4 /dev/sdb1 rw
nonsense`);

describe('a mount table', () => {
  it('is read with names that have spaces; lines that say nothing are left out', () => {
    expect(TABLE.map(({ point }) => point)).toEqual([
      '/',
      '/mnt/disk1',
      '/mnt/cache',
      '/mnt/user',
      '/home',
      '/mnt/with space',
    ]);
    expect(mountHolding('/mnt/user/Videos', TABLE)?.filesystem).toBe('fuse.shfs');
    expect(mountHolding('/mnt/userdata', TABLE)?.filesystem).toBe('rootfs');
  });

  it.each([
    // A link to a pool: what was bound is of the pool's file system.
    ['/mnt/user/Fast', '0:44', '/Fast', '/mnt/cache/Fast'],
    ['/mnt/user/Videos', '0:45', '/Videos', '/mnt/user/Videos'],
    ['/home/anna/link', '0:46', '/@home/anna/Pictures', '/home/anna/Pictures'],
    ['/mnt/disk1', '8:17', '/', '/mnt/disk1'],
    ['/', '0:2', '/', '/'],
    // Of a file system that is mounted nowhere in the table.
    ['/mnt/user/Fast', '9:9', '/Fast', null],
  ])('tells where %s really lies', (asked, device, root, place) => {
    const bound = { point: '/mount', filesystem: 'x', source: 'x', device, root };
    expect(placeOfBind(bound, asked, TABLE)).toBe(place);
  });
});

it('FUSE is known by its name, and nothing else is taken for it', () => {
  expect(['fuse', 'fuse.shfs', 'fuseblk'].map(isFuse)).toEqual([true, true, true]);
  expect(['fusectl', 'xfs', 'btrfs'].map(isFuse)).toEqual([false, false, false]);
});
