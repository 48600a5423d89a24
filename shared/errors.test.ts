import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertNever,
  ERROR_CODES,
  errorFromJson,
  errorToJson,
  EXIT,
  SmartScannerError,
  toSmartScannerError,
  type ErrorCode,
  type ErrorJson,
} from './errors.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('an error', () => {
  it('crosses a process boundary whole: code, sentence, what to do and what was seen', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(
        fc.constantFrom(...codes),
        fc.string(),
        fc.option(fc.string(), { nil: undefined }),
        fc.dictionary(fc.string(), value),
        (code, message, hint, evidence) => {
          const error = new SmartScannerError(code, message, { ...(hint === undefined ? {} : { hint }), evidence });
          const back = errorFromJson(JSON.parse(JSON.stringify(errorToJson(error))) as ErrorJson);
          expect(back).toBeInstanceOf(SmartScannerError);
          expect({ ...errorToJson(back) }).toEqual({ ...errorToJson(error) });
          expect(back.exitStatus).toBe(ERROR_CODES[code]);
        },
      ),
    );
  });

  it('of somebody else becomes INTERNAL and keeps its stack, so that a report tells where', () => {
    const json = errorToJson(new TypeError('boom'));
    expect(json).toMatchObject({ code: 'INTERNAL', message: 'boom' });
    expect(errorFromJson(json).stack).toContain('errors.test.ts');
    expect(errorToJson('a thrown text')).toMatchObject({ code: 'INTERNAL', message: 'a thrown text' });
  });

  it('keeps its cause, and one that is ours already stays itself', () => {
    const cause = new Error('underneath');
    expect(toSmartScannerError(cause)).toMatchObject({ code: 'INTERNAL', message: 'underneath', cause });
    const ours = new SmartScannerError('USAGE', 'no');
    expect(toSmartScannerError(ours)).toBe(ours);
  });

  it('ends a command with a status that scripts know', () => {
    const known = new Set<number>(Object.values(EXIT));
    for (const code of codes) expect(known).toContain(ERROR_CODES[code]);
    expect(new SmartScannerError('MERGE_DISK_FULL', '').exitStatus).toBe(2);
    expect(new SmartScannerError('SCAN_RUNNING', '').exitStatus).toBe(3);
    expect(new SmartScannerError('MOUNT_NAME_TAKEN', '').exitStatus).toBe(64);
  });

  it('names the value of a union that nobody thought of', () => {
    expect(() => assertNever('surprise' as never)).toThrow('"surprise"');
  });
});
