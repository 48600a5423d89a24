import { Buffer } from 'node:buffer';
import { lstat, readdir, readlink, statfs } from 'node:fs/promises';
import { nameFromBytes } from '../shared/names.ts';
import { ENTRY_KIND } from '../shared/shard-schema.ts';
import { WORKER_EXIT, type PlaceLook, type PlacesJob, type ResultLine } from '../shared/worker-protocol.ts';
import { floorMs } from './batch.ts';
import { kindOf } from './kind.ts';
import { readMountTable } from './mounts.ts';
import { errorCode } from './roots.ts';

type Listed = NonNullable<PlaceLook['list']>;

/** Longer takes only what is broken: a disk that has to spin up first knows its free space all the same. */
const PLACE_MS = 8_000;

/** Looks at each place, all at once: one that never answers costs the others nothing (but for the threads of libuv, which are four). */
export async function lookAtPlaces(job: PlacesJob): Promise<ResultLine> {
  const began = performance.now();
  const looked = await Promise.all(job.places.map((place) => inTime(place.path, look(place))));
  return {
    type: 'result',
    kind: 'places',
    exit: WORKER_EXIT.done,
    reason: 'finished',
    durationMs: performance.now() - began,
    places: { mounts: readMountTable(job.mountTable), looked },
  };
}

async function inTime(path: string, looking: Promise<PlaceLook>): Promise<PlaceLook> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<PlaceLook>((resolve) => {
    timer = setTimeout(() => resolve(failed(path, `no answer within ${PLACE_MS / 1000} s`)), PLACE_MS);
  });
  try {
    return await Promise.race([looking, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function look({ path, limit }: PlacesJob['places'][number]): Promise<PlaceLook> {
  try {
    const stat = await statfs(path, { bigint: true });
    const list = limit === 0 ? null : await listed(path, limit);
    return {
      path,
      totalBytes: String(stat.blocks * stat.bsize),
      freeBytes: String(stat.bavail * stat.bsize),
      list,
      error: null,
    };
  } catch (error) {
    return failed(path, errorCode(error).code);
  }
}

async function listed(path: string, limit: number): Promise<Listed> {
  const names = await readdir(path, { encoding: 'buffer' });
  const entries = await Promise.all(names.slice(0, limit).map((name) => entryOf(path, name)));
  return { entries, truncated: names.length > limit };
}

async function entryOf(path: string, bytes: Buffer): Promise<Listed['entries'][number]> {
  const name = nameFromBytes(bytes);
  try {
    const full = Buffer.concat([Buffer.from(`${path}/`), bytes]);
    const stat = await lstat(full, { bigint: true });
    const kind = kindOf(Number(stat.mode));
    const target =
      kind === ENTRY_KIND.symlink ? { target: nameFromBytes(await readlink(full, { encoding: 'buffer' })) } : {};
    const mtimeMs = Number(floorMs(stat.mtimeMs, stat.mtimeNs));
    return { ...target, name, kind, size: String(stat.size), mtimeMs, error: null };
  } catch (error) {
    return { name, kind: ENTRY_KIND.unknown, size: null, mtimeMs: null, error: errorCode(error).code };
  }
}

function failed(path: string, error: string): PlaceLook {
  return { path, totalBytes: null, freeBytes: null, list: null, error };
}
