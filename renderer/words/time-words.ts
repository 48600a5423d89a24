const MINUTE_MS = 60_000;
const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 24 * 60 * MINUTE_MS],
  ['month', 30 * 24 * 60 * MINUTE_MS],
  ['day', 24 * 60 * MINUTE_MS],
  ['hour', 60 * MINUTE_MS],
  ['minute', MINUTE_MS],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const stamps = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** "3 hours ago"; "just now" within a minute. */
export function ago(thenMs: number, nowMs: number): string {
  const passed = nowMs - thenMs;
  for (const [unit, ms] of STEPS) if (passed >= ms) return relative.format(-Math.floor(passed / ms), unit);
  return 'just now';
}

/** "31 Jan 2026, 18:05", local. */
export function stamp(ms: number): string {
  return stamps.format(ms);
}

const days = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** "31 Jan 2026", local. */
export function day(ms: number): string {
  return days.format(ms);
}
