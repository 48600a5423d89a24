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

/**
 * A tree of equal directories below ten, `firstShare` of them below the first; null: all of them side by side. Below each of the ten, eight
 * directories in each.
 */
export function makeWideTree(
  root: string,
  shape: {
    readonly files: number;
    readonly directories: number;
    readonly firstShare: number | null;
    readonly log: (line: string) => void;
  },
): string {
  const { files, directories, firstShare, log } = shape;
  const stamp = JSON.stringify({ files, directories, firstShare });
  const stampFile = `${root}.stamp`;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return root;
  rmSync(root, { recursive: true, force: true });
  log(`Making ${files} files in ${directories} directories at ${root} (once)`);
  const paths: string[] = [];
  const first = Math.round(directories * (firstShare ?? 0));
  const others = Math.ceil((directories - first) / 9);
  if (firstShare === null) for (let index = 0; index < directories; index += 1) paths.push(join(root, `dir-${index}`));
  else
    for (let top = 0; top < 10; top += 1) {
      const below = [join(root, `top-${top}`)];
      for (let parent = 0; below.length < (top === 0 ? first : others); parent += 1)
        for (let child = 0; child < BRANCHING; child += 1) below.push(join(below[parent] ?? root, `dir-${child}`));
      paths.push(...below);
    }
  const each = Math.round(files / paths.length);
  for (const path of paths) {
    mkdirSync(path, { recursive: true });
    for (let index = 0; index < each; index += 1) writeFileSync(`${path}/file-${index}.txt`, '');
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
