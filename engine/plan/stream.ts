import { nameKey } from '../../shared/names.ts';
import { parentOf } from './complete.ts';
import { chunkOf, fill, pack } from './pack.ts';
import type { ChunkLimits, PlanItem, PlannedChunk } from './types.ts';

/** What is open for company at the same time: first-fit looks at all of it for each item. */
const MAX_OPEN = 64;
/** A chunk this full is given out: hardly anything would still fit. */
const FULL = 0.95;

interface Open {
  items: PlanItem[];
  bytes: number;
  entries: number;
  /** Keys of all directories above its items. */
  above: Set<string>;
}

/**
 * Packs while measuring goes on. Small items wait in open chunks until one is full, until the directory that they hang in is
 * complete (its `own` item is its last) and they would fill half a chunk, or until a slot is idle. Each item comes out once, and a
 * directory's `own` item never before those below it: a subdirectory that its worker meets and nobody has planned counts as forgotten.
 */
export class StreamingPlanner {
  readonly #limits: ChunkLimits;
  #open: Open[] = [];

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
  }

  get waiting(): { items: number; bytes: number; entries: number } {
    const sum = { items: 0, bytes: 0, entries: 0 };
    for (const chunk of this.#open) {
      sum.items += chunk.items.length;
      sum.bytes += chunk.bytes;
      sum.entries += chunk.entries;
    }
    return sum;
  }

  add(item: PlanItem): PlannedChunk[] {
    const { bytes, entries } = item;
    const tooBig = bytes === null || entries === null || bytes > this.#limits.bytes || entries > this.#limits.entries;
    if (tooBig) return [...this.#parentComplete(item), ...this.#takeBelow([item]), chunkOf([item], this.#limits)];
    const home = this.#open.find(
      (chunk) => chunk.bytes + bytes <= this.#limits.bytes && chunk.entries + entries <= this.#limits.entries,
    );
    if (home === undefined) this.#open.push({ items: [item], bytes, entries, above: new Set(keysAbove(item)) });
    else {
      home.items.push(item);
      home.bytes += bytes;
      home.entries += entries;
      for (const key of keysAbove(item)) home.above.add(key);
    }
    const out = this.#take((chunk) => this.#fill(chunk) >= FULL);
    while (this.#open.length > MAX_OPEN) out.push(...this.#takeFullest());
    return [...out, ...this.#parentComplete(item)];
  }

  /** Gives out that many chunks as far as there are, fullest first, and what must not come after them. */
  idle(slots: number): PlannedChunk[] {
    const out: PlannedChunk[] = [];
    for (let slot = 0; slot < slots && this.#open.length > 0; slot += 1) out.push(...this.#takeFullest());
    return out;
  }

  /** Everything that still waits, packed afresh. */
  finish(): PlannedChunk[] {
    const items = this.#open.flatMap((chunk) => chunk.items);
    this.#open = [];
    return pack(items, this.#limits);
  }

  #parentComplete(item: PlanItem): PlannedChunk[] {
    if (item.mode !== 'own') return [];
    const key = nameKey(item.path);
    return this.#take(
      (chunk) =>
        this.#fill(chunk) >= 0.5 &&
        chunk.items.some((member) => {
          const parent = member.mode === 'own' ? member.path : parentOf(member.path);
          return parent !== null && nameKey(parent) === key;
        }),
    );
  }

  #fill(chunk: Open): number {
    return fill(chunk.bytes, chunk.entries, this.#limits);
  }

  #takeFullest(): PlannedChunk[] {
    let fullest = this.#open[0];
    for (const chunk of this.#open)
      if (fullest === undefined || this.#fill(chunk) > this.#fill(fullest)) fullest = chunk;
    return this.#take((chunk) => chunk === fullest);
  }

  #take(wanted: (chunk: Open) => boolean): PlannedChunk[] {
    const taken = this.#open.filter(wanted);
    if (taken.length === 0) return [];
    this.#open = this.#open.filter((chunk) => !taken.includes(chunk));
    const below = this.#takeBelow(taken.flatMap((chunk) => chunk.items));
    return [...below, ...taken.map((chunk) => chunkOf(chunk.items, this.#limits))];
  }

  /** What waits below the directories whose `own` items are among these, and in turn what waits below those. */
  #takeBelow(items: readonly PlanItem[]): PlannedChunk[] {
    const own = items.filter((item) => item.mode === 'own').map((item) => nameKey(item.path));
    return own.length === 0 ? [] : this.#take((chunk) => own.some((key) => chunk.above.has(key)));
  }
}

function* keysAbove(item: PlanItem): Generator<string> {
  for (let path = parentOf(item.path); path !== null; path = parentOf(path)) yield nameKey(path);
}
