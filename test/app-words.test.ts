import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../engine/doctor/kinds.ts';
import { inAppWords } from '../renderer/words/app-words.ts';

const SHEET = ['fine-tune.tsx', 'new-scan.tsx'].map((name) =>
  readFileSync(join(import.meta.dirname, '..', 'renderer', 'places', 'new-scan', name), 'utf8'),
);
/** What only the command line can do. */
const NOT_IN_THE_APP = ['--image', '--publish', '--take-over', '--db-name', '--yield-to', '--threads'];
const sentences = Object.values(KINDS).flatMap(({ means, advice }) => [means, ...advice]);
const optionsIn = (text: string): string[] => text.match(/--[a-z][a-z-]+/gu) ?? [];

describe('the doctor in the window', () => {
  it('names no option that has something to press there', () => {
    expect(sentences.filter((one) => optionsIn(one).length > 0).length).toBeGreaterThan(20);
    const left = sentences
      .map(inAppWords)
      .filter((one) => optionsIn(one).some((name) => !NOT_IN_THE_APP.includes(name)));
    expect(left).toEqual([]);
  });

  it('names only what the sheet of a new scan has', () => {
    const named = sentences.flatMap((one) => inAppWords(one).match(/“[^”]+”/gu) ?? []);
    const elsewhere = ['“Continue”', '“This computer”'];
    const missing = [...new Set(named)]
      .filter((one) => !elsewhere.includes(one))
      .filter((one) => !SHEET.some((source) => source.includes(one.slice(1, -1))));
    expect(named.length).toBeGreaterThan(10);
    expect(missing).toEqual([]);
  });

  it.each([
    [
      'Leave the directory out with --exclude if you can do without it.',
      'Leave the directory out with a rule under “Leave out” if you can do without it.',
    ],
    ['Go on with it: `smart-scanner scan --resume`.', 'Go on with it: “Continue” on its page.'],
    [
      'Name less with --cpus and --memory, or leave both out.',
      'Name less with “Processors a worker” and “Memory a worker”, or leave both out.',
    ],
    [
      'Scan something first, or name another --data-dir.',
      'Scan something first, or name another data folder (Settings).',
    ],
    ['Nothing of that kind: /mnt/user/--exclusive', 'Nothing of that kind: /mnt/user/--exclusive'],
  ])('says %s', (said, words) => {
    expect(inAppWords(said)).toBe(words);
  });
});
