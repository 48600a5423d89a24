import { describe, expect, it } from 'vitest';
import type { ChunkRow } from '../catalog/api.ts';
import { loadAfter, memoryAfter, OutOfMemory, type Load } from './out-of-memory.ts';

const FULL: Load = { budget: { entries: 1_000_000, bytes: 7, timeMs: null, pendingDirs: null }, threads: 4 };
const chunk = (id: number, entries: number | null = null): ChunkRow => ({ id, entries }) as ChunkRow;
const sizes = ({ budget, threads }: Load): unknown => [budget.entries, threads];

describe('what a chunk is tried with', () => {
  it.each<[string, number, Load, number | null, unknown]>([
    ['all of it at first', 0, FULL, 10, [1_000_000, 4]],
    ['half of it', 1, FULL, null, [500_000, 2]],
    ['half of what it is known to hold, where its budget would not bind', 1, FULL, 3_001, [1_501, 2]],
    ['half of its budget, where it holds more', 1, FULL, 1_400_000, [500_000, 2]],
    ['half again', 2, FULL, null, [250_000, 1]],
    ['one thread and one entry at least', 60, FULL, null, [1, 1]],
    ['an odd number of threads', 1, { ...FULL, threads: 3 }, null, [500_000, 1]],
    ['no known size at all', 1, { ...FULL, budget: { ...FULL.budget, entries: null } }, null, [null, 2]],
  ])('%s', (_what, times, load, known, expected) => {
    const after = loadAfter(times, load, known);
    expect(sizes(after)).toEqual(expected);
    expect(after.budget).toMatchObject({ bytes: 7, timeMs: null, pendingDirs: null });
  });

  it('is each chunk’s own, and what is left of one inherits it', () => {
    const memory = new OutOfMemory();
    memory.met(chunk(1), []);
    memory.met(chunk(1), [chunk(2)]);
    expect([1, 2, 3].map((id) => sizes(memory.loadOf(chunk(id), FULL)))).toEqual([
      [250_000, 1],
      [250_000, 1],
      [1_000_000, 4],
    ]);
    // Its budget ended the next one in order; the rest is as heavy as it was.
    memory.inherit(chunk(2), [chunk(4)]);
    memory.inherit(chunk(3), [chunk(5)]);
    expect([4, 5].map((id) => sizes(memory.loadOf(chunk(id), FULL)))).toEqual([
      [250_000, 1],
      [1_000_000, 4],
    ]);
  });
});

describe('the memory of its worker', () => {
  it.each<[string, number, number, number, number]>([
    ['is the usual at first', 0, 100, 8, 100],
    ['is doubled', 1, 100, 8, 200],
    ['is doubled again', 2, 100, 8, 300],
    ['is at most what the others leave of four fifths of the host', 5, 100, 8, 300],
    ['is the usual where the host has no more', 3, 1000, 8, 1000],
  ])('%s', (_what, times, limitBytes, workers, expected) => {
    // The host has 1,250, of which 1,000 may be promised.
    expect(memoryAfter(times, { limitBytes, hostBytes: 1250, workers })).toBe(expected);
  });
});
