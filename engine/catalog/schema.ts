import type { Database } from 'better-sqlite3';

/** "SmSc" */
export const CATALOG_APPLICATION_ID = 0x536d5363;

/** What a file of this extension is, for the view `files` and for totals by type. */
const FILE_TYPES: Readonly<Record<string, string>> = {
  video: 'mkv mp4 avi mov m4v wmv ts m2ts mpg mpeg webm flv vob iso',
  audio: 'mp3 flac m4a aac ogg opus wav wma alac aiff',
  image: 'jpg jpeg png gif webp heic tif tiff bmp svg raw cr2 cr3 nef arw dng psd',
  document: 'pdf doc docx odt txt md rtf xls xlsx ods csv ppt pptx odp epub mobi',
  archive: 'zip rar 7z tar gz bz2 xz zst tgz',
  subtitle: 'srt sub ass idx vtt',
  code: 'c h cpp hpp py js tsx java go rs sh html css json xml yaml yml sql',
  database: 'db sqlite sqlite3 mdb',
  'disk image': 'img qcow2 vmdk vdi vhd vhdx',
};

/**
 * Migrations in order; `user_version` counts the ones done. Never change one that was released: add another.
 * docs/catalog.md explains each table.
 */
const MIGRATIONS: readonly ((db: Database) => void)[] = [
  (db) => {
    db.exec(`
CREATE TABLE hosts(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE host_ids(id TEXT PRIMARY KEY, host TEXT NOT NULL REFERENCES hosts(id)) WITHOUT ROWID;
CREATE TABLE mounts(
  id INTEGER PRIMARY KEY, host TEXT NOT NULL REFERENCES hosts(id), path TEXT NOT NULL, name TEXT NOT NULL,
  published_scan INTEGER REFERENCES scans(num), UNIQUE(host, path), UNIQUE(host, name)
);
CREATE TABLE scans(
  num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, mount INTEGER NOT NULL REFERENCES mounts(id),
  state TEXT NOT NULL CHECK(state IN ('open', 'finished', 'interrupted')),
  settings TEXT NOT NULL, plan_way TEXT NOT NULL, runtime TEXT NOT NULL, owner TEXT NOT NULL, log_path TEXT NOT NULL,
  started INTEGER NOT NULL, finished INTEGER, root INTEGER, verdict TEXT, published INTEGER NOT NULL DEFAULT 0,
  certificate TEXT, files INTEGER NOT NULL DEFAULT 0, dirs INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0, alloc INTEGER NOT NULL DEFAULT 0, charged INTEGER NOT NULL DEFAULT 0,
  pruned INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX scans_by_mount ON scans(mount, num);
CREATE TABLE chunks(
  id INTEGER PRIMARY KEY, scan INTEGER NOT NULL REFERENCES scans(num),
  state TEXT NOT NULL CHECK(state IN ('queued', 'running', 'waiting', 'done', 'failed')),
  parent INTEGER, attempt TEXT, bytes INTEGER, entries INTEGER, roots INTEGER NOT NULL, label BLOB NOT NULL,
  first_mode TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, reason TEXT,
  merged_files INTEGER, merged_entries INTEGER, merged_bytes INTEGER
);
CREATE INDEX chunks_by_scan ON chunks(scan);
CREATE TABLE chunk_roots(
  chunk INTEGER NOT NULL, seq INTEGER NOT NULL, dir INTEGER NOT NULL, mode TEXT NOT NULL, PRIMARY KEY(chunk, seq)
) WITHOUT ROWID;
CREATE TABLE attempts(
  id TEXT PRIMARY KEY, chunk INTEGER NOT NULL, runtime TEXT NOT NULL, node TEXT NOT NULL, ref TEXT,
  started INTEGER NOT NULL, ended INTEGER, outcome TEXT, exit_code INTEGER, code TEXT, reason TEXT
) WITHOUT ROWID;
CREATE INDEX attempts_by_chunk ON attempts(chunk);
CREATE TABLE id_ranges(scan INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(scan, first)) WITHOUT ROWID;
CREATE TABLE dirs(
  id INTEGER PRIMARY KEY, scan INTEGER NOT NULL, parent INTEGER, name ANY, depth INTEGER NOT NULL, path ANY, path_text TEXT,
  state INTEGER NOT NULL, reason TEXT, syscall TEXT, met INTEGER NOT NULL,
  size INTEGER, alloc INTEGER, mtime INTEGER, ctime INTEGER, dev INTEGER, ino INTEGER, nlink INTEGER,
  mode INTEGER, uid INTEGER, gid INTEGER,
  returned INTEGER NOT NULL DEFAULT 0, files INTEGER NOT NULL DEFAULT 0, subdirs INTEGER NOT NULL DEFAULT 0,
  excluded INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, vanished INTEGER NOT NULL DEFAULT 0,
  own_size INTEGER NOT NULL DEFAULT 0, own_alloc INTEGER NOT NULL DEFAULT 0, own_charged INTEGER NOT NULL DEFAULT 0,
  all_files INTEGER NOT NULL DEFAULT 0, all_dirs INTEGER NOT NULL DEFAULT 0, all_size INTEGER NOT NULL DEFAULT 0,
  all_alloc INTEGER NOT NULL DEFAULT 0, all_charged INTEGER NOT NULL DEFAULT 0, kept_for INTEGER
) STRICT;
CREATE UNIQUE INDEX dirs_by_name ON dirs(parent, name) WHERE parent IS NOT NULL;
CREATE TABLE entries(
  dir INTEGER NOT NULL, name ANY NOT NULL, kind INTEGER NOT NULL, size INTEGER, alloc INTEGER, mtime INTEGER, ctime INTEGER,
  dev INTEGER, ino INTEGER, nlink INTEGER, mode INTEGER, uid INTEGER, gid INTEGER, charged INTEGER, PRIMARY KEY(dir, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_linked ON entries(ino) WHERE nlink > 1;
CREATE TABLE problems(
  dir INTEGER NOT NULL, name BLOB NOT NULL, syscall TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY(dir, name)
) WITHOUT ROWID;
CREATE TABLE byte_names(dir INTEGER NOT NULL, name BLOB NOT NULL, text TEXT NOT NULL, PRIMARY KEY(dir, name)) WITHOUT ROWID;
CREATE TABLE type_totals(
  scan INTEGER NOT NULL, ext TEXT NOT NULL, files INTEGER NOT NULL, size INTEGER NOT NULL, alloc INTEGER NOT NULL, PRIMARY KEY(scan, ext)
) WITHOUT ROWID;
CREATE TABLE age_totals(
  scan INTEGER NOT NULL, week INTEGER NOT NULL, files INTEGER NOT NULL, size INTEGER NOT NULL, alloc INTEGER NOT NULL, PRIMARY KEY(scan, week)
) WITHOUT ROWID;
CREATE TABLE file_types(ext TEXT PRIMARY KEY, file_type TEXT NOT NULL) WITHOUT ROWID;
CREATE VIEW published_dirs AS
  SELECT d.*, m.id AS mount_id, m.name AS mount_name, m.path AS mount_path, coalesce(s.finished, s.started) AS scan_time
  FROM mounts m JOIN dirs d ON d.scan = m.published_scan OR d.kept_for = m.published_scan JOIN scans s ON s.num = d.scan
  WHERE m.published_scan IS NOT NULL;
CREATE VIEW files AS
  SELECT f.base || CASE WHEN typeof(f.name) = 'blob' THEN coalesce(b.text, hex(f.name)) ELSE f.name END AS path,
    f.size AS size, f.mtime / 1000.0 AS mtime, NULL AS checksum, f.mount_path AS mount_point,
    coalesce(t.file_type, 'other') AS file_type, CASE WHEN length(f.suffix) <= 16 THEN f.suffix ELSE '' END AS extension, datetime(f.scan_time / 1000, 'unixepoch') AS scan_time
  FROM (
    SELECT rtrim(d.mount_path, '/') || '/' || CASE WHEN d.depth = 0 THEN '' ELSE coalesce(d.path_text, d.path, (
        WITH RECURSIVE up(parent, text) AS (
          SELECT d.parent, CASE WHEN typeof(d.name) = 'blob' THEN hex(d.name) ELSE d.name END
          UNION ALL
          SELECT CASE WHEN p.path IS NULL THEN p.parent END, coalesce(p.path_text, p.path,
            CASE WHEN typeof(p.name) = 'blob' THEN hex(p.name) ELSE p.name END) || '/' || up.text
          FROM up JOIN dirs p ON p.id = up.parent
        ) SELECT text FROM up WHERE parent IS NULL
      )) || '/' END AS base,
      d.mount_path, d.scan_time, e.*,
      CASE WHEN typeof(e.name) = 'text' AND instr(substr(e.name, 2), '.') > 0
        THEN lower(replace(e.name, rtrim(e.name, replace(e.name, '.', '')), '')) ELSE '' END AS suffix
    FROM published_dirs d CROSS JOIN entries e ON e.dir = d.id WHERE e.kind = 1
  ) f LEFT JOIN file_types t ON t.ext = f.suffix LEFT JOIN byte_names b ON b.dir = f.dir AND b.name = f.name;
`);
    const insert = db.prepare('INSERT INTO file_types VALUES (?, ?)');
    for (const [type, extensions] of Object.entries(FILE_TYPES)) {
      for (const extension of extensions.split(' ')) insert.run(extension, type);
    }
  },
  (db) => {
    db.exec(`
ALTER TABLE scans ADD COLUMN planned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunks ADD COLUMN alone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunks ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunks ADD COLUMN last INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scans ADD COLUMN summed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE quarantine(
  mount INTEGER NOT NULL, path BLOB NOT NULL, syscall TEXT, reason TEXT NOT NULL, since INTEGER NOT NULL, scan TEXT NOT NULL,
  PRIMARY KEY(mount, path)
) WITHOUT ROWID;
`);
  },
  (db) => {
    db.exec(`
ALTER TABLE scans ADD COLUMN went_on INTEGER;
ALTER TABLE scans ADD COLUMN files_before INTEGER NOT NULL DEFAULT 0;
`);
  },
];

export const CATALOG_VERSION = MIGRATIONS.length;

/** Brings a catalog that was found good to the newest version, each step in a transaction of its own. */
export function migrate(db: Database): void {
  const version = (): number => db.pragma('user_version', { simple: true }) as number;
  const step = db.transaction(() => {
    // Looked at again under the lock: another process may have done this step meanwhile.
    const at = version();
    MIGRATIONS[at]?.(db);
    if (at < MIGRATIONS.length) db.pragma(`user_version = ${at + 1}`);
  });
  while (version() < MIGRATIONS.length) step.immediate();
}
