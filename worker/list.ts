import { Buffer } from 'node:buffer';
import { lstatSync, opendirSync, readlinkSync } from 'node:fs';
import { nameFromBytes, nameToBytes } from '../shared/names.ts';
import { ENTRY_KIND } from '../shared/shard-schema.ts';
import { WORKER_EXIT, type ListJob, type ResultLine } from '../shared/worker-protocol.ts';
import { floorMs } from './batch.ts';
import { joinFs, withReachable, type FsPath } from './paths.ts';
import { errorCode } from './roots.ts';
import { kindOf } from './kind.ts';
import { boundPathOf, mountOf, space } from './mounts.ts';

type Listed = NonNullable<ResultLine['list']>['entries'][number];

/** One directory, at most `limit` entries; what can't be looked at says why. */
export function list(job: ListJob): ResultLine {
  const began = performance.now();
  const base = { type: 'result', kind: 'list', reason: 'finished' } as const;
  const bytes = nameToBytes(job.path);
  const path: FsPath =
    bytes.length === 0 ? job.mount : joinFs(job.mount, typeof job.path === 'string' ? job.path : Buffer.from(bytes));
  try {
    const found = withReachable(path, (short) => read(short, job.limit));
    const { total, free } = space(job.mount);
    const about = { filesystem: mountOf(job.mount)?.filesystem ?? null, totalBytes: total, freeBytes: free };
    const list = { ...found, ...about, boundPath: boundPathOf(job.mount, job.bound) };
    return { ...base, exit: WORKER_EXIT.done, durationMs: performance.now() - began, list };
  } catch (error) {
    const { code, syscall } = errorCode(error);
    return { ...base, exit: WORKER_EXIT.mount, durationMs: performance.now() - began, error: `${syscall}: ${code}` };
  }
}

function read(path: FsPath, limit: number): { entries: Listed[]; truncated: boolean } {
  const dir = opendirSync(path, { encoding: 'buffer' as BufferEncoding });
  try {
    const entries: Listed[] = [];
    for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) {
      if (entries.length >= limit) return { entries, truncated: true };
      entries.push(look(path, entry.name as unknown as Buffer));
    }
    return { entries, truncated: false };
  } finally {
    dir.closeSync();
  }
}

function look(path: FsPath, name: Buffer): Listed {
  try {
    const full = joinFs(path, name);
    const stat = lstatSync(full, { bigint: true });
    const kind = kindOf(Number(stat.mode));
    const target =
      kind === ENTRY_KIND.symlink ? { target: nameFromBytes(readlinkSync(full, { encoding: 'buffer' })) } : {};
    return {
      ...target,
      name: nameFromBytes(name),
      kind,
      size: String(stat.size),
      mtimeMs: Number(floorMs(stat.mtimeMs, stat.mtimeNs)),
      error: null,
    };
  } catch (error) {
    return { name: nameFromBytes(name), kind: 0, size: null, mtimeMs: null, error: errorCode(error).code };
  }
}
