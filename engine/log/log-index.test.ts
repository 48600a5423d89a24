import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_FILTER, type LogFilter } from '../../shared/log-view.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { LogIndex } from './log-index.ts';

const line = (level: string, text: string): string => `2026-01-31 18:05:09 - ${level} - ${text}\n`;
const START = [
  line('INFO', 'SMART SCAN of /mnt/x starts'),
  line('ERROR', 'Chunk 3 attempt a1: out of memory'),
  line('ERROR', 'INSPECT chunk 3: {"x":1}'),
  line('ERROR', 'CONTAINER LOG chunk 3: ÄÖ killed'),
  '  a line without a level\n',
  line('WARNING', 'slow disk'),
  line('ERROR', 'Chunk 3 attempt b2: crashed'),
  line('ERROR', 'CONTAINER LOG chunk 3: other'),
  line('INFO', 'PROGRESS 10 files'),
];

function opened(section: { chunkId: number; attemptId: string } | null = null): { index: LogIndex; path: string } {
  const path = join(temporaryDirectory(), 'scan.log');
  writeFileSync(path, START.join(''));
  const index = new LogIndex(path, section);
  readAll(index);
  return { index, path };
}

function readAll(index: LogIndex): void {
  while (index.step());
}

function shown(index: LogIndex, filter: Partial<LogFilter> = {}): string[] {
  index.filter({ ...NO_FILTER, ...filter });
  readAll(index);
  return index.lines(0, 1000).map(({ text }) => text.replace(/^.{22}/u, ''));
}

describe('a log that is looked at', () => {
  it('has every line, and those that come later, also where one comes in two parts', () => {
    const { index, path } = opened();
    expect(index.status(true)).toMatchObject({ total: 9, shown: 9, lastProblem: { number: 7, position: 6 } });
    appendFileSync(path, '2026-01-31 18:05:10 - ERR');
    readAll(index);
    expect(index.status(true).total).toBe(9);
    appendFileSync(path, 'OR - late\nnext');
    readAll(index);
    expect(index.status(true)).toMatchObject({ total: 10, lastProblem: { number: 10 } });
    expect(index.lines(9, 5)).toEqual([{ number: 10, text: '2026-01-31 18:05:10 - ERROR - late' }]);
    index.close();
  });

  it('shows what level, text or expression let through, and says what is no expression', () => {
    const { index } = opened();
    expect(shown(index, { level: 'errors' })).toHaveLength(5);
    expect(shown(index, { level: 'warnings' })).toHaveLength(6);
    expect(shown(index, { text: 'äö KILLED' })).toEqual(['ERROR - CONTAINER LOG chunk 3: ÄÖ killed']);
    expect(shown(index, { text: 'chunk \\d attempt', isPattern: true })).toHaveLength(2);
    expect(shown(index, { text: 'chunk \\d attempt' })).toEqual([]);
    expect(shown(index, { text: '(', isPattern: true })).toEqual([]);
    expect(index.status(true).filterProblem).toBe('This is no regular expression.');
    expect(shown(index)).toHaveLength(9);
    expect(index.status(true).filterProblem).toBeNull();
    index.close();
  });

  it('says where in a line the text or the expression is', () => {
    const { index } = opened();
    const marked = (filter: Partial<LogFilter>): (string[] | undefined)[] => {
      shown(index, filter);
      return index.lines(0, 1000).map(({ text, marks }) => marks?.map(([from, to]) => text.slice(from, to)));
    };
    expect(marked({ text: 'ERROR' }).slice(0, 2)).toEqual([['ERROR'], ['ERROR']]);
    expect(marked({ text: 'c', level: 'warnings' }).at(-1)).toEqual(['C', 'c']);
    expect(marked({ text: 'chunk \\d|killed|$', isPattern: true })[3]).toEqual(['chunk 3', 'killed']);
    expect(marked({}).every((marks) => marks === undefined)).toBe(true);
    index.close();
  });

  it('goes from problem to problem, with the evidence of one as a part of it', () => {
    const { index } = opened();
    expect([index.problem(-1, true), index.problem(1, true), index.problem(5, true)]).toEqual([1, 5, null]);
    expect([index.problem(8, false), index.problem(5, false)]).toEqual([5, 1]);
    shown(index, { text: 'crashed' });
    expect(index.status(true)).toMatchObject({ lastProblem: { number: 7, position: 0 } });
    expect(index.problem(-1, true)).toBe(0);
    index.close();
  });

  it('of one attempt is what its worker left in the log of the scan', () => {
    expect(shown(opened({ chunkId: 3, attemptId: 'a1' }).index)).toEqual([
      'ERROR - Chunk 3 attempt a1: out of memory',
      'ERROR - INSPECT chunk 3: {"x":1}',
      'ERROR - CONTAINER LOG chunk 3: ÄÖ killed',
    ]);
    expect(shown(opened({ chunkId: 3, attemptId: 'b2' }).index)).toHaveLength(2);
    expect(shown(opened({ chunkId: 4, attemptId: 'a1' }).index)).toEqual([]);
  });

  it('is read anew where the file began anew, and waited for where it is not there yet', () => {
    const { index, path } = opened();
    const { generation } = index.status(true);
    writeFileSync(path, line('INFO', 'rotated'));
    readAll(index);
    expect(index.status(true)).toMatchObject({ total: 1, lastProblem: null });
    expect(index.status(true).generation).toBeGreaterThan(generation);
    rmSync(path);
    expect(index.step()).toBe(false);
    const later = new LogIndex(path, null);
    expect(later.step()).toBe(false);
    appendFileSync(path, 'x\n');
    readAll(later);
    expect(later.lines(0, 10)).toEqual([{ number: 1, text: 'x' }]);
    later.close();
    index.close();
  });

  it('gives all of a long line to a file, and a part of it to the window', () => {
    const { index, path } = opened();
    appendFileSync(path, `${'y'.repeat(50_000)}\n`);
    readAll(index);
    expect(index.lines(9, 1)[0]?.text).toHaveLength(2_002);
    expect([...index.text(9, 10)][0]).toHaveLength(50_000);
    index.close();
  });
});
