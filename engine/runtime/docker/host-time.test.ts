import { expect, it } from 'vitest';
import { hostTimeOf } from './host-time.ts';

it.each([
  ['2026-01-31T18:05:09.123456789Z', '2026-01-31T18:05:09.123Z', 0],
  ['2026-01-31T18:05:09.123456789+02:00', '2026-01-31T16:05:09.123Z', 120],
  ['2026-01-31T18:05:09-03:30', '2026-01-31T21:35:09.000Z', -210],
])('%s of a daemon', (text, utc, offsetMinutes) => {
  expect(hostTimeOf(text)).toEqual({ atMs: Date.parse(utc), offsetMinutes });
});
