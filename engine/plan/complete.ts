import { nameFromBytes, nameKey, nameToBytes, type RelativePath } from '../../shared/names.ts';
import type { PlanItem } from './types.ts';

/**
 * Makes a plan whole whose measuring broke off. `items` are those that came; what they leave uncovered hangs below their
 * ancestors, so each proper ancestor whose own entries are not planned becomes an `own` item of unknown size: its scan meets
 * the subdirectories that nobody planned, and those become remainder. Nothing came: the whole mount.
 */
export function completingItems(items: readonly PlanItem[]): PlanItem[] {
  if (items.length === 0) return [{ path: '', mode: 'subtree', entries: null, bytes: null }];
  const planned = new Set(items.map((item) => nameKey(item.path)));
  const missing = new Map<string, PlanItem>();
  for (const item of items) {
    for (let path = parentOf(item.path); path !== null; path = parentOf(path)) {
      const key = nameKey(path);
      if (missing.has(key)) break;
      if (!planned.has(key)) missing.set(key, { path, mode: 'own', entries: null, bytes: null });
    }
  }
  return [...missing.values()];
}

/** The directory that holds this path; null for the mount point. */
export function parentOf(path: RelativePath): RelativePath | null {
  if (path === '') return null;
  if (typeof path === 'string') {
    const slash = path.lastIndexOf('/');
    return slash < 0 ? '' : path.slice(0, slash);
  }
  const bytes = nameToBytes(path);
  const slash = bytes.lastIndexOf(0x2f);
  return slash < 0 ? '' : nameFromBytes(bytes.subarray(0, slash));
}
