import fc from 'fast-check';
import { joinPath, nameFromBytes, nameKey, type Name, type RelativePath } from '../../shared/names.ts';
import type { SizedDirectory, TreeSource } from '../../engine/plan/divide.ts';
import type { PlanItem } from '../../engine/plan/types.ts';

/** A directory of a made-up tree: how many non-directories it has, how large they are together, and its subdirectories. */
export interface TreeDirectory {
  readonly name: Name;
  readonly files: number;
  readonly bytes: number;
  readonly children: readonly TreeDirectory[];
}

/** A directory of a tree with what a measurer would say of it. */
export interface FlatDirectory {
  readonly id: number;
  readonly parent: FlatDirectory | null;
  readonly path: RelativePath;
  readonly directory: TreeDirectory;
  /** At or below, itself included. */
  entries: number;
  bytes: number;
  readonly children: FlatDirectory[];
}

const name: fc.Arbitrary<Name> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<Name>('a', 'b', 'c', 'films', '.hidden', '.a', 'a b', 'ab', 'a!', 'é', '日本'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(Uint8Array.of(0xff), Uint8Array.of(0x61, 0xe9), Uint8Array.of(0xfe)).map(nameFromBytes),
  },
);

interface Draft {
  readonly name: Name;
  readonly files: number;
  readonly bytes: number;
  readonly children: Draft[];
}

/** Random trees with hidden directories, names that aren't UTF-8, names that are prefixes of one another, chains and fans. */
export const randomTree = treesOf(40);

export function treesOf(maxDirectories: number): fc.Arbitrary<TreeDirectory> {
  return fc
    .array(
      fc.record({
        /** 0: below the directory made last; else any of those made before. */
        under: fc.oneof(fc.constant(0), fc.nat({ max: 1000 })),
        name,
        files: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 60 })),
        bytes: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 400 })),
      }),
      { maxLength: maxDirectories, size: 'max' },
    )
    .map((drafts) => {
      const root: Draft = { name: '', files: 2, bytes: 10, children: [] };
      const all = [root];
      for (const { under, name: own, files, bytes } of drafts) {
        const parent = all[under === 0 ? all.length - 1 : under % all.length] ?? root;
        if (parent.children.some((child) => nameKey(child.name) === nameKey(own))) continue;
        const made: Draft = { name: own, files, bytes, children: [] };
        parent.children.push(made);
        all.push(made);
      }
      return root;
    });
}

/** Parents before children, ids from 1. */
export function flatten(root: TreeDirectory): FlatDirectory[] {
  const all: FlatDirectory[] = [];
  const visit = (directory: TreeDirectory, parent: FlatDirectory | null): FlatDirectory => {
    const path = parent === null ? '' : joinPath(parent.path, directory.name);
    const flat: FlatDirectory = { id: all.length + 1, parent, path, directory, entries: 0, bytes: 0, children: [] };
    all.push(flat);
    for (const child of directory.children) flat.children.push(visit(child, flat));
    flat.entries = flat.children.reduce((sum, child) => sum + child.entries, 1 + directory.files);
    flat.bytes = flat.children.reduce((sum, child) => sum + child.bytes, directory.bytes);
    return flat;
  };
  visit(root, null);
  return all;
}

/**
 * How often each directory and each directory's own files are covered by these roots, as workers and the catalog treat them: a subtree takes
 * all at and below; `own` takes the directory and its files, and whatever subdirectory nobody planned at or below becomes remainder.
 */
export function coverage(tree: readonly FlatDirectory[], roots: readonly PlanItem[]): number[] {
  const times = new Array<number>(tree.length).fill(0);
  const planned = new Set<string>();
  const byPath = new Map(tree.map((flat) => [nameKey(flat.path), flat]));
  for (const root of roots) {
    for (let flat = byPath.get(nameKey(root.path)) ?? null; flat !== null; flat = flat.parent)
      planned.add(nameKey(flat.path));
  }
  const take = (flat: FlatDirectory): void => {
    times[flat.id - 1] = (times[flat.id - 1] ?? 0) + 1;
    for (const child of flat.children) take(child);
  };
  for (const root of roots) {
    const flat = byPath.get(nameKey(root.path));
    if (flat === undefined) throw new Error('A root that is not in the tree.');
    if (root.mode === 'subtree') {
      take(flat);
      continue;
    }
    times[flat.id - 1] = (times[flat.id - 1] ?? 0) + 1;
    for (const child of flat.children) if (!planned.has(nameKey(child.path))) take(child);
  }
  return times;
}

/** Whole numbers below a limit, the same for the same seed: choices within a run that fast-check can repeat. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The tree as a plan from known sizes sees it. */
export function treeSource(tree: readonly FlatDirectory[]): TreeSource<FlatDirectory> {
  const sized = (flat: FlatDirectory): SizedDirectory<FlatDirectory> => ({
    id: flat,
    path: flat.path,
    entries: flat.entries,
    bytes: flat.bytes,
    ownEntries: 1 + flat.directory.files,
    ownBytes: flat.directory.bytes,
    hasSubdirectories: flat.children.length > 0,
  });
  const [root] = tree;
  if (root === undefined) throw new Error('A tree has a root.');
  return { root: sized(root), children: ({ id }) => id.children.map(sized) };
}
