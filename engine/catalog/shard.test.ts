import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SPOOL_FILES } from '../../shared/worker-protocol.ts';
import { makePlainTree } from '../../test/fixtures/plain-tree.ts';
import { TestCatalog, WHOLE_MOUNT, type EndedAttempt } from '../../test/support/catalog.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';

const dir = temporaryDirectory();
const catalog = new TestCatalog(join(dir, 'data'));
let good: EndedAttempt;
let copies = 0;

beforeAll(async () => {
  const tree = makePlainTree(join(dir, 'tree'), 30, 40);
  const scanId = catalog.begin(catalog.mount(tree, 'Tree'));
  const [chunk] = catalog.add(scanId, WHOLE_MOUNT);
  good = await catalog.attempt(tree, chunk?.id ?? 0);
});

afterAll(() => {
  catalog.close();
});

/** A copy of the good spool that a test may spoil. */
function copy(): EndedAttempt {
  const spool = join(dir, `copy-${(copies += 1)}`);
  cpSync(good.spool, spool, { recursive: true });
  return { ...good, spool };
}

function shardOf(attempt: EndedAttempt): string {
  return join(attempt.spool, 'shard.db');
}

function change(attempt: EndedAttempt, statements: string): EndedAttempt {
  const db = new Sqlite(shardOf(attempt));
  db.unsafeMode();
  db.exec(statements);
  db.close();
  return attempt;
}

function rows(): unknown {
  const db = new Sqlite(catalog.path, { readonly: true });
  try {
    return ['dirs', 'entries', 'type_totals', 'chunk_roots'].map((table) =>
      db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    );
  } finally {
    db.close();
  }
}

/** `hash: false`: it lay where the worker wrote it, so nothing but its content tells. */
function expectRefused(attempt: EndedAttempt, code: string, hash = false): void {
  const before = rows();
  const more = hash ? {} : { expectedSha256: null };
  expect(() => catalog.harvest(attempt, more)).toThrow(expect.objectContaining({ code }));
  expect(rows()).toEqual(before);
}

describe('a shard that travelled packed', () => {
  const packed = { isPacked: true };

  it('is merged as it was written, and not at all where it changed on its way', async () => {
    const other = new TestCatalog(join(dir, 'other'));
    const tree = join(dir, 'tree');
    const scanId = other.begin(other.mount(tree, 'Tree'));
    const [chunk] = other.add(scanId, WHOLE_MOUNT);
    const attempt = await other.attempt(tree, chunk?.id ?? 0, {}, { packShard: true });
    const shard = readFileSync(shardOf(attempt));
    const way = join(attempt.spool, SPOOL_FILES.packed);
    const bytes = readFileSync(way);
    expect(bytes.length).toBe(attempt.result.packedBytes);
    expect(bytes.length).toBeLessThan(shard.length / 2);
    rmSync(shardOf(attempt));
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    // Nothing at all unpacks well, and is not what the worker hashed.
    for (const bad of [flipped, bytes.subarray(0, -1), Buffer.alloc(0)]) {
      writeFileSync(way, bad);
      expect(() => other.harvest(attempt, packed)).toThrow(expect.objectContaining({ code: 'SHARD_DAMAGED' }));
    }
    writeFileSync(way, bytes);
    expect(other.harvest(attempt, packed).merged).toMatchObject({ files: 1200, directories: 34 });
    expect(readFileSync(shardOf(attempt)).equals(shard)).toBe(true);
    other.close();
  });

  it('is asked for packed, and says so where it is not there', () => {
    const attempt = copy();
    expect(() => catalog.harvest(attempt, packed)).toThrow(expect.objectContaining({ code: 'SHARD_MISSING' }));
  });
});

describe('a shard', () => {
  it('that is not there', () => {
    const attempt = copy();
    rmSync(shardOf(attempt));
    expectRefused(attempt, 'SHARD_MISSING');
    expect(existsSync(shardOf(attempt))).toBe(false);
  });

  it('that changed by one bit on its way', () => {
    const attempt = copy();
    const bytes = readFileSync(shardOf(attempt));
    const at = bytes.length - 100;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(shardOf(attempt), bytes);
    expectRefused(attempt, 'SHARD_DAMAGED', true);
  });

  it.each([0, 1, 50, 100, 4096, 8192, 20_000])('that was cut to %d bytes', (length) => {
    const attempt = copy();
    truncateSync(shardOf(attempt), length);
    expectRefused(attempt, 'SHARD_DAMAGED');
  });

  it('with pages that lie', () => {
    const attempt = copy();
    const bytes = readFileSync(shardOf(attempt));
    for (let at = 3 * 8192; at < bytes.length; at += 8192) bytes.fill(0xa5, at, at + 64);
    writeFileSync(shardOf(attempt), bytes);
    expectRefused(attempt, 'SHARD_DAMAGED');
  });

  it.each([
    ['is of another program', 'PRAGMA application_id = 1'],
    ['is of another version', 'PRAGMA user_version = 99'],
    ['belongs to another attempt', `UPDATE meta SET value = 'other' WHERE key = 'attempt'`],
    ['names no attempt', 'DELETE FROM meta'],
    ['carries a trigger', 'CREATE TRIGGER t AFTER INSERT ON dirs BEGIN DELETE FROM entries; END'],
    ['carries a view in place of a table', 'ALTER TABLE types RENAME TO t2; CREATE VIEW types AS SELECT * FROM t2'],
    ['carries another table', 'CREATE TABLE more(a)'],
    ['carries an index', 'CREATE INDEX i ON entries(size)'],
    ["has a directory in a state that there isn't", 'UPDATE dirs SET state = 17 WHERE id = 5'],
    ['has a directory with a state that is no number', `UPDATE dirs SET state = 'scanned' WHERE id = 5`],
    ['has a directory whose account is wrong', 'UPDATE dirs SET vanished = vanished + 1 WHERE id = 5'],
    ['has a directory without an account', 'UPDATE dirs SET returned = NULL WHERE id = 5'],
    ['lacks a root', 'DELETE FROM dirs WHERE id = 1'],
    ['has a name that leads out of its directory', `UPDATE dirs SET name = '..' WHERE id = 5`],
    ['has a name with a slash', `UPDATE dirs SET name = 'a/b' WHERE id = 5`],
    ['has a name that is a number', 'UPDATE dirs SET name = 7 WHERE id = 5'],
    ['has a directory without a name', 'UPDATE dirs SET name = NULL WHERE id = 5'],
    ['has a size that is no number', `UPDATE entries SET size = 'large' WHERE id = 3`],
    [
      'has two directories of one name',
      'UPDATE dirs SET (parent, name) = (SELECT parent, name FROM dirs WHERE id = 4) WHERE id = 5',
    ],
    ['has a file twice', 'UPDATE entries SET name = (SELECT name FROM entries WHERE id = 3) WHERE id = 4'],
    ['has a run that ends before it begins', 'UPDATE runs SET last = first - 5 WHERE rowid = 1'],
  ])('that %s', (_what, statements) => {
    expectRefused(change(copy(), statements), 'SHARD_DAMAGED');
  });

  it.each([
    ['fewer rows than were counted', 'DELETE FROM entries WHERE id = 3'],
    ['fewer runs than were counted', 'DELETE FROM runs WHERE rowid = 1'],
    ["a run that claims what is another directory's", 'UPDATE runs SET last = last + 1 WHERE rowid = 1'],
  ])('with %s', (_what, statements) => {
    expectRefused(change(copy(), statements), 'SHARD_DISAGREES');
  });

  it('that travelled is refused, whichever of its bytes are wrong', () => {
    const bytes = readFileSync(shardOf(good));
    for (let index = 0; index < 60; index += 1) {
      const attempt = copy();
      const bad = Buffer.from(bytes);
      const at = (index * 7919 * 31) % bad.length;
      bad.fill(index % 2 === 0 ? 0xff : 0, at, Math.min(bad.length, at + 1 + (index % 200)));
      if (bad.equals(bytes)) continue;
      writeFileSync(shardOf(attempt), bad);
      // Hashed as it is when it travels: nothing that differs gets in.
      expectRefused(attempt, 'SHARD_DAMAGED', true);
      rmSync(attempt.spool, { recursive: true });
    }
  });

  it('that did not travel never crashes the merge: it is refused whole, or what changed is no more than data', () => {
    const bytes = readFileSync(shardOf(good));
    for (let index = 0; index < 60; index += 1) {
      const attempt = copy();
      const bad = Buffer.from(bytes);
      bad.fill(index % 2 === 0 ? 0xff : 0, (index * 7919 * 31) % bad.length, ((index * 7919 * 31) % bad.length) + 60);
      writeFileSync(shardOf(attempt), bad);
      // Taken back each time, so that the next one meets the same catalog.
      catalog.service.handlers.close(null);
      cpSync(catalog.path, `${catalog.path}.before`);
      catalog.service.handlers.open({ path: catalog.path, mustExist: true, allowAnyFilesystem: true });
      const before = rows();
      try {
        expect(catalog.harvest(attempt, { expectedSha256: null }).chunk.state).toBe('done');
      } catch (error) {
        expect((error as { code?: unknown }).code).toMatch(/^SHARD_(DAMAGED|DISAGREES)$/);
        expect(rows()).toEqual(before);
      }
      catalog.service.handlers.close(null);
      cpSync(`${catalog.path}.before`, catalog.path);
      catalog.service.handlers.open({ path: catalog.path, mustExist: true, allowAnyFilesystem: true });
    }
  });

  it.each([[{ files: 1201, dirsScanned: 34 }], [{ files: 1200, dirsScanned: 33 }]])(
    'that holds another number than its worker tells: %j',
    (totals) => {
      const before = rows();
      expect(() => catalog.harvest(good, { totals })).toThrow(expect.objectContaining({ code: 'SHARD_DISAGREES' }));
      expect(rows()).toEqual(before);
    },
  );

  it('that is good is merged after all of that, and leaves nothing attached', () => {
    expect(catalog.harvest(good).merged).toMatchObject({ files: 1200, directories: 34 });
    expect(() => catalog.harvest(good)).toThrow();
  });
});
