/**
 * A disk that was made read-only, fails, or went away; a lock that somebody who stands still does not let go. SQLite has words of its own for
 * each.
 */
const SQLITE = /^SQLITE_(READONLY|IOERR|CANTOPEN|BUSY)/;
const LOCKED = 'SQLITE_BUSY';
/** Whatever they are about. */
const CODES: ReadonlySet<string> = new Set(['EROFS', 'ESTALE']);
/** Only where they are about a place that was there. */
const CODES_OF_PLACES: ReadonlySet<string> = new Set(['EIO', 'ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO', 'EPERM']);

/**
 * Whether an error, or what caused it, says that a disk can't be written, full ones apart. `isOurs`: the paths whose absence or refusal counts,
 * since not every file that is missing is a disk that is gone.
 */
export function isUnwritable(error: unknown, isOurs: (path: string) => boolean = () => false): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') {
    if (SQLITE.test(error.code) || CODES.has(error.code)) return true;
    const path = 'path' in error && typeof error.path === 'string' ? error.path : null;
    if (CODES_OF_PLACES.has(error.code) && path !== null && isOurs(path)) return true;
  }
  return isUnwritable(error.cause, isOurs);
}

/** Whether it is somebody else's lock. */
export function isLocked(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && typeof error.code === 'string' && error.code.startsWith(LOCKED)) || isLocked(error.cause);
}
