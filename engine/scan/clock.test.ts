import { expect, it } from 'vitest';
import { steadyNow } from './clock.ts';

const HOUR = 3_600_000;

function held(): { at: { wall: number; ticks: number }; now: () => number; pass: (ms: number) => void } {
  const at = { wall: 1_000_000, ticks: 5 };
  const now = steadyNow(
    () => at.wall,
    () => at.ticks,
  );
  const pass = (ms: number): void => {
    at.wall += ms;
    at.ticks += ms;
  };
  return { at, now, pass };
}

it('a clock that is set back by an hour goes on as it was', () => {
  const { at, now, pass } = held();
  expect(now()).toBe(1_000_000);
  at.wall -= HOUR;
  expect(now()).toBe(1_000_000);
  pass(500);
  expect(now()).toBe(1_000_500);
});

it('one that is set forward is followed, and so is a small correction, but never backwards', () => {
  const { at, now, pass } = held();
  at.wall += HOUR;
  expect(now()).toBe(1_000_000 + HOUR);
  at.wall -= 300;
  expect(now()).toBe(1_000_000 + HOUR);
  pass(1000);
  expect(now()).toBe(1_000_700 + HOUR);
});
