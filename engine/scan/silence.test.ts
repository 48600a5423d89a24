import { expect, it } from 'vitest';
import { Silence } from './silence.ts';

it('grows look by look and ends with a word', () => {
  const silence = new Silence(0);
  for (let second = 1; second <= 5; second += 1) expect(silence.look(second * 1000)).toBe(second * 1000);
  silence.heard();
  expect(silence.look(6000)).toBe(1000);
});

it('does not count the time in which nobody looked', () => {
  const silence = new Silence(0);
  expect(silence.look(1000)).toBe(1000);
  // Suspended for an hour.
  expect(silence.look(3_601_000)).toBe(3000);
  // A clock that steps back.
  expect(silence.look(1000)).toBe(3000);
});
