const CODES: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'SQLITE_FULL',
  // SQLite grows the shared memory beside a WAL page by page; nothing else fails with this code.
  'SQLITE_IOERR_SHMSIZE',
  'DISK_FULL',
  'MERGE_DISK_FULL',
]);
/** Where only words come through: of a daemon, and of node:sqlite, which has one code for everything. */
const WORDS = /\bENOSPC\b|no space left on device|disk quota exceeded|database or disk is full/i;

/** Whether an error, or what caused it, says that a disk is full. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && CODES.has(error.code)) return true;
  return WORDS.test(error.message) || isDiskFull(error.cause);
}
