import Sqlite from 'better-sqlite3';
import { DIR_STATE, ENTRY_KIND } from '../../shared/shard-schema.ts';
import { TestCatalog } from './catalog.ts';

const TITLES = ['Holiday', 'Concert', 'Interview', 'Family', 'Backup', 'Project', 'Lecture', 'Garden'];
const EXTENSIONS = ['mkv', 'jpg', 'flac', 'pdf', 'txt', 'zip', 'nef', ''];
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

export interface BigCatalog {
  readonly files: number;
  readonly folders: number;
  /** In one folder of its own, beside the others. */
  readonly inOneFolder?: number;
  /** Its scan runs still: merged, not closed. */
  readonly isOpen?: boolean;
}

/** A catalog with an inventory of that many files, as real ones are distributed: written at once, since no tree of that size is made for a test. */
export function makeBigCatalog(dataDir: string, mountPath: string, mountName: string, size: BigCatalog): void {
  const catalog = new TestCatalog(dataDir);
  const scanId = catalog.begin(catalog.mount(mountPath, mountName));
  const { path } = catalog;
  catalog.close();
  const db = new Sqlite(path);
  db.pragma('synchronous = OFF');
  const { num, root } = db
    .prepare<[string], { num: number; root: number }>('SELECT num, root FROM scans WHERE id = ?')
    .get(scanId) ?? { num: 0, root: 0 };
  const dir = db.prepare(
    `INSERT INTO dirs(id, scan, parent, name, depth, path, state, met, mtime, returned, files, all_files, all_dirs, all_size, all_alloc, all_charged)
     VALUES (?, ?, ?, ?, ?, ?, ${DIR_STATE.scanned}, 1, ?, 0, ?, ?, 1, ?, ?, ?)`,
  );
  const entry = db.prepare(
    `INSERT INTO entries(dir, name, kind, size, alloc, mtime, ctime, ino, nlink, mode, uid, gid) VALUES (?, ?, ${ENTRY_KIND.file}, ?, ?, ?, 0, ?, 1, 33188, 0, 0)`,
  );
  const types = new Map<string, { files: number; size: number }>();
  const ages = new Map<number, { files: number; size: number }>();
  const nowMs = Date.UTC(2026, 10, 1);
  let id = root;
  let ino = 0;
  let allSize = 0;
  const fill = (parent: number, at: string, name: string, depth: number, count: number): void => {
    id += 1;
    const here = id;
    let sum = 0;
    for (let n = 0; n < count; n += 1) {
      ino += 1;
      const extension = EXTENSIONS[(ino * 7) % 8] ?? '';
      const bytes = ((ino * 2_654_435_761) % 1_000_003) * (ino % 97 === 0 ? 40_000 : 700);
      const mtime = nowMs - ((ino * 48_271) % 3_000) * DAY_MS;
      const title = `${TITLES[ino % 8] ?? ''} ${String(ino).padStart(7, '0')}`;
      entry.run(
        here,
        extension === '' ? title : `${title}.${extension}`,
        bytes,
        Math.ceil(bytes / 4096) * 4096,
        mtime,
        ino,
      );
      sum += bytes;
      add(types, extension, bytes);
      add(ages, Math.floor(mtime / WEEK_MS), bytes);
    }
    allSize += sum;
    dir.run(here, num, parent, name, depth, at, nowMs, count, count, sum, sum, sum);
  };
  db.transaction(() => {
    const each = Math.floor(size.files / size.folders);
    const tops = Math.max(1, Math.min(12, Math.floor(size.folders / 10)));
    for (let top = 0; top < tops; top += 1) {
      const topName = `${TITLES[top % 8] ?? ''} ${2010 + top}`;
      id += 1;
      const topId = id;
      const before = allSize;
      const own = Math.floor(size.folders / tops);
      for (let sub = 0; sub < own; sub += 1) {
        const name = `${TITLES[sub % 8] ?? ''} part ${sub + 1}`;
        fill(topId, `${topName}/${name}`, name, 2, each);
      }
      const sum = allSize - before;
      dir.run(topId, num, root, topName, 1, topName, nowMs, 0, own * each, sum, sum, sum);
    }
    if (size.inOneFolder !== undefined) fill(root, 'Everything', 'Everything', 1, size.inOneFolder);
    db.prepare(
      `UPDATE dirs SET state = ${DIR_STATE.scanned}, all_files = ?, all_size = ?, all_alloc = ?, all_charged = ? WHERE id = ?`,
    ).run(ino, allSize, allSize, allSize, root);
    db.prepare('INSERT INTO id_ranges VALUES (?, ?, ?)').run(num, root + 1, id);
    for (const [ext, { files, size: bytes }] of types)
      db.prepare('INSERT INTO type_totals VALUES (?, ?, ?, ?, ?)').run(num, ext, files, bytes, bytes);
    for (const [week, { files, size: bytes }] of ages)
      db.prepare('INSERT INTO age_totals VALUES (?, ?, ?, ?, ?)').run(num, week, files, bytes, bytes);
    db.exec('CREATE INDEX IF NOT EXISTS entries_large ON entries(size) WHERE size >= 104857600');
    if (size.isOpen === true) return;
    db.prepare(
      "UPDATE scans SET state = 'finished', finished = ?, verdict = 'covered', published = 1, summed = 1, files = ?, dirs = ?, size = ?, alloc = ?, charged = ? WHERE num = ?",
    ).run(nowMs, ino, id - root + 1, allSize, allSize, allSize, num);
    db.prepare('UPDATE mounts SET published_scan = ? WHERE id = (SELECT mount FROM scans WHERE num = ?)').run(num, num);
  })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

function add<K>(totals: Map<K, { files: number; size: number }>, key: K, bytes: number): void {
  const row = totals.get(key);
  if (row === undefined) totals.set(key, { files: 1, size: bytes });
  else {
    row.files += 1;
    row.size += bytes;
  }
}
