import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SleepWatch } from './sleep-watch.ts';

let up = 0;
const seen: (number | 'woke')[] = [];
const hooks = { woke: () => void seen.push('woke'), slept: (ms: number) => void seen.push(ms) };

beforeEach(() => {
  vi.useFakeTimers();
  seen.length = 0;
  up = 5_000;
});
afterEach(() => {
  vi.useRealTimers();
});

it('a lid that was closed is noticed, once, also where the system tells of it; a late timer and a clock that is set are not', () => {
  const watch = new SleepWatch(hooks, 10_000, () => up);
  watch.start();
  const pass = (ms: number): void => {
    up += ms;
    vi.advanceTimersByTime(1_000);
  };
  pass(1_000);
  pass(4_000);
  vi.setSystemTime(Date.now() + 3_600_000);
  pass(1_000);
  expect(seen).toEqual([]);
  pass(3_601_000);
  expect(seen).toEqual(['woke', 3_600_000]);
  // The system says so a moment later.
  watch.wake();
  expect(seen).toEqual(['woke', 3_600_000, 'woke']);
  up += 61_000;
  watch.wake();
  expect(seen.slice(3)).toEqual(['woke', 60_000]);
  watch.end();
  pass(99_000);
  expect(seen.length).toBe(5);
});
