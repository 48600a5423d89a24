import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  parseInteger,
  parseNumber,
  parseSize,
  type Parsed,
} from './units.ts';

const GIB = 1024 ** 3;

function value(parsed: Parsed): number {
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

describe('a size that a person types', () => {
  it.each([
    ['100', 100 * GIB],
    ['50GB', 50 * GIB],
    ['50 gib', 50 * GIB],
    ['500MiB', 500 * 1024 ** 2],
    ['500mb', 500 * 1024 ** 2],
    ['1.5TB', 1.5 * 1024 ** 4],
    ['0.5', GIB / 2],
    ['4096b', 4096],
    [' 7 kb ', 7 * 1024],
    ['1pb', 1024 ** 5],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toEqual({ ok: true, value: bytes });
  });

  it.each([
    '0',
    '-1',
    '-5GB',
    '0.0000000001',
    '8193PB',
    '1e3',
    'ten',
    '',
    '10 XB',
    '5 GB GB',
    'NaN',
    'Infinity',
    '0x10',
  ])('"%s" is refused with a sentence that names it', (text) => {
    const parsed = parseSize(text);
    expect(parsed).toMatchObject({ ok: false });
    expect(parsed.ok ? '' : parsed.reason).toContain(`"${text}"`);
  });

  it('takes another default unit for memory', () => {
    expect(value(parseSize('512', 'mb'))).toBe(512 * 1024 ** 2);
  });

  it('survives any whole number of bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        expect(value(parseSize(`${bytes}B`))).toBe(bytes);
      }),
    );
  });
});

describe('a number that a person types', () => {
  it.each(['0', '257', '1000', '-1', '1.5', 'many', '', '1e2', '0x2'])('%s is no number of containers', (text) => {
    const parsed = parseInteger(text, { min: 1, max: 256 });
    expect(parsed.ok ? '' : parsed.reason).toContain('from 1 to 256');
  });

  it.each([
    ['1', 1],
    ['256', 256],
    [' 8 ', 8],
  ])('%s is one', (text, number) => {
    expect(parseInteger(text, { min: 1, max: 256 })).toEqual({ ok: true, value: number });
  });

  it('takes decimals where they make sense', () => {
    expect(parseNumber('1.5', { min: 0.01, max: 4096 })).toEqual({ ok: true, value: 1.5 });
    for (const text of ['0', '-1', '4097', '1.', '.5', 'two', '1e1'])
      expect(parseNumber(text, { min: 0.01, max: 4096 }).ok).toBe(false);
  });
});

describe('what is printed', () => {
  it('names binary units, decimal ones when asked', () => {
    expect(formatBytes(value(parseSize('100')))).toBe('100 GiB');
    expect(formatBytes(100 * GIB, 'decimal')).toBe('107 GB');
    expect(formatBytes(0)).toBe('0 B');
    expect(formatBytes(2n ** 63n - 1n)).toMatch(/EiB$/);
  });

  it('groups counts, also beyond what a double holds', () => {
    expect(formatCount(1234567)).toBe('1,234,567');
    expect(formatCount(2n ** 53n + 1n)).toBe('9,007,199,254,740,993');
    expect(formatRate(12345.6, 'files')).toBe('12,346 files/s');
  });

  it('gives durations that can be read', () => {
    expect(formatDuration(3_723_000)).toBe('1h 2m 3s');
    expect(formatDuration(400)).toBe('400ms');
    expect(formatDuration(-5)).toBe(formatDuration(0));
  });
});
