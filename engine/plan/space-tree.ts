/**
 * Remaining space of chunks, two-dimensional, as a segment tree over the maximum of each dimension: finds the first chunk with
 * room in near O(log n). Both maxima of a node may come from different chunks, so a descent can fail and go back; largest-first
 * input keeps that rare.
 */
export class SpaceTree {
  readonly #leaves: number;
  readonly #bytes: Float64Array;
  readonly #entries: Float64Array;

  /** Room for `count` chunks, all empty at first. */
  constructor(count: number, limitBytes: number, limitEntries: number) {
    let leaves = 1;
    while (leaves < count) leaves *= 2;
    this.#leaves = leaves;
    this.#bytes = new Float64Array(2 * leaves).fill(limitBytes);
    this.#entries = new Float64Array(2 * leaves).fill(limitEntries);
  }

  /** Takes the space from the first chunk that has it and gives its index. The caller never asks for more than a limit. */
  take(bytes: number, entries: number): number {
    const leaf = this.#find(1, bytes, entries);
    let node = leaf;
    this.#bytes[node] = (this.#bytes[node] ?? 0) - bytes;
    this.#entries[node] = (this.#entries[node] ?? 0) - entries;
    while (node > 1) {
      node >>= 1;
      this.#bytes[node] = Math.max(this.#bytes[2 * node] ?? 0, this.#bytes[2 * node + 1] ?? 0);
      this.#entries[node] = Math.max(this.#entries[2 * node] ?? 0, this.#entries[2 * node + 1] ?? 0);
    }
    return leaf - this.#leaves;
  }

  #find(root: number, bytes: number, entries: number): number {
    const stack = [root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if ((this.#bytes[node] ?? 0) < bytes || (this.#entries[node] ?? 0) < entries) continue;
      if (node >= this.#leaves) return node;
      stack.push(2 * node + 1, 2 * node);
    }
    throw new RangeError('No chunk has room: more items than chunks, or one over the limits.');
  }
}
