import { formatDuration } from '../../shared/units.ts';

const SECOND_MS = 1_000;
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

/** "12s", "1h 2m 3s": whole seconds, at least one. What is shorter or finer flickers, and nobody needs it. */
export function lasting(ms: number): string {
  return formatDuration(Math.max(1, Math.round(ms / SECOND_MS)) * SECOND_MS);
}

/** What is left, in steps that are as coarse as the guess: "40s", "12m", "3h 20m". */
export function roughly(ms: number): string {
  const step =
    ms < MINUTE_MS
      ? 5 * SECOND_MS
      : ms < 10 * MINUTE_MS
        ? 30 * SECOND_MS
        : ms < 120 * MINUTE_MS
          ? MINUTE_MS
          : 10 * MINUTE_MS;
  return formatDuration(Math.max(1, Math.round(ms / step)) * step);
}
