import { nameText } from './names.ts';
import type { ScanProblem } from './snapshot.ts';

/** Its folder and the reason, for a line of its own. What names a path of its own stays as it is. */
export function problemText({ code, label, text }: Pick<ScanProblem, 'code' | 'label' | 'text'>): string {
  // A scan of an older version tells no folder.
  const folder = label ?? null;
  return folder === null || code === 'QUARANTINED' ? text : `${nameText(folder) || '(mount point)'}: ${text}`;
}
