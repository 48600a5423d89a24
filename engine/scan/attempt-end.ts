import { WORKER_EXIT, type ResultLine } from '../../shared/worker-protocol.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { AttemptEnd } from '../catalog/api.ts';
import type { AttemptStatus } from '../runtime/runtime.ts';

const SIGKILL_STATUS = 137;

/**
 * What an ended attempt means, from what inspect says and from the worker's own result, which counts for more where it is
 * there: a worker with a thread stuck in the kernel writes its result and kills itself (137). `stopping`: we asked it to end.
 */
export function classifyEnd(
  status: AttemptStatus,
  result: ResultLine | null,
  stopping: boolean,
  endedAtMs: number,
): AttemptEnd {
  const end = (outcome: AttemptEnd['outcome'], code: ErrorCode | null, reason: string | null): AttemptEnd => ({
    outcome,
    exitCode: status.exitCode,
    code,
    reason,
    endedAtMs,
  });
  if (result !== null) {
    if (result.exit === WORKER_EXIT.done && result.reason === 'stalled') {
      return end('stalled', 'WORKER_STALLED', 'A system call on the mount never came back.');
    }
    if (result.exit === WORKER_EXIT.done) return end('finished', null, null);
    if (result.exit === WORKER_EXIT.remainder) {
      return result.reason === 'stop-requested' && stopping
        ? end('stopped', null, 'Stopped on request.')
        : end('remainder', null, `Ended early: ${result.reason}.`);
    }
    const code: ErrorCode = result.exit === WORKER_EXIT.badJob ? 'WORKER_PROTOCOL' : 'WORKER_CRASHED';
    return end('crashed', code, result.error ?? `The worker ended with exit code ${result.exit}.`);
  }
  if (stopping) return end('stopped', null, 'Stopped on request.');
  if (status.oomKilled) {
    return end('oom', 'WORKER_OOM', 'The worker ran out of memory and was killed by the kernel.');
  }
  if (status.error !== null && status.error !== '') {
    return end('start-failed', 'WORKER_START', `Failed to start container: ${status.error}`);
  }
  if (status.state === 'gone') {
    return end('lost', 'WORKER_KILLED', 'The worker disappeared without a result.');
  }
  if (status.exitCode === SIGKILL_STATUS) {
    return end('killed', 'WORKER_KILLED', 'The worker was killed from outside (SIGKILL).');
  }
  return end('crashed', 'WORKER_CRASHED', `The worker crashed with exit code ${status.exitCode ?? 'unknown'}.`);
}
