import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { escapeBytes, joinPath, nameFromBytes, nameKey, NameSchema, nameText, nameToBytes } from './names.ts';

/** Often valid, often nearly: cut characters, overlong forms, surrogates. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 24 }),
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => new Uint8Array(Buffer.from(text))),
  fc
    .array(
      fc.constantFrom([0xc3, 0xa9], [0xc3], [0x80], [0xf0, 0x9f, 0x97, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0x61]),
    )
    .map((parts) => Uint8Array.from(parts.flat())),
);
const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe('a name', () => {
  it('is exactly its bytes again, whatever they are', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        expect(Buffer.from(nameToBytes(nameFromBytes(some)))).toEqual(Buffer.from(some));
      }),
    );
  });

  it('survives JSON and the protocol', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        const name = nameFromBytes(some);
        expect(v.parse(NameSchema, JSON.parse(JSON.stringify(name)))).toEqual(name);
      }),
    );
  });

  it('is text exactly where it is valid UTF-8', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        const valid = equal(Buffer.from(Buffer.from(some).toString('utf8')), some);
        expect(typeof nameFromBytes(some) === 'string').toBe(valid);
      }),
    );
  });

  it('has base64 that every other program reads', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        const name = nameFromBytes(some);
        if (typeof name !== 'string') expect(name.b64).toBe(Buffer.from(some).toString('base64'));
      }),
    );
  });

  it('has the same key as another exactly where the bytes are the same', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(nameKey(nameFromBytes(a)) === nameKey(nameFromBytes(b))).toBe(equal(a, b));
      }),
    );
  });

  it('shows two names that differ only in bad bytes as two', () => {
    expect(nameText(nameFromBytes(Uint8Array.of(0x66, 0xff)))).toBe('f\\xff');
    expect(nameText(nameFromBytes(Uint8Array.of(0x66, 0xfe)))).toBe('f\\xfe');
    expect(escapeBytes(Uint8Array.of(0xc3, 0xa9, 0xc3))).toBe('é\\xc3');
    // Surrogates and overlong forms aren't UTF-8: they must not turn into the characters that they imitate.
    expect(escapeBytes(Uint8Array.of(0xc0, 0xaf))).toBe('\\xc0\\xaf');
    expect(escapeBytes(Uint8Array.of(0xed, 0xa0, 0x80))).toBe('\\xed\\xa0\\x80');
  });

  it('keeps a byte order mark: it is part of the name', () => {
    expect(nameFromBytes(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });
});

describe('a path', () => {
  it('is joined byte by byte, whichever part is not UTF-8', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 9 }),
        fc.uint8Array({ minLength: 1, maxLength: 9 }),
        (a, b) => {
          const joined = joinPath(nameFromBytes(a), nameFromBytes(b));
          expect(Buffer.from(nameToBytes(joined))).toEqual(Buffer.concat([a, Buffer.from('/'), b]));
        },
      ),
    );
  });

  it('below the mount point is just the name', () => {
    expect(joinPath('', 'a')).toBe('a');
    expect(joinPath('a', '')).toBe('a');
    expect(joinPath('a', '.hidden')).toBe('a/.hidden');
  });
});
