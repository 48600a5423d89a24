import { existsSync } from 'node:fs';
import { dirname } from 'node:path';

/** The deepest directory of this path that is there. */
export function nearestDir(path: string): string {
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  return there;
}
