import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOL_MAJOR, PROTOCOL_MINOR, SPOOL_FILES, type ScanJob } from '../shared/worker-protocol.ts';

const WORKER_THREADS = 2;

/** A worker alone, of a whole tree and without a budget: the command that runs it. Makes the spool, which must not be there yet. */
export function workerOf(mount: string, spool: string): [string, ...string[]] {
  mkdirSync(spool, { recursive: true });
  const job: ScanJob = {
    kind: 'scan',
    protocol: { major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR },
    attempt: 'bench',
    mount,
    spool,
    threads: WORKER_THREADS,
    stallTimeoutMs: 600_000,
    crossFilesystems: false,
    excludes: [],
    roots: [{ path: '', mode: 'subtree' }],
    budget: { entries: null, bytes: null, timeMs: null, pendingDirs: null },
    order: 'depth',
    hashShard: false,
  };
  const file = join(spool, SPOOL_FILES.job);
  writeFileSync(file, JSON.stringify(job));
  return [process.execPath, join(import.meta.dirname, '..', 'dist', 'worker.cjs'), 'scan', file];
}
