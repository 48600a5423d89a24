import { WORKER_EXIT, type ResultLine } from '../../shared/worker-protocol.ts';
import { isDiskFull } from '../../shared/disk-full.ts';
import type { ErrorCode, SmartScannerError } from '../../shared/errors.ts';
import type { AttemptEnd } from '../catalog/api.ts';
import type { AttemptStatus } from '../runtime/runtime.ts';

const SIGKILL_STATUS = 137;
/** A worker that was asked to end before it could listen. */
const SIGTERM_STATUS = 143;
/** What Docker says of containers that it lost sight of: the daemon was restarted, or its shim was killed. */
const LOST_STATUS = 255;
/** What V8 leaves when its heap is full: a trap, an abort, a fault; and its last words. */
const ABORTED: readonly (number | null)[] = [133, 134, 139];
const HEAP_FULL = /(?:heap|JavaScript) out of memory|heap limit|reaching memory limit/iu;

/** Whether the worker's own words are needed to tell what it died of. */
export function isAbort(status: AttemptStatus): boolean {
  return status.state === 'exited' && ABORTED.includes(status.exitCode);
}

const DISK_CODES: ReadonlySet<ErrorCode> = new Set([
  'MERGE_DISK_FULL',
  'DISK_FULL',
  'CATALOG_UNWRITABLE',
  'PAUSE_TIMEOUT',
]);
/** Of shards that aren't whole. */
const SHARD_CODES: ReadonlySet<ErrorCode> = new Set(['SHARD_MISSING', 'SHARD_DAMAGED']);

const HEAP_REASON = 'The worker ran out of memory: its heap was full.';

type Failure = readonly [AttemptEnd['outcome'], ErrorCode, (exit: number | string) => string];

const CRASHED: Failure = ['crashed', 'WORKER_CRASHED', (exit) => `The worker crashed with exit code ${exit}`];
/** Exit codes of a worker that name what was wrong. */
const FAILED_EXITS: Readonly<Record<number, Failure>> = {
  [WORKER_EXIT.badJob]: ['crashed', 'WORKER_PROTOCOL', () => "The worker couldn't read its job"],
  [WORKER_EXIT.mount]: ['mount', 'MOUNT_NOT_LISTABLE', () => 'The mount point went away or does not answer'],
  [WORKER_EXIT.spool]: ['spool', 'SPOOL', () => "The worker couldn't write its spool"],
  [WORKER_EXIT.spoolFull]: ['spool', 'DISK_FULL', () => "The worker couldn't write its spool, its disk is full"],
};

/**
 * What an ended attempt means, from what inspect says and from the worker's own result, which counts for more where it is
 * there: a worker with a thread stuck in the kernel writes its result and kills itself (137). `stopping`: we asked it to end.
 * `problem`: why it left a result that is null here. `words`: the end of what it printed, where it aborted.
 */
export function classifyEnd(
  status: AttemptStatus,
  result: ResultLine | null,
  stopping: boolean,
  endedAtMs: number,
  problem: string | null = null,
  words = '',
): AttemptEnd {
  const end = (outcome: AttemptEnd['outcome'], code: ErrorCode | null, reason: string | null): AttemptEnd => ({
    outcome,
    exitCode: status.exitCode,
    code,
    reason,
    endedAtMs,
  });
  if (result !== null) {
    const ended = result.exit === WORKER_EXIT.done || result.exit === WORKER_EXIT.remainder;
    if (ended && result.reason === 'stalled') {
      return end('stalled', 'WORKER_STALLED', 'A system call on the mount never came back.');
    }
    if (result.exit === WORKER_EXIT.done) return end('finished', null, null);
    if (result.exit === WORKER_EXIT.remainder) {
      // A daemon that is shut down stops its containers so; what had nothing yet has not failed.
      if (result.reason === 'stop-requested' && !stopping && result.totals?.dirsScanned === 0)
        return end('lost', 'WORKER_KILLED', 'The worker was stopped from outside before it had read anything.');
      return result.reason === 'stop-requested' && stopping
        ? end('stopped', null, 'Stopped on request.')
        : end('remainder', null, `Ended early: ${result.reason}.`);
    }
    if (HEAP_FULL.test(result.error ?? '')) return end('oom', 'WORKER_OOM', HEAP_REASON);
    const [outcome, code, what] = FAILED_EXITS[result.exit] ?? CRASHED;
    return end(outcome, code, `${what(result.exit)}${result.error === undefined ? '' : `: ${result.error}`}.`);
  }
  if (stopping) return end('stopped', null, 'Stopped on request.');
  if (status.oomKilled) {
    return end('oom', 'WORKER_OOM', 'The worker ran out of memory and was killed by the kernel.');
  }
  if (isAbort(status) && HEAP_FULL.test(words)) return end('oom', 'WORKER_OOM', HEAP_REASON);
  if (status.error !== null && status.error !== '') {
    return end('start-failed', 'WORKER_START', `Failed to start container: ${status.error}`);
  }
  if (status.state === 'gone') {
    return end('lost', 'WORKER_KILLED', 'The worker disappeared without a result.');
  }
  if (status.exitCode === SIGKILL_STATUS) {
    return end('killed', 'WORKER_KILLED', 'The worker was killed from outside (SIGKILL).');
  }
  if (status.exitCode === SIGTERM_STATUS) {
    return end('lost', 'WORKER_KILLED', 'The worker was stopped from outside (SIGTERM).');
  }
  if (status.exitCode === LOST_STATUS) {
    return end('lost', 'WORKER_KILLED', 'The worker was lost with its daemon (exit code 255).');
  }
  // Only its parent learns the exit code of a process, and that one may be gone.
  if (status.exitCode === null) {
    return end('lost', 'WORKER_KILLED', 'The worker ended without a result while nobody watched it.');
  }
  // A worker that can't write its spool can't leave its result there either.
  const [outcome, code, what] = FAILED_EXITS[status.exitCode] ?? CRASHED;
  const unclear = problem === null ? '' : `, and its result can't be understood: ${problem}`;
  return end(outcome, code, `${what(status.exitCode)}${unclear}.`);
}

/** A full disk is told by name, whatever met it: job, spool or fetched shard. */
export function codeOf(failure: SmartScannerError): ErrorCode {
  return failure.code !== 'MERGE_DISK_FULL' && isDiskFull(failure) ? 'DISK_FULL' : failure.code;
}

/** What a pause for the disk ends with when it is given up. */
export function isOfDisk({ code }: SmartScannerError): boolean {
  return DISK_CODES.has(code);
}

/** The shard is not whole, or not there. */
export function isOfShard({ code }: SmartScannerError): boolean {
  return SHARD_CODES.has(code);
}

/** What an attempt comes to whose shard was not merged. */
export function unharvestedEnd(end: AttemptEnd, failure: SmartScannerError): AttemptEnd {
  // Without a spool there is no whole shard; the worker's own words are the cause.
  if (end.outcome === 'spool' && isOfShard(failure)) return end;
  return { ...end, outcome: 'crashed', code: codeOf(failure), reason: failure.message };
}

export function stoppedEnd(exitCode: number | null, endedAtMs: number): AttemptEnd {
  return { outcome: 'stopped', exitCode, code: null, reason: 'Stopped on request.', endedAtMs };
}
