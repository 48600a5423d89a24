import type { ChunkRow } from '../catalog/api.ts';

/**
 * The chunks that wait for a worker, largest first among the known; those of unknown size first of all, since they may be
 * anything; what an earlier scan set aside comes last. A binary heap, so that 100,000 chunks queue in no time.
 */
export class ChunkQueue {
  readonly #heap: ChunkRow[] = [];
  readonly #weigh: (chunk: ChunkRow) => number;

  constructor(limits: { readonly bytes: number; readonly entries: number }) {
    this.#weigh = (chunk) => {
      if (chunk.last) return -1;
      if (chunk.bytes === null || chunk.entries === null) return Number.MAX_VALUE;
      return Math.max(chunk.bytes / limits.bytes, chunk.entries / limits.entries);
    };
  }

  get size(): number {
    return this.#heap.length;
  }

  /** What `pop` would give. */
  get next(): ChunkRow | undefined {
    return this.#heap[0];
  }

  push(chunk: ChunkRow): void {
    const heap = this.#heap;
    heap.push(chunk);
    let at = heap.length - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!this.#before(at, up)) break;
      this.#swap(at, up);
      at = up;
    }
  }

  has(id: number): boolean {
    return this.#heap.some((chunk) => chunk.id === id);
  }

  /** Takes this chunk out, wherever it stands. */
  take(id: number): ChunkRow | undefined {
    const found = this.#heap.find((chunk) => chunk.id === id);
    if (found === undefined) return undefined;
    for (const chunk of this.#heap.splice(0)) if (chunk !== found) this.push(chunk);
    return found;
  }

  pop(): ChunkRow | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    let at = 0;
    for (;;) {
      let next = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && this.#before(child, next)) next = child;
      if (next === at) return first;
      this.#swap(at, next);
      at = next;
    }
  }

  #before(left: number, right: number): boolean {
    const a = this.#heap[left];
    const b = this.#heap[right];
    if (a === undefined || b === undefined) return false;
    const difference = this.#weigh(a) - this.#weigh(b);
    return difference === 0 ? a.id < b.id : difference > 0;
  }

  #swap(left: number, right: number): void {
    const a = this.#heap[left];
    const b = this.#heap[right];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
  }
}
