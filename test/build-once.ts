import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Every test that starts a worker, the catalog process or the command line runs what ships: the bundles. */
export function setup(): void {
  const root = join(import.meta.dirname, '..');
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs'), '--with-fixtures'], { stdio: 'inherit' });
}
