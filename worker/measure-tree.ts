import { joinPath, nameFromBytes, type RelativePath } from '../shared/names.ts';
import type { MeasuredItem } from '../shared/worker-protocol.ts';

export interface MeasureBatch {
  readonly records: readonly {
    readonly id: number;
    /** Non-directories and excluded directories in this part. */
    readonly entries: number;
    readonly bytes: number;
    readonly children: readonly { readonly id: number; readonly name: string | Uint8Array }[];
    /** How many parts the directory came in; 0 where a part doesn't know yet. */
    readonly parts: number;
  }[];
}

interface Node {
  readonly id: number;
  readonly parent: Node | null;
  readonly name: string | Uint8Array;
  /** Itself and its own entries; -1 while unread. */
  ownEntries: number;
  ownBytes: number;
  entries: number;
  bytes: number;
  partsSeen: number;
  partsTotal: number;
  openChildren: number;
  divided: boolean;
  /** Finished children that have not been told about, while it may still stay whole. */
  finished: MeasuredItem[];
}

/**
 * Turns sums of single directories into plan items. A directory whose running sum passes a limit is divided: its finished
 * children are told as subtrees, later ones as they finish, its own entries last. What stays within the limits is told by whoever is
 * divided above it, so the output is as small as the plan. Completed subtrees are forgotten.
 */
export class MeasureTree {
  readonly #nodes = new Map<number, Node>();
  /** Records that came before their directory was known: threads don't wait for one another. */
  readonly #early = new Map<number, MeasureBatch['records'][number][]>();
  readonly #limits: { readonly bytes: number; readonly entries: number };
  readonly #emit: (item: MeasuredItem) => void;

  constructor(
    rootId: number,
    limits: { readonly bytes: number; readonly entries: number },
    emit: (item: MeasuredItem) => void,
  ) {
    this.#limits = limits;
    this.#emit = emit;
    this.#add(rootId, null, '');
  }

  get complete(): boolean {
    return this.#nodes.size === 0;
  }

  record(record: MeasureBatch['records'][number]): void {
    const node = this.#nodes.get(record.id);
    if (node === undefined) {
      const waiting = this.#early.get(record.id);
      if (waiting === undefined) this.#early.set(record.id, [record]);
      else waiting.push(record);
      return;
    }
    if (node.ownEntries < 0) node.ownEntries = node.entries = 1;
    node.ownEntries += record.entries;
    node.ownBytes += record.bytes;
    node.entries += record.entries;
    node.bytes += record.bytes;
    node.partsSeen += 1;
    if (record.parts > 0) node.partsTotal = record.parts;
    node.openChildren += record.children.length;
    this.#check(node);
    const early: MeasureBatch['records'][number][] = [];
    for (const child of record.children) {
      this.#add(child.id, node, child.name);
      early.push(...(this.#early.get(child.id) ?? []));
      this.#early.delete(child.id);
    }
    this.#complete(node);
    for (const one of early) this.record(one);
  }

  /** Time is up: what was read is divided, what wasn't is told with unknown sizes. */
  giveUp(): void {
    // Children have higher ids than their parents and are told before them.
    const open = [...this.#nodes.values()].sort((a, b) => b.id - a.id);
    for (const node of open) {
      if (node.ownEntries < 0 || node.partsSeen !== node.partsTotal) {
        for (const item of node.finished) this.#emit(item);
        if (node.parent !== null) this.#divide(node.parent);
        // Half-read: its children that were told stay told, the scan of its own entries meets the others.
        const told = node.divided || node.openChildren > 0 || node.finished.length > 0;
        const read = node.ownEntries >= 0 && told;
        this.#emit({ path: pathOf(node), mode: read ? 'own' : 'subtree', entries: null, bytes: null });
      } else {
        this.#divide(node);
        this.#emitOwn(node);
      }
    }
    this.#nodes.clear();
  }

  #add(id: number, parent: Node | null, name: string | Uint8Array): void {
    this.#nodes.set(id, {
      id,
      parent,
      name,
      ownEntries: -1,
      ownBytes: 0,
      entries: 0,
      bytes: 0,
      partsSeen: 0,
      partsTotal: -1,
      openChildren: 0,
      divided: false,
      finished: [],
    });
  }

  #complete(start: Node): void {
    for (
      let node: Node | null = start;
      node !== null && node.partsSeen === node.partsTotal && node.openChildren === 0;
    ) {
      this.#nodes.delete(node.id);
      const parent: Node | null = node.parent;
      if (node.divided) this.#emitOwn(node);
      else {
        const item: MeasuredItem = {
          path: pathOf(node),
          mode: 'subtree',
          entries: node.entries,
          bytes: String(node.bytes),
        };
        if (parent === null || parent.divided) this.#emit(item);
        else parent.finished.push(item);
      }
      if (parent !== null) {
        parent.openChildren -= 1;
        parent.entries += node.entries;
        parent.bytes += node.bytes;
        this.#check(parent);
      }
      node = parent;
    }
  }

  #check(node: Node): void {
    if (node.divided || (node.bytes <= this.#limits.bytes && node.entries <= this.#limits.entries)) return;
    // A directory without subdirectories can't be divided; whoever holds it can.
    this.#divide(node.openChildren > 0 || node.finished.length > 0 ? node : node.parent);
  }

  /** Divides it and everything above: they are at least as large. */
  #divide(start: Node | null): void {
    for (let node = start; node !== null && !node.divided; node = node.parent) {
      node.divided = true;
      for (const item of node.finished) this.#emit(item);
      node.finished = [];
    }
  }

  #emitOwn(node: Node): void {
    this.#emit({ path: pathOf(node), mode: 'own', entries: node.ownEntries, bytes: String(node.ownBytes) });
  }
}

function pathOf(node: Node): RelativePath {
  const names: (string | Uint8Array)[] = [];
  for (let at: Node = node; at.parent !== null; at = at.parent) names.push(at.name);
  let path: RelativePath = '';
  for (const name of names.reverse()) path = joinPath(path, typeof name === 'string' ? name : nameFromBytes(name));
  return path;
}
