import { DIR_STATE, FAILED_STALLED } from '../../shared/shard-schema.ts';
import type { AttemptEnd } from './api.ts';

/** Strikes of a directory that was alone with its worker, after which it is set aside. One that was set aside before gets one try. */
const STRIKES = 2;
/** What stands for the system call where a directory ended its worker. */
export const CRASH = 'crash';

/** What is known of the chunk that an attempt was made at. */
export interface Tried {
  readonly alone: boolean;
  readonly strikes: number;
  readonly last: boolean;
  readonly rootCount: number;
}

export interface Verdict {
  readonly strikes: number;
  readonly fate: 'tried-alone' | 'set-aside';
  readonly syscall: string | null;
}

/** Only these blame a directory: what was killed, lost or stopped from outside says nothing about what was being read. */
export function isBlameful(end: Pick<AttemptEnd, 'outcome' | 'code'>): boolean {
  return end.outcome === 'stalled' || (end.outcome === 'crashed' && end.code === 'WORKER_CRASHED');
}

/**
 * Whether this directory of a shard is under suspicion, and what becomes of it: null where it is not. A stall is seen by the worker itself, so
 * it counts however the attempt ended; what was being read when a worker crashed is only suspected until it was alone.
 */
export function judge(
  dir: { readonly id: number; readonly state: number; readonly reason: string | null; readonly syscall: string | null },
  tried: Tried,
  end: Pick<AttemptEnd, 'outcome' | 'code'>,
): Verdict | null {
  const stalled = dir.state === DIR_STATE.failed && dir.reason === FAILED_STALLED;
  const crashed = dir.state === DIR_STATE.reading && end.outcome === 'crashed' && isBlameful(end);
  if (!stalled && !crashed) return null;
  const proven = tried.alone && tried.rootCount === 1 && dir.id === 1;
  const strikes = proven ? tried.strikes + 1 : 0;
  const enough = strikes >= STRIKES || (tried.last && strikes >= 1);
  return { strikes, fate: enough ? 'set-aside' : 'tried-alone', syscall: stalled ? dir.syscall : CRASH };
}
