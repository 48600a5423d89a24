import type { Database } from 'better-sqlite3';
import { isWithin, restOf } from '../../shared/mount-table.ts';
import type { KnownSize } from '../../shared/places.ts';

interface Inventory {
  readonly name: string;
  readonly path: string;
  readonly root: number;
  readonly scanned: number;
}

/**
 * What the published inventories of one host say of these directories, absolute paths, in their order; null for those that no inventory holds.
 * Where several do, the newest tells.
 */
export function knownSizes(db: Database, host: string | null, paths: readonly string[]): (KnownSize | null)[] {
  if (host === null) return paths.map(() => null);
  const inventories = db
    .prepare<[string], Inventory>(
      `SELECT m.name, m.path, s.root, coalesce(s.finished, s.started) AS scanned
       FROM mounts m JOIN scans s ON s.num = m.published_scan WHERE m.host = ? AND s.root IS NOT NULL ORDER BY scanned DESC`,
    )
    .all(host);
  const child = db.prepare<[number, string], number>('SELECT id FROM dirs WHERE parent = ? AND name = ?').pluck();
  const sums = db
    .prepare<[number], { files: bigint; size: bigint; alloc: bigint }>(
      'SELECT all_files AS files, all_size AS size, all_alloc AS alloc FROM dirs WHERE id = ? AND state = 2',
    )
    .safeIntegers();
  const find = ({ path: mount, root }: Inventory, path: string): ReturnType<typeof sums.get> => {
    let at: number | undefined = root;
    for (const name of restOf(path, mount)
      .split('/')
      .filter((part) => part !== '')) {
      at = child.get(at, name);
      if (at === undefined) return undefined;
    }
    return sums.get(at);
  };
  return paths.map((path) => {
    for (const inventory of inventories) {
      if (!isWithin(path, inventory.path)) continue;
      const found = find(inventory, path);
      if (found === undefined) continue;
      const { files, size, alloc } = found;
      const { name, scanned } = inventory;
      return {
        mountName: name,
        files: Number(files),
        apparentBytes: size,
        allocatedBytes: alloc,
        scannedAtMs: scanned,
      };
    }
    return null;
  });
}
