import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseWorkerLine } from './worker-lines.ts';

const hello = {
  type: 'hello',
  protocol: { major: 1, minor: 0 },
  worker: '1',
  node: 'v24',
  shard: 1,
  pid: 7,
  attempt: 'a',
  kind: 'scan',
};

it('reads a line of ours, with fields that a later minor version added', () => {
  expect(parseWorkerLine(JSON.stringify({ ...hello, protocol: { major: 1, minor: 9 }, new: true }))).toEqual({
    type: 'line',
    line: { ...hello, protocol: { major: 1, minor: 9 } },
  });
});

it('refuses a worker of another major version', () => {
  expect(parseWorkerLine(JSON.stringify({ ...hello, protocol: { major: 2, minor: 0 } }))).toEqual({
    type: 'refused',
    found: 2,
  });
});

it('shows what it does not know instead of failing: a type of a later version, a warning of Node, half a line', () => {
  for (const text of [
    '',
    '{"type":"poem"}',
    '(node:7) Warning: x',
    '{"type":"hel',
    'null',
    '[]',
    '7',
    '{"type":"hello"}',
  ])
    expect(parseWorkerLine(text)).toEqual({ type: 'unknown', text });
});

it('never throws, whatever a container prints', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(['line', 'unknown', 'refused']).toContain(parseWorkerLine(text).type);
    }),
  );
});
