import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameToBytes } from '../../shared/names.ts';
import { budgetFor, firstWorkerBudget } from './budget.ts';
import { compareBytes, pack } from './pack.ts';
import { StreamingPlanner } from './stream.ts';
import type { ChunkLimits, PlanItem } from './types.ts';

const GIB = 1024 ** 3;
const LIMITS: ChunkLimits = { bytes: 1000, entries: 100 };

/** Items that fit; ids as paths. */
const items = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 100 })), { maxLength: 120 })
  .map((sizes) => sizes.map(([bytes, entries], id) => item(`d${id}`, bytes, entries)));

function item(path: string, bytes: number | null, entries: number | null): PlanItem {
  return { path, mode: 'subtree', bytes, entries };
}

describe('packing', () => {
  it('leaves no two chunks that could be one', () => {
    fc.assert(
      fc.property(items, (some) => {
        const chunks = pack(some, LIMITS);
        for (const [index, a] of chunks.entries()) {
          for (const b of chunks.slice(index + 1)) {
            const fits =
              (a.bytes ?? NaN) + (b.bytes ?? NaN) <= LIMITS.bytes &&
              (a.entries ?? NaN) + (b.entries ?? NaN) <= LIMITS.entries;
            expect(fits).toBe(false);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('makes at most 2·bytes/limit + 2·entries/limit + 1 chunks', () => {
    fc.assert(
      fc.property(items, (some) => {
        const bytes = some.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
        const entries = some.reduce((sum, one) => sum + (one.entries ?? 0), 0);
        const bound = (2 * bytes) / LIMITS.bytes + (2 * entries) / LIMITS.entries + 1;
        expect(pack(some, LIMITS).length).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every item once, within the limits, largest chunk first, neighbours in tree order', () => {
    fc.assert(
      fc.property(items, (some) => {
        const chunks = pack(some, LIMITS);
        const paths = chunks.flatMap((chunk) => chunk.items.map(({ path }) => path));
        expect([...paths].sort()).toEqual(some.map(({ path }) => path).sort());
        let before = Number.POSITIVE_INFINITY;
        for (const chunk of chunks) {
          expect(chunk.oversized).toBe(false);
          const fill = Math.max((chunk.bytes ?? NaN) / LIMITS.bytes, (chunk.entries ?? NaN) / LIMITS.entries);
          expect(fill).toBeLessThanOrEqual(Math.min(1, before));
          before = fill;
          const bytes = chunk.items.map(({ path }) => Buffer.from(nameToBytes(path)));
          expect(bytes).toEqual([...bytes].sort((a, b) => Buffer.compare(a, b)));
        }
      }),
    );
  });

  it('puts 5,000 film folders of 8 GB into about 400 chunks, not 5,000', () => {
    const films = Array.from({ length: 5000 }, (_, film) => item(`films/${film}`, 8 * GIB, 12));
    expect(pack(films, { bytes: 100 * GIB, entries: 1_000_000 })).toHaveLength(Math.ceil(5000 / 12));
  });

  it('packs by entries too: 40 million files of nothing are what gets scanners stuck', () => {
    const mail = Array.from({ length: 400 }, (_, box) => item(`mail/${box}`, 0, 100_000));
    expect(pack(mail, { bytes: 100 * GIB, entries: 1_000_000 })).toHaveLength(40);
  });

  it('gives what is over a limit, or of unknown size, a chunk alone', () => {
    const chunks = pack(
      [item('big', 1001, 1), item('small', 1, 1), item('unknown', null, 1), item('many', 1, 101)],
      LIMITS,
    );
    const alone = new Map(chunks.map((chunk) => [chunk.items[0]?.path, chunk]));
    expect(chunks).toHaveLength(4);
    expect(alone.get('big')).toMatchObject({ oversized: true });
    expect(alone.get('many')).toMatchObject({ oversized: true });
    expect(alone.get('unknown')).toMatchObject({ oversized: false, bytes: null });
    expect(alone.get('small')).toMatchObject({ oversized: false });
  });

  it('packs what a NAS may have: 50,000 directories', () => {
    const many = Array.from({ length: 50_000 }, (_, index) =>
      item(`d${index}`, (index * 7919) % 900, 1 + ((index * 31) % 7)),
    );
    const bytes = many.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
    const chunks = pack(many, { bytes: 100_000, entries: 10_000 });
    expect(chunks.flatMap((chunk) => chunk.items)).toHaveLength(50_000);
    expect(chunks.length).toBeLessThan((bytes / 100_000) * 1.05 + 1);
  });

  it('orders bytes as the catalog does', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(Buffer.compare(a, b)));
      }),
    );
  });
});

describe('packing while measuring goes on', () => {
  it('holds small items back until a chunk is full', () => {
    const planner = new StreamingPlanner(LIMITS);
    for (let index = 0; index < 9; index += 1) expect(planner.add(item(`a/${index}`, 100, 1))).toEqual([]);
    expect(planner.waiting).toEqual({ items: 9, bytes: 900, entries: 9 });
    expect(planner.add(item('a/9', 100, 1))).toMatchObject([{ bytes: 1000 }]);
  });

  it('gives them out when a slot would idle, fullest first', () => {
    const planner = new StreamingPlanner(LIMITS);
    planner.add(item('a', 600, 1));
    planner.add(item('b', 700, 1));
    expect(planner.idle(1)).toMatchObject([{ bytes: 700 }]);
    expect(planner.idle(5)).toMatchObject([{ bytes: 600 }]);
    expect(planner.idle(1)).toEqual([]);
  });

  it('gives a half-full chunk out when the directory that it hangs in is complete', () => {
    const planner = new StreamingPlanner(LIMITS);
    expect(planner.add(item('a/b', 600, 1))).toEqual([]);
    expect(planner.add({ path: 'a', mode: 'own', bytes: 0, entries: 1 })).toMatchObject([
      { items: [{ path: 'a' }, { path: 'a/b' }] },
    ]);
  });
});

describe('budgets', () => {
  it('let a chunk of known size grow by half before a remainder is made of it', () => {
    const limits = { bytes: 1000, entries: 100 };
    expect(budgetFor({ bytes: 900, entries: 10 }, limits, 1000)).toEqual({
      bytes: 1350,
      entries: 100,
      timeMs: 1000,
      pendingDirs: null,
    });
    expect(budgetFor({ bytes: null, entries: null }, limits, 1000)).toMatchObject({ bytes: 1000, entries: 100 });
    expect(budgetFor({ bytes: 5000, entries: 7 }, limits, 1000)).toMatchObject({ bytes: 7500, entries: 100 });
  });

  it('never are below what the chunk is known to hold, or it would be split for nothing', () => {
    const size = fc.option(fc.nat());
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1 }), fc.integer({ min: 1 }), (bytes, entries, b, e) => {
        const budget = budgetFor({ bytes, entries }, { bytes: b, entries: e }, 1000);
        expect(budget.bytes).toBeGreaterThanOrEqual(Math.max(b, bytes ?? 0));
        expect(budget.entries).toBeGreaterThanOrEqual(Math.max(e, entries ?? 0));
      }),
    );
  });

  it('end the first worker of a fast start once there is enough for everybody', () => {
    expect(firstWorkerBudget(8)).toEqual({ entries: 50_000, bytes: null, timeMs: 5_000, pendingDirs: 512 });
  });
});
