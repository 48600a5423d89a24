import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nameKey } from '../../shared/names.ts';
import type { MeasuredItem } from '../../shared/worker-protocol.ts';
import { MeasureTree, type MeasureBatch } from '../../worker/measure-tree.ts';
import {
  coverage,
  flatten,
  randomNumbers,
  randomTree,
  treeSource,
  type FlatDirectory,
} from '../../test/support/trees.ts';
import { completingItems } from './complete.ts';
import { divide } from './divide.ts';
import { pack } from './pack.ts';
import { packRemainder } from './remainder.ts';
import { StreamingPlanner } from './stream.ts';
import type { ChunkLimits, PlanItem, PlannedChunk } from './types.ts';

const limits: fc.Arbitrary<ChunkLimits> = fc.record({
  bytes: fc.integer({ min: 1, max: 600 }),
  entries: fc.integer({ min: 1, max: 120 }),
});

/** What a walker reports of each directory, in any order and in one to three parts, as the measuring worker gets it. */
const measured = fc.tuple(randomTree.map(flatten), limits, fc.nat()).map(([tree, limit, seed]) => {
  const draw = randomNumbers(seed);
  const records = tree
    .flatMap((flat) => recordsOf(flat, 1 + draw(3)))
    .map((record) => ({ record, at: draw(1_000_000) }))
    .sort((left, right) => left.at - right.at)
    .map(({ record }) => record);
  return { tree, limits: limit, records, draw };
});

type Measured = MeasureBatch['records'][number];

function recordsOf(flat: FlatDirectory, parts: number): Measured[] {
  const children = flat.children.map(({ id, directory }) => ({
    id,
    name: typeof directory.name === 'string' ? directory.name : Buffer.from(directory.name.b64, 'base64'),
  }));
  return Array.from({ length: parts }, (_, part) => {
    const last = part === parts - 1;
    const share = (total: number): number =>
      Math.floor(((part + 1) * total) / parts) - Math.floor((part * total) / parts);
    return {
      id: flat.id,
      entries: share(flat.directory.files),
      bytes: share(flat.directory.bytes),
      children: children.filter((_child, index) => index % parts === part),
      parts: last ? parts : 0,
    };
  });
}

function itemOf(item: MeasuredItem): PlanItem {
  return {
    path: item.path,
    mode: item.mode,
    entries: item.entries,
    bytes: item.bytes === null ? null : Number(item.bytes),
  };
}

/** Feeds records to the measurer and its items to the planner, with slots idling now and then. */
function plan(
  { limits: limit, draw }: { limits: ChunkLimits; draw: (below: number) => number },
  records: readonly Measured[],
  giveUp: boolean,
  onOut: (out: readonly PlannedChunk[]) => void = () => undefined,
): { items: PlanItem[]; chunks: PlannedChunk[] } {
  const planner = new StreamingPlanner(limit);
  const chunks: PlannedChunk[] = [];
  const items: PlanItem[] = [];
  const give = (out: readonly PlannedChunk[]): void => {
    if (out.length > 0) onOut(out);
    chunks.push(...out);
  };
  const measurer = new MeasureTree(1, limit, (line) => {
    const item = itemOf(line);
    items.push(item);
    give(planner.add(item));
    if (draw(4) === 0) give(planner.idle(1 + draw(3)));
  });
  for (const record of records) measurer.record(record);
  expect(measurer.complete).toBe(!giveUp);
  if (giveUp) measurer.giveUp();
  give(planner.finish());
  expect(planner.waiting).toEqual({ items: 0, bytes: 0, entries: 0 });
  return { items, chunks };
}

const rootsOf = (chunks: readonly PlannedChunk[]): PlanItem[] => chunks.flatMap((chunk) => [...chunk.items]);

it('measured: every entry is in exactly one root, whatever order directories complete in', () => {
  fc.assert(
    fc.property(measured, (run) => {
      const { chunks } = plan(run, run.records, false);
      expect(coverage(run.tree, rootsOf(chunks))).toEqual(run.tree.map(() => 1));
      const sum = (key: 'bytes' | 'entries'): number => chunks.reduce((total, chunk) => total + (chunk[key] ?? NaN), 0);
      expect(sum('entries')).toBe(run.tree[0]?.entries);
      expect(sum('bytes')).toBe(run.tree[0]?.bytes);
    }),
    { numRuns: 150 },
  );
});

it('measured: chunks keep to the limits unless one thing alone is over them', () => {
  fc.assert(
    fc.property(measured, (run) => {
      for (const chunk of plan(run, run.records, false).chunks) {
        const over = (chunk.bytes ?? NaN) > run.limits.bytes || (chunk.entries ?? NaN) > run.limits.entries;
        expect(chunk.oversized).toBe(over);
        if (over) expect(chunk.items).toHaveLength(1);
      }
    }),
    { numRuns: 150 },
  );
});

it('measured: own entries never go out before what is planned below them, or a worker would take that for forgotten and scan it twice', () => {
  fc.assert(
    fc.property(measured, (run) => {
      const out = new Set<string>();
      const seen: string[][] = [];
      const { items } = plan(run, run.records, false, (chunks) => {
        for (const root of rootsOf(chunks)) out.add(`${root.mode} ${nameKey(root.path)}`);
        seen.push([...out]);
      });
      const below = (own: PlanItem): PlanItem[] => {
        const flat = run.tree.find((one) => nameKey(one.path) === nameKey(own.path));
        return items.filter((item) => {
          let at = run.tree.find((one) => nameKey(one.path) === nameKey(item.path))?.parent ?? null;
          while (at !== null && at !== flat) at = at.parent;
          return at !== null;
        });
      };
      for (const own of items.filter((item) => item.mode === 'own')) {
        const first = seen.find((keys) => keys.includes(`own ${nameKey(own.path)}`)) ?? [];
        for (const item of below(own)) expect(first).toContain(`${item.mode} ${nameKey(item.path)}`);
      }
    }),
    { numRuns: 150 },
  );
});

it('measuring that ran out of time: what was not read is planned without a size, nothing twice, nothing left out', () => {
  fc.assert(
    fc.property(measured, fc.double({ min: 0, max: 0.99, noNaN: true }), (run, share) => {
      const some = run.records.slice(0, Math.floor(run.records.length * share));
      const { chunks } = plan(run, some, true);
      expect(coverage(run.tree, rootsOf(chunks))).toEqual(run.tree.map(() => 1));
    }),
    { numRuns: 300 },
  );
});

it('measuring that broke off: the items that came are completed to a whole plan', () => {
  fc.assert(
    fc.property(measured, fc.double({ min: 0, max: 1, noNaN: true }), (run, share) => {
      const items: PlanItem[] = [];
      const measurer = new MeasureTree(1, run.limits, (line) => items.push(itemOf(line)));
      for (const record of run.records) measurer.record(record);
      const came = items.slice(0, Math.floor(items.length * share));
      expect(coverage(run.tree, [...came, ...completingItems(came)])).toEqual(run.tree.map(() => 1));
    }),
    { numRuns: 150 },
  );
});

it('from a published tree: dividing and packing keeps every entry in exactly one root', () => {
  fc.assert(
    fc.property(randomTree.map(flatten), limits, (tree, limit) => {
      const items = [...divide(treeSource(tree), limit)];
      const chunks = pack(items, limit);
      expect(coverage(tree, rootsOf(chunks))).toEqual(tree.map(() => 1));
      for (const item of items) {
        if (item.mode === 'own') continue;
        const flat = tree.find((one) => nameKey(one.path) === nameKey(item.path));
        const over = (item.bytes ?? NaN) > limit.bytes || (item.entries ?? NaN) > limit.entries;
        // What is over a limit stays whole only where it can't be divided.
        if (over) expect(flat?.children).toEqual([]);
      }
    }),
    { numRuns: 150 },
  );
});

it('a remainder is packed without losing or doubling a root', () => {
  const item: fc.Arbitrary<PlanItem> = fc.record({
    path: fc.string({ minLength: 1 }),
    mode: fc.constantFrom('subtree', 'own'),
    entries: fc.option(fc.nat({ max: 200 })),
    bytes: fc.option(fc.nat({ max: 900 })),
  });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 60 }), limits, fc.integer({ min: 0, max: 70 }), (items, limit, parts) => {
      const chunks = packRemainder(items, limit, parts);
      const keys = (list: readonly PlanItem[]): string[] => list.map((one) => JSON.stringify(one)).sort();
      expect(keys(rootsOf(chunks))).toEqual(keys(items));
      for (const chunk of chunks) expect(chunk.items.length).toBeGreaterThan(0);
      const unknown = items.filter((one) => one.entries === null || one.bytes === null).length;
      const unsized = chunks.filter((chunk) => chunk.entries === null || chunk.bytes === null).length;
      expect(unsized).toBe(Math.min(unknown, Math.max(1, parts)));
    }),
  );
});
