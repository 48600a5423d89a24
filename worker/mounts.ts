import { readFileSync, statfsSync } from 'node:fs';
import { mountHolding, parseMountTable, placeOfBind, type MountEntry } from '../shared/mount-table.ts';

const OWN_TABLE = '/proc/self/mountinfo';

/** null where there is no such table, or it may not be read. */
export function readMountTable(path: string): MountEntry[] | null {
  try {
    return parseMountTable(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** The mount that a path of ours lies in; null where nobody tells. */
export function mountOf(path: string): MountEntry | null {
  return mountHolding(path, readMountTable(OWN_TABLE) ?? []);
}

/** What the host calls the directory that was bound here, with every symbolic link resolved. */
export function boundPathOf(
  mount: string,
  bound: { readonly mountTable: string; readonly path: string } | undefined,
): string | null {
  if (bound === undefined) return null;
  const table = readMountTable(bound.mountTable);
  const here = mountOf(mount);
  // Where nothing is bound (a process), or the host's table isn't to be had.
  if (table === null || here?.point !== mount) return null;
  return placeOfBind(here, bound.path, table);
}

/** Of the file system that a path lies in, decimal strings of bytes. */
export function space(path: string): { readonly total: string | null; readonly free: string | null } {
  try {
    const stat = statfsSync(path, { bigint: true });
    return { total: String(stat.blocks * stat.bsize), free: String(stat.bavail * stat.bsize) };
  } catch {
    return { total: null, free: null };
  }
}
