import type { JobTemplate } from '../runtime.ts';
import { daemonWords } from './client.ts';
import { INSIDE, type BoundFile } from './container-options.ts';

/** Of the first process of the daemon's machine: what is mounted there, and where. Anybody there may read it. */
const MOUNT_TABLE: BoundFile = { source: '/proc/1/mountinfo', target: INSIDE.mountTable };

/** What has to be bound beside the mount for a job that looks further, and that job with the paths that its worker sees. */
export function asSeenInside(job: JobTemplate): { readonly files: readonly BoundFile[]; readonly job: JobTemplate } {
  if (job.kind === 'places') {
    const bound = job.places.map(({ path }, index) => ({
      source: path,
      target: INSIDE.place(index),
      isDirectory: true,
    }));
    const places = job.places.map(({ limit }, index) => ({ path: INSIDE.place(index), limit }));
    return { files: [MOUNT_TABLE, ...bound], job: { ...job, mountTable: INSIDE.mountTable, places } };
  }
  if ((job.kind !== 'probe' && job.kind !== 'list') || job.bound === undefined) return { files: [], job };
  return {
    files: [MOUNT_TABLE],
    job: { ...job, bound: { ...job.bound, mountTable: INSIDE.mountTable } },
  };
}

/** A daemon whose own mounts are private can't bind so that later mounts are seen. */
export function isNoSlave(error: unknown): boolean {
  return /shared or slave mount/iu.test(daemonWords(error));
}

/** Whether the daemon speaks of just this path, and not of one above or below it. */
export function names(words: string, path: string): boolean {
  const escaped = path.replace(/[$()*+.?[\\\]^{|}]/gu, '\\$&');
  return new RegExp(`(?:^|[\\s"':])${escaped}(?:$|[\\s"',:;.](?![\\w/]))`, 'u').test(words);
}
