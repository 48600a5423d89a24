import { expect, it } from 'vitest';
import { logInTurns } from './log-turns.ts';

function frame(text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const LOG = [
  '2026-11-24T21:00:00.000000001Z one\n',
  '2026-11-24T21:00:00.5Z two\n',
  '2026-11-24T21:00:00.5Z two again\n',
  '2026-11-24T21:00:01Z three\n',
];

it('a log that is read in turns gives every line once, also those of one and the same moment, and the last after the end', async () => {
  const ended = new AbortController();
  const asked: string[] = [];
  let known = 2;
  const read = (since: string): Promise<Buffer> => {
    asked.push(since);
    const lines = LOG.slice(0, known).filter((line) => stampOf(line) >= Number(since));
    known += 1;
    if (known > LOG.length) ended.abort();
    return Promise.resolve(Buffer.concat(lines.map(frame)));
  };
  const lines: string[] = [];
  for await (const line of logInTurns(read, ended.signal, new AbortController().signal)) lines.push(line);
  expect(lines).toEqual(['one', 'two', 'two again', 'three']);
  expect(asked.slice(0, 2)).toEqual(['0', `${Date.parse('2026-11-24T21:00:00Z') / 1000}.500000000`]);
});

function stampOf(line: string): number {
  return Date.parse(line.slice(0, line.indexOf('Z') + 1)) / 1000;
}
