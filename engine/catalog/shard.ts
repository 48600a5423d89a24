import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { isDiskFull } from '../../shared/disk-full.ts';
import { SmartScannerError } from '../../shared/errors.ts';
import { isUnwritable } from '../../shared/unwritable.ts';
import { SHARD_APPLICATION_ID, SHARD_DDL, SHARD_META, SHARD_VERSION } from '../../shared/shard-schema.ts';
import { SPOOL_FILES } from '../../shared/worker-protocol.ts';
import { BadPacking, unpackShard } from './unpack-shard.ts';

const HASH_BLOCK = 1024 ** 2;

/** The schema that a shard must have, exactly: nothing in an untrusted file may run on its own. */
let expectedSchema: string | null = null;

function schemaOf(db: Database): string {
  return db
    .prepare<[], { type: string; name: string; sql: string | null }>(
      'SELECT type, name, sql FROM sqlite_schema ORDER BY name',
    )
    .all()
    .map(({ type, name, sql }) => `${type} ${name} ${sql ?? ''}`)
    .join('\n');
}

/** What harvest is told of a shard that was fetched. */
export interface ShardRequest {
  readonly attemptId: string;
  /** Local directory that holds shard.db (and its journal), or its compressed form. */
  readonly shardDir: string;
  readonly isPacked: boolean;
  /** What its worker said, where the file has travelled since. */
  readonly expectedSha256: string | null;
}

/**
 * Looks a shard over before it is attached, rolling back what its worker left unfinished. Gives its path. Throws SHARD_MISSING, SHARD_DAMAGED,
 * MERGE_DISK_FULL.
 */
export function checkShard({ shardDir: dir, attemptId, isPacked, expectedSha256 }: ShardRequest): string {
  const path = join(dir, SPOOL_FILES.shard);
  const packed = join(dir, SPOOL_FILES.packed);
  if (!existsSync(isPacked ? packed : path)) throw new SmartScannerError('SHARD_MISSING', 'The worker left no shard.');
  let db: Database | null = null;
  try {
    const hash = isPacked ? unpackShard(packed, path) : expectedSha256 === null ? null : hashOf(path);
    if (expectedSha256 !== null && hash !== expectedSha256)
      throw damaged('it changed on its way, its hash is not the one that its worker wrote');
    db = new Sqlite(path, { timeout: 0 });
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    if (db.pragma('application_id', { simple: true }) !== SHARD_APPLICATION_ID) throw damaged('it is not a shard');
    const version = db.pragma('user_version', { simple: true });
    if (version !== SHARD_VERSION) throw damaged(`it has version ${String(version)}, not ${SHARD_VERSION}`);
    if (expectedSchema === null) {
      const model = new Sqlite(':memory:');
      model.exec(SHARD_DDL);
      expectedSchema = schemaOf(model);
      model.close();
    }
    if (schemaOf(db) !== expectedSchema) throw damaged('its schema is not the one that workers write');
    const attempt = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(SHARD_META.attempt);
    if (attempt !== attemptId) throw damaged(`it belongs to attempt ${String(attempt)}`);
    return path;
  } catch (error) {
    if (error instanceof SmartScannerError) throw error;
    if (error instanceof BadPacking) throw damaged(error.message);
    // Rolling back what its worker left unfinished writes, too.
    if (isDiskFull(error)) throw mergeDiskFull(error);
    if (isUnwritable(error) && isReadOnly(dir))
      throw new SmartScannerError('CATALOG_UNWRITABLE', `The spool ${dir} can't be written: ${String(error)}.`, {
        cause: error,
      });
    throw damaged(error instanceof Error ? error.message : String(error));
  } finally {
    db?.close();
  }
}

/** Whether it is the place, not the shard, that makes trouble. */
function isReadOnly(dir: string): boolean {
  try {
    const path = join(dir, '.writable');
    closeSync(openSync(path, 'w'));
    rmSync(path);
    return false;
  } catch {
    return true;
  }
}

function hashOf(path: string): string {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(HASH_BLOCK);
  const file = openSync(path, 'r');
  try {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
      hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

export function damaged(why: string): SmartScannerError {
  return new SmartScannerError('SHARD_DAMAGED', `The shard can't be merged: ${why}.`);
}

export function mergeDiskFull(cause: unknown): SmartScannerError {
  return new SmartScannerError(
    'MERGE_DISK_FULL',
    'The disk of the catalog is full: nothing of this chunk was kept, earlier chunks stay.',
    { cause },
  );
}
