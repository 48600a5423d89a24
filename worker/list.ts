import { lstatSync, opendirSync } from 'node:fs';
import { nameFromBytes, nameToBytes } from '../shared/names.ts';
import { WORKER_EXIT, type ListJob, type ResultLine } from '../shared/worker-protocol.ts';
import { floorMs } from './batch.ts';
import { joinFs, withReachable, type FsPath } from './paths.ts';
import { errorCode } from './roots.ts';
import { kindOf } from './kind.ts';

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
    return { ...base, exit: WORKER_EXIT.done, durationMs: performance.now() - began, list: found };
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
    const stat = lstatSync(joinFs(path, name), { bigint: true });
    return {
      name: nameFromBytes(name),
      kind: kindOf(Number(stat.mode)),
      size: String(stat.size),
      mtimeMs: Number(floorMs(stat.mtimeMs, stat.mtimeNs)),
      error: null,
    };
  } catch (error) {
    return { name: nameFromBytes(name), kind: 0, size: null, mtimeMs: null, error: errorCode(error).code };
  }
}
