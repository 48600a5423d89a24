import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A copy of the built program whose workers take `ms` more for each directory below `tree`, so that the disk and not the processors sets
 * the pace. Workers get nothing of the environment, so it is written into theirs. Gives the path of its `cli.cjs`.
 */
export function slowProgram(tree: string, ms: number): string {
  const root = join(import.meta.dirname, '..');
  const dist = join(root, '.cache', 'bench-dist');
  rmSync(dist, { recursive: true, force: true });
  cpSync(join(root, 'dist'), dist, { recursive: true });
  const worker = join(dist, 'worker.cjs');
  writeFileSync(join(dist, 'slow.cjs'), slowing(tree, ms));
  writeFileSync(worker, `require('./slow.cjs');\n${readFileSync(worker, 'utf8')}`);
  return join(dist, 'cli.cjs');
}

function slowing(tree: string, ms: number): string {
  return `const fs = require('node:fs');
const cell = new Int32Array(new SharedArrayBuffer(4));
for (const name of ['readdirSync', 'opendirSync']) {
  const original = fs[name];
  fs[name] = (path, ...rest) => {
    if (String(path).startsWith(${JSON.stringify(tree)})) Atomics.wait(cell, 0, 0, ${ms});
    return original(path, ...rest);
  };
}
`;
}
