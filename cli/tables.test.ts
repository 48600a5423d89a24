import { expect, it } from 'vitest';
import { plainTable } from './tables.ts';

it('is plain columns that can be read, grepped and pasted', () => {
  const table = plainTable(['Files', 'Name'], ['right', 'left']);
  table.push(['7', 'films'], ['1,234', 'mail']);
  expect(
    table
      .toString()
      .split('\n')
      .map((line) => line.trimEnd()),
  ).toEqual(['Files  Name', '    7  films', '1,234  mail']);
});

it('has no colour codes: a pipe gets what the eye sees', () => {
  const table = plainTable(['A'], ['left']);
  table.push(['b']);
  expect(table.toString()).not.toContain(String.fromCharCode(27));
});
