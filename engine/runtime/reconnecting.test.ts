import { expect, it } from 'vitest';
import { SmartScannerError } from '../../shared/errors.ts';
import { withReconnect } from './reconnecting.ts';
import type { AttemptRef, Runtime } from './runtime.ts';

const REF: AttemptRef = { runtime: 'docker', node: 'tower', attempt: 'a', id: 'container', spool: '/spool/a' };

/** A host that answers at once whether it is there, and whose calls time out so often before they succeed. */
function slow(timeouts: number): { runtime: Runtime; calls: () => number } {
  let calls = 0;
  const call = (): Promise<void> => {
    calls += 1;
    return calls <= timeouts ? Promise.reject(new SmartScannerError('DEADLINE', 'No answer.')) : Promise.resolve();
  };
  const runtime = { kind: 'docker', connect: () => Promise.resolve({}), remove: call, kill: call };
  return { runtime: runtime as unknown as Runtime, calls: () => calls };
}

const HOOKS = { lost: () => undefined, found: () => undefined };

it('what can not be removed although the host answers is left, not tried for ever', { timeout: 30_000 }, async () => {
  const { runtime, calls } = slow(Infinity);
  const never = new AbortController().signal;
  await expect(withReconnect(runtime, HOOKS, never).remove(REF)).rejects.toMatchObject({ code: 'DEADLINE' });
  expect(calls()).toBe(3);
});

it('any other call is made again until it is answered', { timeout: 30_000 }, async () => {
  const { runtime, calls } = slow(4);
  await withReconnect(runtime, HOOKS, new AbortController().signal).kill(REF);
  expect(calls()).toBe(5);
});
