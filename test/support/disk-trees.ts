import { Buffer } from 'node:buffer';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { nameToBytes, type RelativePath } from '../../shared/names.ts';
import type { WalkedEntry } from '../fixtures/independent-walk.ts';
import type { FlatDirectory } from './trees.ts';

const MAX_FILES = 12;

/** Makes a random tree on disk: at most a dozen small files a directory, hidden ones among them, and hard links between directories. */
export function makeTree(root: string, tree: readonly FlatDirectory[]): void {
  for (const flat of tree) {
    const dir = bytesBelow(root, flat.path);
    mkdirSync(dir, { recursive: true });
    for (let file = 0; file < Math.min(MAX_FILES, flat.directory.files); file += 1) {
      const name = `${file % 5 === 4 ? '.' : ''}f${file}.${file % 2 === 0 ? 'TXT' : 'mkv'}`;
      writeFileSync(inside(dir, name), 'x'.repeat((flat.id * 37 + file * 911) % 9000));
    }
    if (flat.parent === null) writeFileSync(inside(dir, 'shared'), 'y'.repeat(5000));
    else if (flat.id % 3 === 0) linkSync(inside(Buffer.from(root), 'shared'), inside(dir, 'link'));
  }
}

export function bytesBelow(root: string, path: RelativePath): Buffer {
  return path === '' ? Buffer.from(root) : inside(Buffer.from(root), nameToBytes(path));
}

function inside(dir: Buffer, name: string | Uint8Array): Buffer {
  return Buffer.concat([dir, Buffer.from('/'), typeof name === 'string' ? Buffer.from(name) : name]);
}

export interface WalkedSums {
  files: number;
  directories: number;
  apparent: bigint;
  allocated: bigint;
  /** Allocated, each inode once, where its lowest path in byte order lies. */
  charged: bigint;
}

/** Recursive sums of each directory by its path (latin1 text of its bytes), from find's walk alone. */
export function walkedSums(walk: ReadonlyMap<string, WalkedEntry>): Map<string, WalkedSums> {
  const sums = new Map<string, WalkedSums>();
  for (const [path, entry] of walk)
    if (entry.type === 'd') sums.set(path, { files: 0, directories: 0, apparent: 0n, allocated: 0n, charged: 0n });
  const seen = new Set<bigint>();
  // latin1 text of bytes sorts as bytes.
  for (const path of [...walk.keys()].sort()) {
    const entry = walk.get(path);
    if (entry === undefined) continue;
    const first = !seen.has(entry.ino);
    if (entry.type !== 'd') seen.add(entry.ino);
    const holders =
      path === '' ? [''] : ['', ...prefixes(path)].filter((above) => entry.type === 'd' || above !== path);
    for (const above of holders) {
      const sum = sums.get(above);
      if (sum === undefined) continue;
      if (entry.type === 'd') {
        sum.directories += 1;
        continue;
      }
      sum.files += 1;
      sum.apparent += entry.size;
      sum.allocated += entry.blocks * 512n;
      if (first) sum.charged += entry.blocks * 512n;
    }
  }
  return sums;
}

function prefixes(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}
