import type { Database } from 'better-sqlite3';
import { SmartScannerError } from '../../shared/errors.ts';
import type { InventoryFacts, Which } from '../../shared/files.ts';
import { nameFromBytes, nameToBytes, type RelativePath } from '../../shared/names.ts';
import { DIR_STATE } from '../../shared/shard-schema.ts';
import type { ScanLocks } from './locks.ts';
import { toDb, type DirPaths } from './paths.ts';

/** The rows of one scan, or of it those that were kept for a later one. */
export interface Source {
  readonly scan: number;
  readonly root: number;
  /** null: all rows of that scan. */
  readonly keptFor: number | null;
  /** When those rows were true; null: they are of the scan that is looked at. */
  readonly keptAtMs: number | null;
}

export interface Viewed {
  readonly facts: InventoryFacts;
  /** First the scan itself, then those whose rows stand in for what it could not read. */
  readonly sources: readonly [Source, ...Source[]];
}

interface ScanFound {
  num: number;
  id: string;
  root: number;
  state: 'open' | 'finished' | 'interrupted';
  started: number;
  finished: number | null;
}

/** Sums that closing has not carried up yet, by directory: what chunks below it have merged. Empty for a scan that was closed. */
const ABOVE = `
CREATE TEMP TABLE IF NOT EXISTS above(
  dir INTEGER PRIMARY KEY, files INTEGER NOT NULL, size INTEGER NOT NULL, alloc INTEGER NOT NULL, charged INTEGER NOT NULL
)`;

/** Which rows are looked at: the published inventory with what was kept for it, or what the newest scan has merged. */
export class Views {
  readonly #db: Database;
  readonly #paths: DirPaths;
  readonly #locks: ScanLocks;
  /** Whose sums `above` holds, and of which moment. */
  #above = '';

  constructor(db: Database, paths: DirPaths, locks: ScanLocks) {
    this.#db = db;
    this.#paths = paths;
    this.#locks = locks;
  }

  /** NO_SUCH_MOUNT where there are no such rows. `temp.above` fits what is given. */
  of(mountId: string, which: Which): Viewed {
    const mount = Number(mountId);
    const published = this.#scan('s.num = (SELECT published_scan FROM mounts WHERE id = ?)', mount);
    const newest =
      which === 'published' ? undefined : this.#scan('s.mount = ? AND s.pruned = 0 AND s.published = 0', mount);
    const scan = which === 'published' ? published : newest;
    if (scan === undefined) {
      throw new SmartScannerError('NO_SUCH_MOUNT', 'There is no such inventory yet.', {
        hint: 'Scan this mount point first.',
      });
    }
    const isPublished = scan.num === published?.num;
    const isRunning = scan.state === 'open' && this.#locks.isHeld(scan.id);
    const own: Source = { scan: scan.num, root: scan.root, keptFor: null, keptAtMs: null };
    this.#fillAbove(scan.num);
    return {
      facts: {
        scanId: scan.id,
        state: isPublished ? 'published' : isRunning ? 'running' : 'interrupted',
        atMs: scan.finished ?? scan.started,
      },
      sources: isPublished ? [own, ...this.#kept(mount, scan.num)] : [own],
    };
  }

  /** The directory at this path; where the scan could not read it, the one that stands in for it. NO_SUCH_MOUNT. */
  directory({ sources }: Viewed, path: RelativePath): { readonly id: number; readonly source: Source } {
    const [own, ...kept] = sources;
    const id = this.find(own.root, path);
    if (id !== undefined && this.#stateOf(id) === DIR_STATE.scanned) return { id, source: own };
    const standIn = this.standIn(kept, path);
    if (standIn !== null) return standIn;
    if (id !== undefined) return { id, source: own };
    throw new SmartScannerError('NO_SUCH_MOUNT', 'The inventory has no such folder.', {
      hint: 'Go up to one that is there.',
    });
  }

  /** The rows of an earlier scan that are shown for this path. */
  standIn(sources: readonly Source[], path: RelativePath): { readonly id: number; readonly source: Source } | null {
    for (const source of sources) {
      const id = source.keptFor === null ? undefined : this.find(source.root, path);
      if (id === undefined) continue;
      const keptFor = this.#db
        .prepare<[number], number | null>('SELECT kept_for FROM dirs WHERE id = ?')
        .pluck()
        .get(id);
      if (keptFor === source.keptFor) return { id, source };
    }
    return null;
  }

  find(root: number, path: RelativePath): number | undefined {
    const bytes = Buffer.from(nameToBytes(path));
    let at: number | undefined = root;
    for (let start = 0; start < bytes.length && at !== undefined;) {
      const slash = bytes.indexOf(0x2f, start);
      const end = slash < 0 ? bytes.length : slash;
      at = this.#paths.child(at, toDb(nameFromBytes(bytes.subarray(start, end))));
      start = end + 1;
    }
    return at;
  }

  #stateOf(id: number): number | undefined {
    return this.#db.prepare<[number], number>('SELECT state FROM dirs WHERE id = ?').pluck().get(id);
  }

  #scan(where: string, value: number): ScanFound | undefined {
    return this.#db
      .prepare<[number], ScanFound>(
        `SELECT s.num, s.id, s.root, s.state, s.started, s.finished FROM scans s WHERE ${where} AND s.root IS NOT NULL ORDER BY s.num DESC LIMIT 1`,
      )
      .get(value);
  }

  #kept(mount: number, published: number): Source[] {
    return this.#db
      .prepare<[number, number, number], { num: number; root: number; finished: number | null; started: number }>(
        `SELECT s.num, s.root, s.finished, s.started FROM scans s
         WHERE s.mount = ? AND s.num < ? AND s.pruned <> 1 AND s.root IS NOT NULL AND EXISTS (
           SELECT 1 FROM id_ranges r CROSS JOIN dirs d ON d.id BETWEEN r.first AND r.last WHERE r.scan = s.num AND d.kept_for = ?)
         ORDER BY s.num DESC`,
      )
      .all(mount, published, published)
      .map((row) => ({ scan: row.num, root: row.root, keptFor: published, keptAtMs: row.finished ?? row.started }));
  }

  #fillAbove(scan: number): void {
    const row = this.#db
      .prepare<[number, number], { summed: number; done: number }>(
        "SELECT s.summed, (SELECT count(*) FROM chunks WHERE scan = ? AND state = 'done') AS done FROM scans s WHERE s.num = ?",
      )
      .get(scan, scan);
    const wanted = row === undefined || row.summed === 1 ? 'none' : `${scan} ${row.done}`;
    if (wanted === this.#above) return;
    this.#db.exec(ABOVE);
    this.#db.exec('DELETE FROM temp.above');
    if (wanted !== 'none') {
      this.#db
        .prepare(
          `INSERT INTO temp.above
           WITH RECURSIVE up(dir, files, size, alloc, charged) AS (
             SELECT d.parent, d.all_files, d.all_size, d.all_alloc, d.all_charged FROM dirs d
             WHERE d.parent IS NOT NULL AND d.all_dirs > 0
               AND d.id IN (SELECT r.dir FROM chunk_roots r JOIN chunks c ON c.id = r.chunk WHERE c.scan = ?)
             UNION ALL
             SELECT p.parent, up.files, up.size, up.alloc, up.charged FROM up JOIN dirs p ON p.id = up.dir WHERE p.parent IS NOT NULL
           )
           SELECT dir, sum(files), CASE WHEN total(size) >= 9.2e18 THEN 9223372036854775807
             ELSE (sum(size >> 32) << 32) + sum(size & 4294967295) END, sum(alloc), sum(charged) FROM up GROUP BY dir`,
        )
        .run(scan);
    }
    this.#above = wanted;
  }
}
