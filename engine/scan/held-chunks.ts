import type { ChunkRow } from '../catalog/api.ts';

/** `paused`: waits until somebody resumes it. `stopped`: is not tried any more in this scan. */
export type Wish = 'paused' | 'stopped';

interface Group {
  wish: Wish;
  readonly members: Set<number>;
  waiting: ChunkRow[];
}

/** Single chunks that people asked to pause or to stop. What such a chunk leaves goes the way of the chunk itself. */
export class HeldChunks {
  readonly #groups: Group[] = [];

  /** How many wait. */
  get count(): number {
    return this.#groups.reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  wishOf(id: number): Wish | null {
    return this.#groupOf(id)?.wish ?? null;
  }

  /** Gives what waited and is to be handled anew, where the wish is another one now. */
  hold(id: number, wish: Wish): ChunkRow[] {
    const group = this.#groupOf(id);
    if (group === undefined) {
      this.#groups.push({ wish, members: new Set([id]), waiting: [] });
      return [];
    }
    if (group.wish === wish) return [];
    group.wish = wish;
    const { waiting } = group;
    group.waiting = [];
    return waiting;
  }

  inherit(parent: number, children: readonly ChunkRow[]): void {
    const group = this.#groupOf(parent);
    for (const { id } of children) group?.members.add(id);
  }

  put(chunk: ChunkRow): void {
    this.#groupOf(chunk.id)?.waiting.push(chunk);
  }

  /** Named by any chunk of it. Gives what waited; a chunk that still runs is as any other again. */
  release(id: number): ChunkRow[] {
    const group = this.#groupOf(id);
    if (group === undefined) return [];
    this.#groups.splice(this.#groups.indexOf(group), 1);
    return group.waiting;
  }

  #groupOf(id: number): Group | undefined {
    return this.#groups.find(({ members }) => members.has(id));
  }
}
