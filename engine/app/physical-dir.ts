import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/** What lies beside the disks and pools of an Unraid below /mnt and is neither. */
const NO_DISKS = new Set(['user', 'user0', 'disks', 'remotes', 'rootshare', 'addons']);

/**
 * Unraid shows its shares through FUSE (/mnt/user/…), where SQLite's locks fail; the same directory on its disk or pool (/mnt/cache/…,
 * /mnt/disk3/…) is an ordinary one. Gives that one where exactly one disk or pool holds the directory (or, as long as it isn't made, the
 * deepest of its parents that is there), else the path itself. `mnt`: for tests.
 */
export function physicalDir(path: string, mnt = '/mnt'): string {
  const user = join(mnt, 'user');
  const below = relative(user, path);
  if (below === '' || below.startsWith('..') || below.startsWith(sep) || !existsSync(user)) return path;
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  const share = relative(user, there);
  if (share === '') return path;
  const holders = readdirSync(mnt).filter((disk) => !NO_DISKS.has(disk) && isDirectory(join(mnt, disk, share)));
  const [only] = holders;
  return only === undefined || holders.length > 1 ? path : join(mnt, only, below);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
