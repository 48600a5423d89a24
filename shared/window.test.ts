import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatWindow, lookAtWindow, parseWindow, type Window } from './window.ts';

const at = (text: string): number => Date.parse(`2026-01-31T${text}:00Z`);
const night: Window = { from: 60, to: 420 };
const overMidnight: Window = { from: 22 * 60, to: 6 * 60 };

describe('a window', () => {
  it.each([
    ['01:00-07:00', '01:00-07:00'],
    [' 1:05 - 7:00 ', '01:05-07:00'],
    ['22:00-06:00', '22:00-06:00'],
    ['00:00-24:00', '00:00-24:00'],
  ])('is read from %s', (text, shown) => {
    const parsed = parseWindow(text);
    expect(parsed.ok && formatWindow(parsed.value)).toBe(shown);
  });

  it.each([
    '',
    '1-7',
    '01:00',
    '01:00-25:00',
    '01:60-07:00',
    '07:00-07:00',
    '24:00-07:00',
    '00:00-00:00',
    'night',
    '01:00-07:00-09:00',
  ])('is not read from "%s", and an example says how', (text) => {
    expect(parseWindow(text)).toEqual({ ok: false, reason: expect.stringContaining('e.g. 01:00-07:00') as string });
  });

  it.each([
    [night, '00:59', 0, false, 1],
    [night, '01:00', 0, true, 360],
    [night, '06:59', 0, true, 1],
    [night, '07:00', 0, false, 18 * 60],
    [overMidnight, '21:59', 0, false, 1],
    [overMidnight, '22:00', 0, true, 480],
    [overMidnight, '00:00', 0, true, 360],
    [overMidnight, '06:00', 0, false, 960],
    // The host is two hours ahead, or half a day behind.
    [night, '23:00', 120, true, 360],
    [night, '01:00', -720, false, 720],
  ])('%j at %s UTC with %i minutes: open %s, changes in %i minutes', (window, time, offset, open, minutes) => {
    expect(lookAtWindow(window, at(time), offset)).toEqual({ open, changesInMs: minutes * 60_000 });
  });

  it('is open for as long as it is wide, whatever the hour, and says when that changes', () => {
    const minute = fc.nat({ max: 1439 });
    fc.assert(
      fc.property(minute, minute, minute, fc.integer({ min: -720, max: 840 }), (from, to, now, offset) => {
        if (from === to) return;
        const start = at('00:00') + now * 60_000;
        const local = (((now + offset) % 1440) + 1440) % 1440;
        const expected = from < to ? local >= from && local < to : local >= from || local < to;
        const { open, changesInMs } = lookAtWindow({ from, to }, start, offset);
        expect(open).toBe(expected);
        expect(changesInMs).toBeGreaterThan(0);
        expect(lookAtWindow({ from, to }, start + changesInMs, offset).open).toBe(!expected);
        expect(lookAtWindow({ from, to }, start + changesInMs - 60_000, offset).open).toBe(expected);
      }),
    );
  });
});
