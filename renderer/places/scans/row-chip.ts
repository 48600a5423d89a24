import type { ScanRow } from '../../../shared/inventory.ts';
import type { Plain } from '../../../shared/plain.ts';
import type { Said } from '../../words/scan-words.ts';

/** How a scan ended, in a word or two. */
export function rowChip(row: Pick<Plain<ScanRow>, 'state' | 'verdict' | 'published'>): Said {
  if (row.state === 'open') return { text: 'Running', tone: 'busy' };
  if (row.state === 'interrupted') return { text: 'Interrupted', tone: 'attention' };
  if (row.verdict === 'disagrees') return { text: 'Sums disagree', tone: 'bad' };
  if (row.verdict === 'gaps') return { text: 'Has gaps', tone: 'attention' };
  if (!row.published) return { text: 'Not published', tone: 'attention' };
  return { text: 'Covered', tone: 'good' };
}
