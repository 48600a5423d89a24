/** One line of a Linux mount table (/proc/<pid>/mountinfo). */
export interface MountEntry {
  /** Where it is mounted. */
  readonly point: string;
  /** `xfs`, `btrfs`, `fuse.shfs`. */
  readonly filesystem: string;
  /** A device, a server's path, the name of a pool. */
  readonly source: string;
  /** `major:minor`: the same for every mount of one file system. */
  readonly device: string;
  /** Which directory of the file system is mounted there. */
  readonly root: string;
}

/** In the order of the table: of two with one point the later one is on top. What can't be understood is left out. */
export function parseMountTable(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , device, root, point] = left.split(' ');
    const [filesystem, source] = right.split(' ');
    if (device === undefined || root === undefined || point === undefined || filesystem === undefined) return [];
    return [{ point: unescape(point), filesystem, source: unescape(source ?? ''), device, root: unescape(root) }];
  });
}

/** The mount that a path lies in, by its text: nothing is looked up, so no symbolic link is followed. */
export function mountHolding(path: string, table: readonly MountEntry[]): MountEntry | null {
  let best: MountEntry | null = null;
  for (const entry of table) {
    if (isWithin(path, entry.point) && entry.point.length >= (best?.point.length ?? 0)) best = entry;
  }
  return best;
}

/** Whether a path is this directory or below it. Both absolute, without a slash at the end. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** What lies below `directory` in `path`: '' for itself, else with a slash in front. */
export function restOf(path: string, directory: string): string {
  return directory === '/' ? (path === '/' ? '' : path) : path.slice(directory.length);
}

/** The path on the host of what is bound: by the file system, and which directory of it. null where no mount of the table holds that. */
export function placeOfBind(bound: MountEntry, asked: string, table: readonly MountEntry[]): string | null {
  const holding = mountHolding(asked, table);
  const at = (entry: MountEntry): string | null =>
    entry.device === bound.device && isWithin(bound.root, entry.root)
      ? `${entry.point === '/' ? '' : entry.point}${restOf(bound.root, entry.root)}` || '/'
      : null;
  // What was asked for is what it is called, wherever else the same directory can be seen.
  if (holding !== null && at(holding) === asked) return asked;
  const names = table.flatMap((entry) => {
    const name = at(entry);
    return name !== null && mountHolding(name, table) === entry ? [name] : [];
  });
  return names.includes(asked) ? asked : (names.sort((a, b) => a.length - b.length)[0] ?? null);
}

/** Of a file system that a program serves: each call costs a switch to it and back. */
export function isFuse(filesystem: string): boolean {
  return /^fuse(?:\.|blk$|$)/u.test(filesystem);
}

/** mountinfo writes spaces, tabs, newlines and backslashes as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\(\d{3})/gu, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
