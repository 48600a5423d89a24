import { expect, it } from 'vitest';
import { parseMountTable } from '../../shared/mount-table.ts';
import { candidatesOf } from './place-candidates.ts';

/** `device filesystem point [root]` a line. */
function table(...lines: readonly string[]): ReturnType<typeof parseMountTable> {
  const rows = lines.map((line) => {
    const [device = '', filesystem = '', point = '', root = '/'] = line.split(' ');
    return `1 1 ${device} ${root} ${point} rw - ${filesystem} source rw`;
  });
  return parseMountTable(rows.join('\n'));
}

const places = (found: ReturnType<typeof candidatesOf>): unknown =>
  found.candidates.map(({ path, kind, spaceOf }) => `${path} ${kind ?? 'only what is in it'}, ${spaceOf}`);

it('Unraid: the shares in /mnt/user, then disks and pools; nothing else of /mnt', () => {
  const found = candidatesOf(
    table(
      '0:1 rootfs /',
      '8:1 vfat /boot',
      '8:2 xfs /mnt/disk10',
      '8:3 xfs /mnt/disk2',
      '0:5 btrfs /mnt/cache',
      '0:6 zfs /mnt/tank',
      '0:7 fuse.shfs /mnt/user0',
      '0:8 fuse.shfs /mnt/user',
      '0:9 tmpfs /mnt/disks',
      '8:4 ext4 /mnt/disks/usb',
      '0:10 cifs /mnt/remotes/other',
      '7:0 btrfs /var/lib/docker',
    ),
    null,
  );
  expect(found.system).toBe('unraid');
  expect(places(found)).toEqual([
    '/mnt/user only what is in it, array',
    '/mnt/disk2 disk, disk',
    '/mnt/disk10 disk, disk',
    '/mnt/cache pool, pool',
    '/mnt/tank pool, pool',
    '/mnt/disks/usb mount, disk',
    '/mnt/remotes/other network, file-system',
  ]);
  expect(found.candidates[0]?.isShare('.Recycle')).toBe(false);
});

it('Synology: volumes and the shares in them, without its own directories', () => {
  const found = candidatesOf(
    table('9:0 ext4 /', '0:3 btrfs /volume1', '0:4 ext4 /volume2', '8:9 ext4 /volumeUSB1/usbshare'),
    null,
  );
  expect(found.system).toBe('synology');
  expect(places(found)).toEqual(['/volume1 volume, volume', '/volume2 volume, volume', '/ system, file-system']);
  expect(['video', '@appstore', '#recycle', '.x'].filter(found.candidates[0]?.isShare ?? (() => false))).toEqual([
    'video',
  ]);
});

it('TrueNAS: pools and datasets, without those of its apps', () => {
  const found = candidatesOf(
    table(
      '0:1 zfs /',
      '0:2 zfs /mnt/tank',
      '0:3 zfs /mnt/tank/media',
      '0:4 zfs /mnt/.ix-apps',
      '0:5 zfs /mnt/tank/ix-applications',
    ),
    null,
  );
  expect(found.system).toBe('truenas');
  expect(places(found)).toEqual(['/mnt/tank pool, pool', '/mnt/tank/media dataset, dataset']);
});

it('other Linux: file systems that hold files, each once; the home directory of this computer first', () => {
  const found = candidatesOf(
    table(
      '8:1 ext4 /',
      '0:5 proc /proc',
      '0:6 tmpfs /run',
      '8:2 vfat /boot/efi',
      '7:1 squashfs /snap/core/1',
      '0:7 overlay /var/lib/docker/overlay2/x/merged',
      '8:1 ext4 /srv/engine /srv/engine',
      '8:3 xfs /srv/data',
      '0:8 nfs4 /mnt/nas',
      '0:9 btrfs /home /@home',
    ),
    '/home/anna',
  );
  expect(found.system).toBe('linux');
  expect(places(found)).toEqual([
    '/home/anna home, file-system',
    '/ system, file-system',
    '/home mount, file-system',
    '/mnt/nas network, file-system',
    '/srv/data mount, file-system',
  ]);
});
