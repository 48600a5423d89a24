import type { AttemptEnd } from '../catalog/api.ts';
import type { AttemptStatus } from '../runtime/runtime.ts';

/** Of a worker whose host stopped answering: as far as is known, it runs. */
export function unseen(error: string): AttemptStatus {
  return {
    state: 'running',
    exitCode: null,
    oomKilled: false,
    startedAtMs: null,
    finishedAtMs: null,
    health: null,
    error,
    raw: null,
  };
}

export function unseenEnd(status: AttemptStatus, endedAtMs: number): AttemptEnd {
  const reason = `The host stopped answering (${status.error ?? 'no reason'}); the worker may still run there.`;
  return { outcome: 'lost', exitCode: null, code: 'DEADLINE', reason, endedAtMs };
}

/** Stopped at once while the host said nothing: nobody knows whether its worker still runs. */
export function unansweredEnd(endedAtMs: number): AttemptEnd {
  const reason =
    'Stopped on request while the host did not answer; its worker may still run there (cleanup removes it).';
  return { outcome: 'stopped', exitCode: null, code: null, reason, endedAtMs };
}
