/** The hours of the day in which a scan may run, in minutes after midnight of the host's time; `to` before `from` goes over midnight. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

const DAY_MINUTES = 24 * 60;
const MINUTE_MS = 60_000;
const EXAMPLE = 'allowed is FROM-TO in hours and minutes, e.g. 01:00-07:00, or 22:00-06:00 over midnight';

export type ParsedWindow =
  { readonly ok: true; readonly value: Window } | { readonly ok: false; readonly reason: string };

/** From "01:00-07:00"; "24:00" is the end of the day. */
export function parseWindow(text: string): ParsedWindow {
  const [from, to] = (/^\s*(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})\s*$/.exec(text) ?? []).slice(1).map(minutesOf);
  if (from === undefined || to === undefined || from === null || to === null || from === DAY_MINUTES)
    return { ok: false, reason: `"${text}" is no window: ${EXAMPLE}` };
  if (!isWindow({ from, to })) return { ok: false, reason: `"${text}" is a window of no length: ${EXAMPLE}` };
  return { ok: true, value: { from, to } };
}

/** Whether these are minutes of a day that are apart; a whole day is. */
export function isWindow({ from, to }: Window): boolean {
  const isMinute = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= DAY_MINUTES;
  if (!isMinute(from) || !isMinute(to) || from === DAY_MINUTES) return false;
  return from !== to % DAY_MINUTES || (from === 0 && to === DAY_MINUTES);
}

function minutesOf(text: string): number | null {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  const all = hours * 60 + minutes;
  return minutes < 60 && all <= DAY_MINUTES ? all : null;
}

export function formatWindow({ from, to }: Window): string {
  return `${formatMinutes(from)}-${formatMinutes(to)}`;
}

/** "01:00". */
export function formatMinutes(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/**
 * Whether it is open at this moment (ms UTC) where clocks are that many minutes ahead of UTC, and in how many ms that changes.
 */
export function lookAtWindow(
  window: Window,
  atMs: number,
  offsetMinutes: number,
): { open: boolean; changesInMs: number } {
  const day = DAY_MINUTES * MINUTE_MS;
  const now = mod(atMs + offsetMinutes * MINUTE_MS, day);
  const opensIn = mod(window.from * MINUTE_MS - now, day);
  const closesIn = mod(window.to * MINUTE_MS - now, day);
  // What is nearer comes next; a window of a whole day closes and opens in the same moment.
  const open = window.from === window.to % DAY_MINUTES || opensIn === 0 || closesIn < opensIn;
  const isOpen = open && !(closesIn === 0 && opensIn !== 0);
  return { open: isOpen, changesInMs: (isOpen ? closesIn : opensIn) || day };
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
