import { access } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The deepest directory of this path that is there. Of a share whose server is gone it never answers, and holds up nobody else. */
export async function nearestDir(path: string): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : await nearestDir(dirname(path));
}
