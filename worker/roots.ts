import { constants } from 'node:os';
import { Buffer } from 'node:buffer';
import { lstatSync, statSync, type BigIntStats } from 'node:fs';
import { EXCLUDED_OTHER_FILESYSTEM } from '../shared/shard-schema.ts';
import type { Job } from '../shared/worker-protocol.ts';
import { isDirectory } from './batch.ts';
import { withReachable, type FsPath } from './paths.ts';

const NOT_THROWING = { throwIfNoEntry: false } as const;

export interface RootLook {
  readonly stat: BigIntStats | null;
  /** null: go on and read it. */
  readonly state: 'failed' | 'vanished' | 'excluded' | null;
  readonly reason: string | null;
  readonly syscall: string | null;
}

/**
 * Looks at a root before it is read. Every component below the mount point must still be a real directory: one that became a
 * symbolic link since the plan was made would lead out of the mount. The mount point itself may be reached through one.
 */
export function rootProblem(path: FsPath, mountLength: number, job: Job): RootLook {
  const bytes = typeof path === 'string' ? Buffer.from(path) : path;
  try {
    if (bytes.length <= mountLength + 1)
      return { stat: statSync(path, { bigint: true }), state: null, reason: null, syscall: null };
    for (let end = mountLength + 1; end < bytes.length;) {
      const slash = bytes.indexOf(0x2f, end);
      end = slash < 0 ? bytes.length : slash + 1;
      const prefix = bytes.subarray(0, slash < 0 ? bytes.length : slash);
      const stat = withReachable(typeof path === 'string' ? prefix.toString() : prefix, (short) =>
        lstatSync(short, { bigint: true }),
      );
      if (!isDirectory(Number(stat.mode))) return { stat: null, state: 'vanished', reason: null, syscall: null };
      if (slash < 0) {
        const foreign = !job.crossFilesystems && stat.dev !== statSync(job.mount, { bigint: true }).dev;
        if (foreign) return { stat, state: 'excluded', reason: EXCLUDED_OTHER_FILESYSTEM, syscall: null };
        return { stat, state: null, reason: null, syscall: null };
      }
    }
    return { stat: null, state: 'vanished', reason: null, syscall: null };
  } catch (error) {
    const { code, syscall } = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { stat: null, state: 'vanished', reason: null, syscall };
    return { stat: null, state: 'failed', reason: code, syscall };
  }
}

/**
 * Looks again at a directory that was read by its path. Where a symbolic link took its place, or that of one above it, what was read lies
 * elsewhere, maybe out of the mount. null: it is what was met. Another directory in its place is what is there now, and some file systems
 * (FUSE) give a directory a new inode number at any time: then each component is looked at. `short`: the path as the kernel takes it.
 */
export function leftMeanwhile(
  path: FsPath,
  short: FsPath,
  met: { readonly dev: bigint; readonly ino: number },
  mountLength: number,
  job: Job,
): RootLook | null {
  const now = lstatSync(short, NOT_THROWING);
  // A number alone says little: a symbolic link may get that of the directory whose place it took.
  if (now?.ino === met.ino && now.dev === Number(met.dev) && isDirectory(now.mode)) return null;
  const looked = rootProblem(path, mountLength, job);
  if (looked.state === null) return null;
  // Something was mounted there while it was read: not vanished, and too late for excluded.
  return looked.state === 'excluded' ? { ...looked, state: 'failed', reason: 'EXDEV', syscall: 'lstat' } : looked;
}

export function errorCode(error: unknown): { code: string; syscall: string } {
  const text = (key: string): string | null => {
    const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[key] : undefined;
    return typeof value === 'string' ? value : null;
  };
  const code = text('code') ?? String(error);
  return { code: nameOfUnknown(code) ?? code, syscall: text('syscall') ?? 'unknown' };
}

/** Linux' own, which not even `os.constants` has. */
const LINUX_ERRNO: Readonly<Record<string, number>> = { EUCLEAN: 117, EREMOTEIO: 121, ENOMEDIUM: 123 };

/** Node calls what libuv has no name for (a stale NFS handle among them) "Unknown system error -116". */
function nameOfUnknown(code: string): string | null {
  const number = Number(/^Unknown system error -(\d+)$/u.exec(code)?.[1] ?? NaN);
  const known = [...Object.entries(constants.errno), ...Object.entries(LINUX_ERRNO)];
  return known.find(([, errno]) => errno === number)?.[0] ?? null;
}
