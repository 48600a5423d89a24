import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatLine, localStamp, oneLine, utcOffset } from './format.ts';

it('has the form that log tools of the original know', () => {
  const atMs = new Date(2026, 0, 31, 18, 5, 9).getTime();
  expect(formatLine({ atMs, level: 'WARNING', text: 'x' })).toBe('2026-01-31 18:05:09 - WARNING - x');
});

it('states any time that a file may have', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-30'), noInvalidDate: true }), (date) => {
      const stamp = localStamp(date.getTime());
      expect(stamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      // Read back as local time it is the same second.
      expect(Math.floor(new Date(stamp.replace(' ', 'T')).getTime() / 1000)).toBe(Math.floor(date.getTime() / 1000));
    }),
  );
  expect(localStamp(9e15)).toBe('out of range');
  expect(localStamp(-2_208_988_800_000)).toMatch(/^(1899|1900)-/);
});

it.each([
  ['UTC', '+00:00'],
  ['Asia/Kolkata', '+05:30'],
  ['America/St_Johns', '-03:30'],
])('states the zone %s as %s', (zone, offset) => {
  const before = process.env['TZ'];
  process.env['TZ'] = zone;
  try {
    expect(utcOffset(0)).toBe(offset);
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
});

it('is one line for one event, whatever a file is called', () => {
  expect(oneLine('a\nb\r\u001b[2Jc\td\u2028e\u0085')).toBe('a\\x0ab\\x0d\\x1b[2Jc d\\x2028e\\x85');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(oneLine(text)).not.toMatch(/\p{Cc}|\u2028|\u2029/u);
    }),
  );
});
