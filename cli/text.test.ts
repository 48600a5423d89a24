import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameFromBytes } from '../shared/names.ts';
import { fitPath, pathOrMount, safeText, toJsonLine } from './text.ts';

/** What a terminal acts on instead of showing it, and what turns the text around it. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe('a file name on a terminal', () => {
  it.each([
    ['\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['\u009b2J', '\\x9b2J'],
    ['a\nb\rc\td', 'a\\x0ab\\x0dc\\x09d'],
    ['txt.\u202Egpj', 'txt.\\u{202e}gpj'],
    ['a\u200Bb', 'a\\u{200b}b'],
    ['line\u2028end', 'line\\u{2028}end'],
    ['café 日本', 'café 日本'],
    ['emoji 🗂', 'emoji 🗂'],
  ])('%j shows as %s', (name, shown) => {
    expect(safeText(name)).toBe(shown);
  });

  it('can not drive it, whatever bytes it has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(safeText(nameFromBytes(bytes))).not.toMatch(DANGEROUS);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(safeText(name)).not.toMatch(DANGEROUS);
      }),
    );
  });

  it('that is empty is the mount point', () => {
    expect(pathOrMount('')).toBe('(mount point)');
    expect(pathOrMount('a/b')).toBe('a/b');
  });
});

describe('a path in a column', () => {
  it('keeps its end and never is wider', () => {
    expect(fitPath('/mnt/user/Films/A.mkv', 10)).toBe('…lms/A.mkv');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 60 }), (text, width) => {
        const fitted = fitPath(text, width);
        expect(Array.from(fitted).length).toBeLessThanOrEqual(Math.max(width, 2));
        expect(text.endsWith(fitted.replace(/^…/, ''))).toBe(true);
        // Characters outside the basic plane are never cut in two.
        expect(fitted.isWellFormed()).toBe(true);
      }),
    );
  });
});

it('JSON keeps 64-bit sizes exact', () => {
  expect(toJsonLine({ size: 2n ** 63n - 1n, deep: [{ size: 1n }] })).toBe(
    '{"size":"9223372036854775807","deep":[{"size":"1"}]}',
  );
});
