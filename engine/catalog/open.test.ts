import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { openCatalog } from './open.ts';
import { CATALOG_APPLICATION_ID, CATALOG_VERSION } from './schema.ts';

const ORIGINAL = `CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT UNIQUE NOT NULL, size INTEGER, mtime REAL, checksum VARCHAR(64), mount_point TEXT,
  file_type TEXT, extension TEXT, scan_time TIMESTAMP DEFAULT (datetime('now'))
)`;

function open(path: string, more: { mustExist?: boolean } = {}): ReturnType<typeof openCatalog> {
  return openCatalog({ path, mustExist: false, allowAnyFilesystem: true, ...more });
}

function make(statements: string): string {
  const path = join(temporaryDirectory(), 'smart_catalog.db');
  const db = new Sqlite(path);
  db.exec(statements);
  db.close();
  return path;
}

/** Refused with this code, and afterwards the directory is what it was: no byte, no time, no file beside it. */
function expectUntouched(path: string, code: string): void {
  const dir = join(path, '..');
  const look = (): object =>
    readdirSync(dir).map((name) => [
      name,
      statSync(join(dir, name)).mtimeMs,
      readFileSync(join(dir, name)).toString('base64'),
    ]);
  const before = look();
  expect(() => open(path)).toThrow(expect.objectContaining({ code }));
  expect(look()).toEqual(before);
}

describe('a file in the place of the catalog', () => {
  it('that is no database is left as it is', () => {
    const path = join(temporaryDirectory(), 'smart_catalog.db');
    writeFileSync(path, 'My holiday notes, which a program must never overwrite.'.repeat(10));
    expectUntouched(path, 'CATALOG_NOT_SQLITE');
    writeFileSync(path, 'short');
    expectUntouched(path, 'CATALOG_NOT_SQLITE');
    // The magic alone doesn't make a database.
    writeFileSync(path, 'SQLite format 3\0');
    expectUntouched(path, 'CATALOG_NOT_SQLITE');
  });

  it('that a newer program wrote is left as it is', () => {
    const path = join(temporaryDirectory(), 'smart_catalog.db');
    open(path).db.close();
    const db = new Sqlite(path);
    db.pragma(`user_version = ${CATALOG_VERSION + 1}`);
    db.pragma('journal_mode = DELETE');
    db.close();
    expectUntouched(path, 'CATALOG_NEWER');
  });

  it.each(['DELETE', 'WAL'])('that is the catalog of the original (journal %s) is left as it is', (journal) => {
    const path = make(`PRAGMA journal_mode = ${journal}; ${ORIGINAL}; INSERT INTO files(path, size) VALUES ('/a', 1);`);
    expectUntouched(path, 'CATALOG_ORIGINAL');
  });

  it('that is the catalog of the original is known when it has gigabytes', () => {
    const path = make(`PRAGMA journal_mode = WAL; ${ORIGINAL}; CREATE INDEX by_size ON files(size);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
      INSERT INTO files(path, size) SELECT '/mnt/user/films/' || i || hex(randomblob(30)), i FROM n;`);
    expect(statSync(path).size).toBeGreaterThan(2 * 1024 * 1024);
    expectUntouched(path, 'CATALOG_ORIGINAL');
  });

  it.each([
    ['another application', 'PRAGMA application_id = 7; CREATE TABLE files(path, size, mtime, checksum, mount_point);'],
    ['a table of the same name', 'CREATE TABLE files(path TEXT, size INTEGER);'],
    ['none of our tables', 'CREATE TABLE photos(id INTEGER PRIMARY KEY);'],
    ['WAL mode', 'PRAGMA journal_mode = WAL; CREATE TABLE photos(id INTEGER PRIMARY KEY);'],
  ])('that is a database with %s is left as it is', (_what, statements) => {
    expectUntouched(make(statements), 'CATALOG_FOREIGN');
  });

  it('that is not there is no catalog for queries, and they make none', () => {
    const dir = temporaryDirectory();
    expect(() => open(join(dir, 'smart_catalog.db'), { mustExist: true })).toThrow(
      expect.objectContaining({ code: 'CATALOG_OPEN' }),
    );
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('our catalog', () => {
  it('carries its mark and version, gives freed pages back, and opens again', () => {
    const path = join(temporaryDirectory(), 'smart_catalog.db');
    const { db, created } = open(path);
    expect(created).toBe(true);
    expect(db.pragma('application_id', { simple: true })).toBe(CATALOG_APPLICATION_ID);
    expect(db.pragma('user_version', { simple: true })).toBe(CATALOG_VERSION);
    expect(db.pragma('auto_vacuum', { simple: true })).toBe(2);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('trusted_schema', { simple: true })).toBe(0);
    db.close();
    const again = open(path);
    expect(again.created).toBe(false);
    again.db.close();
  });

  it('is made in an empty file, as SQLite leaves one when it dies before its first write, and opens again', () => {
    const path = join(temporaryDirectory(), 'smart_catalog.db');
    writeFileSync(path, '');
    open(path).db.close();
    const { db } = open(path);
    expect(db.pragma('application_id', { simple: true })).toBe(CATALOG_APPLICATION_ID);
    expect(db.pragma('auto_vacuum', { simple: true })).toBe(2);
    db.close();
  });

  it('goes on where the program died between making the file and its tables', () => {
    const path = make(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = ${CATALOG_APPLICATION_ID};`);
    const { db } = open(path);
    expect(db.pragma('user_version', { simple: true })).toBe(CATALOG_VERSION);
    expect(db.prepare('SELECT count(*) FROM mounts').pluck().get()).toBe(0);
    db.close();
  });

  it('is read while another process writes', () => {
    const path = join(temporaryDirectory(), 'smart_catalog.db');
    const writer = open(path).db;
    writer.exec(`BEGIN IMMEDIATE; INSERT INTO hosts VALUES ('h', 'process', 'local', 'n')`);
    const reader = open(path, { mustExist: true }).db;
    expect(reader.prepare('SELECT count(*) FROM hosts').pluck().get()).toBe(0);
    writer.exec('COMMIT');
    expect(reader.prepare('SELECT count(*) FROM hosts').pluck().get()).toBe(1);
    reader.close();
    writer.close();
  });

  it('that can not be read says so in one sentence instead of a stack', () => {
    const path = join(temporaryDirectory(), 'smart_catalog.db');
    execFileSync('mkdir', [path]);
    expect(() => open(path)).toThrow(expect.objectContaining({ code: 'CATALOG_OPEN' }));
  });
});
