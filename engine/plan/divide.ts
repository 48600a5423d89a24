import type { RelativePath } from '../../shared/names.ts';
import type { ChunkLimits, PlanItem } from './types.ts';

/** A directory whose sizes are known: recursive sums (itself counted as one entry), own sums, and whether it has subdirectories. */
export interface SizedDirectory<Id> {
  readonly id: Id;
  readonly path: RelativePath;
  readonly entries: number;
  readonly bytes: number;
  readonly ownEntries: number;
  readonly ownBytes: number;
  readonly hasSubdirectories: boolean;
}

export interface TreeSource<Id> {
  readonly root: SizedDirectory<Id>;
  children(directory: SizedDirectory<Id>): Iterable<SizedDirectory<Id>>;
}

/**
 * Divides a known tree: a directory within both limits is one item; a larger one becomes its own entries and its subdirectories,
 * again and again. A leaf that is larger stays a subtree: it is scanned anyway, with what was made in it since.
 * Iterative, since trees may be deeper than any stack; descends only where it divides.
 */
export function* divide<Id>(source: TreeSource<Id>, limits: ChunkLimits): Generator<PlanItem> {
  const stack = [source.root];
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    const fits = directory.bytes <= limits.bytes && directory.entries <= limits.entries;
    if (fits || !directory.hasSubdirectories) {
      yield { path: directory.path, mode: 'subtree', entries: directory.entries, bytes: directory.bytes };
      continue;
    }
    yield { path: directory.path, mode: 'own', entries: directory.ownEntries, bytes: directory.ownBytes };
    for (const child of source.children(directory)) stack.push(child);
  }
}
