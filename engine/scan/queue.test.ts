import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ChunkRow } from '../catalog/api.ts';
import { ChunkQueue } from './queue.ts';

const LIMITS = { bytes: 1000, entries: 100 };

function chunk(id: number, bytes: number | null, entries: number | null): ChunkRow {
  return {
    id,
    scanId: 's',
    state: 'queued',
    parentChunk: null,
    bytes,
    entries,
    rootCount: 1,
    label: '',
    firstMode: 'subtree',
    attempts: 0,
    failures: 0,
    reason: null,
    alone: false,
    strikes: 0,
    last: false,
  };
}

function weight({ bytes, entries }: ChunkRow): number {
  return bytes === null || entries === null ? Infinity : Math.max(bytes / LIMITS.bytes, entries / LIMITS.entries);
}

it('gives unknown sizes first, then the largest share of either limit, and the oldest among equals', () => {
  const queue = new ChunkQueue(LIMITS);
  for (const one of [
    chunk(1, 10, 1),
    chunk(2, 5, 90),
    chunk(3, null, 1),
    chunk(4, 500, 2),
    chunk(5, 10, 1),
    chunk(6, 1, null),
  ])
    queue.push(one);
  const order: number[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) order.push(next.id);
  expect(order).toEqual([3, 6, 2, 4, 1, 5]);
  expect(queue.size).toBe(0);
});

it('loses none and doubles none, with chunks coming while others are taken', () => {
  const size = fc.option(fc.nat({ max: 2000 }));
  const action = fc.oneof(fc.constant('pop' as const), fc.tuple(size, fc.option(fc.nat({ max: 200 }))));
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const queue = new ChunkQueue(LIMITS);
      const model: ChunkRow[] = [];
      actions.forEach((what, id) => {
        if (what !== 'pop') {
          const made = chunk(id, ...what);
          queue.push(made);
          model.push(made);
        } else {
          model.sort((a, b) => (weight(a) === weight(b) ? a.id - b.id : weight(b) > weight(a) ? 1 : -1));
          expect(queue.pop()).toBe(model.shift());
        }
        expect(queue.size).toBe(model.length);
      });
    }),
  );
});
