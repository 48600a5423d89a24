import { mkdirSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A tree for measuring: seeded, so that every run and every machine walks the same one. */
export interface TreeShape {
  readonly files: number;
  readonly directories: number;
  /** Mean length of a file name, bytes. */
  readonly nameBytes: number;
  readonly seed: number;
}

const EXTENSIONS = ['.mkv', '.jpg', '.txt', '.nfo', '.srt', '.mp3', '.flac', '.pdf'];
const BRANCHING = 8;

/** Makes the tree below `root` unless it is there already (its stamp tells). Gives its root. */
export function makeTree(root: string, shape: TreeShape, log: (line: string) => void): string {
  const stamp = JSON.stringify(shape);
  const stampFile = `${root}.stamp`;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return root;
  rmSync(root, { recursive: true, force: true });
  const random = randomOf(shape.seed);
  log(`Making ${shape.files} files in ${shape.directories} directories at ${root} (once)`);
  const directories = [root];
  mkdirSync(root, { recursive: true });
  for (let parent = 0; directories.length < shape.directories; parent += 1) {
    for (let child = 0; child < BRANCHING && directories.length < shape.directories; child += 1) {
      const path = join(directories[parent] ?? root, `dir-${directories.length.toString(36)}`);
      mkdirSync(path);
      directories.push(path);
    }
  }
  for (let index = 0; index < shape.files; index += 1) {
    const directory = directories[index % directories.length] ?? root;
    const extension = EXTENSIONS[Math.floor(random() * EXTENSIONS.length)] ?? '';
    // Half to one and a half times the mean.
    const length = Math.max(8, Math.round(shape.nameBytes * (0.5 + random())));
    const stem = `${index.toString(36)}-${random().toString(36).slice(2)}`
      .padEnd(length, 'x')
      .slice(0, length - extension.length);
    writeFileSync(`${directory}/${stem}${extension}`, '');
  }
  writeFileSync(stampFile, stamp);
  return root;
}

/** mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
