import { isWithin, mountHolding, restOf, type MountEntry } from '../../shared/mount-table.ts';
import type { NasSystem, PlaceKind, PlaceSpace } from '../../shared/places.ts';

/** A directory that is worth a look, before anybody looked. */
export interface Candidate {
  readonly path: string;
  /** null: it is none itself, only what is in it. */
  readonly kind: PlaceKind | null;
  readonly filesystem: string | null;
  readonly spaceOf: PlaceSpace['of'];
  /** Whether the directories in it are shares. */
  readonly lists: boolean;
  readonly isShare: (name: string) => boolean;
}

/** Kinds of file systems that hold nobody's files. */
const NO_FILES =
  /^(?:proc|sysfs|devtmpfs|devpts|tmpfs|ramfs|rootfs|cgroup2?|mqueue|overlay|aufs|squashfs|iso9660|securityfs|debugfs|tracefs|pstore|bpf|autofs|hugetlbfs|fusectl|configfs|binfmt_misc|nsfs|rpc_pipefs|efivarfs|selinuxfs|nfsd|fuse\.(?:gvfsd-fuse|portal|lxcfs|snapfuse))$/u;
const NETWORK = /^(?:nfs\d?|cifs|smb\d?|afs|ceph|glusterfs|9p|fuse\.(?:sshfs|rclone|glusterfs))$/u;
/** The system's own: what is mounted there is no inventory of anybody's. */
const SYSTEM = ['/proc', '/sys', '/dev', '/run', '/boot', '/snap', '/etc', '/var/lib', '/var/run', '/usr', '/config'];
/** Below /mnt of an Unraid: views of the same files, and places for other mounts. */
const NO_POOLS = ['user', 'user0', 'disks', 'remotes', 'addons', 'rootshare'];

const NO_SHARE = (): boolean => false;
/** Synology's and TrueNAS's own directories. */
const ANY_SHARE = (name: string): boolean => !/^[.@#]/u.test(name) && name !== 'lost+found';

/** What a host has to scan, by its mount table. `home`: of a person on it. */
export function candidatesOf(
  table: readonly MountEntry[],
  home: string | null,
): { readonly system: NasSystem; readonly candidates: readonly Candidate[] } {
  const mounts = onTop(table);
  if (mounts.some(({ point, filesystem }) => point === '/mnt/user' && filesystem.includes('shfs')))
    return { system: 'unraid', candidates: unraid(mounts) };
  const volumes = mounts.filter(({ point }) => /^\/volume\d+$/u.test(point));
  if (volumes.length > 0)
    return { system: 'synology', candidates: [...volumes.map(volume), ...others(mounts, /^\/volume/u)] };
  const pools = mounts.filter(({ point, filesystem }) => filesystem === 'zfs' && /^\/mnt\/[^/]+$/u.test(point));
  if (pools.length > 0) return { system: 'truenas', candidates: trueNas(mounts, pools) };
  const elsewhere = home === null ? [] : [candidate(home, 'home', mountHolding(home, mounts), 'file-system')];
  return { system: table.length === 0 ? 'other' : 'linux', candidates: [...elsewhere, ...others(mounts, /^$/u)] };
}

const NO_HIDDEN = (name: string): boolean => !name.startsWith('.');

function unraid(mounts: readonly MountEntry[]): Candidate[] {
  const below = (parent: string): MountEntry[] =>
    mounts.filter(({ point }) => point.startsWith(`${parent}/`) && !point.slice(parent.length + 1).includes('/'));
  const isDisk = (point: string): boolean => /^\/mnt\/disk\d+$/u.test(point);
  const direct = below('/mnt').filter(({ point }) => !NO_POOLS.includes(point.slice('/mnt/'.length)));
  const user = mounts.find(({ point }) => point === '/mnt/user') ?? null;
  const candidates: Candidate[] = [
    { ...candidate('/mnt/user', null, user, 'array'), lists: true, isShare: NO_HIDDEN },
    ...direct.filter(({ point }) => isDisk(point)).map((entry) => candidate(entry.point, 'disk', entry, 'disk')),
    ...direct.filter(({ point }) => !isDisk(point)).map((entry) => candidate(entry.point, 'pool', entry, 'pool')),
    ...below('/mnt/disks').map((entry) => candidate(entry.point, 'mount', entry, 'disk')),
    ...below('/mnt/remotes').map((entry) => candidate(entry.point, 'network', entry, 'file-system')),
  ];
  return candidates.sort(byKind);
}

function volume(entry: MountEntry): Candidate {
  return { ...candidate(entry.point, 'volume', entry, 'volume'), lists: true, isShare: ANY_SHARE };
}

function trueNas(mounts: readonly MountEntry[], pools: readonly MountEntry[]): Candidate[] {
  const inPool = ({ point, filesystem }: MountEntry): boolean =>
    filesystem === 'zfs' && pools.some((pool) => isWithin(point, pool.point)) && !/\/\.|\/ix-applications/u.test(point);
  return mounts
    .filter(inPool)
    .map((entry) =>
      pools.includes(entry)
        ? candidate(entry.point, 'pool', entry, 'pool')
        : candidate(entry.point, 'dataset', entry, 'dataset'),
    );
}

/** Mounted file systems that hold files. */
function others(mounts: readonly MountEntry[], but: RegExp): Candidate[] {
  return mounts
    .filter(({ point, filesystem }) => {
      const isSystem = SYSTEM.some((directory) => isWithin(point, directory));
      return !NO_FILES.test(filesystem) && !isSystem && !but.test(point);
    })
    .filter((entry) => !isSeenElsewhere(entry, mounts))
    .map((entry) => {
      const kind = entry.point === '/' ? 'system' : NETWORK.test(entry.filesystem) ? 'network' : 'mount';
      return candidate(entry.point, kind, entry, 'file-system');
    })
    .sort((a, b) => collator.compare(a.path, b.path));
}

/** A directory that is bound onto itself, as containers and their engines do: the mount above shows it already. */
function isSeenElsewhere(entry: MountEntry, mounts: readonly MountEntry[]): boolean {
  return mounts.some(
    (other) =>
      other !== entry &&
      other.device === entry.device &&
      isWithin(entry.point, other.point) &&
      `${other.root === '/' ? '' : other.root}${restOf(entry.point, other.point)}` === entry.root,
  );
}

/** Of several mounts at one point the last is seen. */
function onTop(table: readonly MountEntry[]): MountEntry[] {
  return [...new Map(table.map((entry) => [entry.point, entry])).values()];
}

function candidate(
  path: string,
  kind: PlaceKind | null,
  entry: MountEntry | null,
  spaceOf: PlaceSpace['of'],
): Candidate {
  return { path, kind, filesystem: entry?.filesystem ?? null, spaceOf, lists: false, isShare: NO_SHARE };
}

const collator = new Intl.Collator('en', { numeric: true });
const ORDER: readonly (PlaceKind | null)[] = [null, 'disk', 'pool', 'mount', 'network'];

function byKind(a: Candidate, b: Candidate): number {
  return ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || collator.compare(a.path, b.path);
}
