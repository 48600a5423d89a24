import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SmartScannerError } from '../../shared/errors.ts';
import type { Clock } from './clock.ts';
import { Patience } from './patience.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** By the held timers. */
const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => Date.now(),
  delay: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    }),
};

const never = (): Promise<never> => new Promise(() => undefined);
const after = (ms: number) => (): Promise<string> =>
  clock.delay(ms, new AbortController().signal).then(() => 'answered');

/** How each call ended, by its place; `waits` as long as it hasn't. */
function watch(calls: readonly Promise<unknown>[]): string[] {
  const ends = calls.map(() => 'waits');
  calls.forEach((call, index) => {
    call.then(
      (value) => (ends[index] = String(value)),
      (error: unknown) => (ends[index] = error instanceof SmartScannerError ? error.code : String(error)),
    );
  });
  return ends;
}

it('waits as long as a call takes while nobody is in a hurry, and passes on what it throws', async () => {
  const patience = new Patience(new AbortController().signal, clock);
  const ends = watch([
    patience.wait(after(10_000)),
    patience.wait(never),
    patience.wait(() => Promise.reject(new Error('no'))),
  ]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(ends).toEqual(['answered', 'waits', 'Error: no']);
});

it('gives a call three seconds once somebody is, and none after one that took longer', async () => {
  const hurry = new AbortController();
  const patience = new Patience(hurry.signal, clock);
  const ends = watch([patience.wait(never)]);
  await vi.advanceTimersByTimeAsync(60_000);
  hurry.abort();
  const quick = watch([patience.wait(after(2_900))]);
  await vi.advanceTimersByTimeAsync(2_999);
  expect([ends, quick]).toEqual([['waits'], ['answered']]);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends).toEqual(['INTERRUPTED']);
  const called = vi.fn(never);
  await expect(patience.wait(called)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(called).not.toHaveBeenCalled();
});

it('does not give up a host that answers each call in time, however many there are', async () => {
  const hurry = new AbortController();
  hurry.abort();
  const patience = new Patience(hurry.signal, clock);
  for (let call = 0; call < 5; call += 1) {
    const ends = watch([patience.wait(after(2_000))]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(ends).toEqual(['answered']);
  }
});
