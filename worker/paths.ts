import { Buffer } from 'node:buffer';
import { closeSync, openSync } from 'node:fs';

/** An absolute path: text where every name in it is valid UTF-8, else bytes. */
export type FsPath = string | Buffer;

/** Linux takes 4,096 bytes with the closing NUL; some room is left for one more name. */
const MAX_BYTES = 3_800;
const O_PATH = 0o10000000;
const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
const SLASH = 0x2f;

/** Bytes of the mount point's path; what is below it starts one later. */
export function mountLength(job: { readonly mount: string }): number {
  return Buffer.byteLength(job.mount === '/' ? '' : job.mount);
}

export function joinFs(parent: FsPath, name: string | Buffer): FsPath {
  if (typeof parent === 'string' && typeof name === 'string')
    return parent.endsWith('/') ? parent + name : `${parent}/${name}`;
  const left = typeof parent === 'string' ? Buffer.from(parent) : parent;
  const right = typeof name === 'string' ? Buffer.from(name) : name;
  return Buffer.concat([left, Buffer.from('/'), right]);
}

/**
 * Calls `use` with a path that the kernel accepts. Longer ones are opened piece by piece and reached through /proc/self/fd, where
 * there is a /proc. The descriptors are closed afterwards.
 */
export function withReachable<T>(path: FsPath, use: (short: FsPath) => T): T {
  // A JS character is at most three bytes of UTF-8.
  if (path.length * 3 <= MAX_BYTES) return use(path);
  const bytes = typeof path === 'string' ? Buffer.from(path) : path;
  if (bytes.length <= MAX_BYTES || process.platform !== 'linux') return use(path);
  let rest = bytes;
  let fd: number | null = null;
  try {
    while (rest.length > MAX_BYTES) {
      const cut = rest.lastIndexOf(SLASH, MAX_BYTES);
      const next = openSync(rest.subarray(0, cut), O_PATH | O_DIRECTORY | O_NOFOLLOW);
      if (fd !== null) closeSync(fd);
      fd = next;
      rest = Buffer.concat([Buffer.from(`/proc/self/fd/${fd}`), rest.subarray(cut)]);
    }
    return use(typeof path === 'string' ? rest.toString() : rest);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
