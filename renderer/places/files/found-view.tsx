import type { ReactNode } from 'react';
import type { FindOrder, Measure } from '../../../shared/files.ts';
import type { RelativePath } from '../../../shared/names.ts';
import { formatCount } from '../../../shared/units.ts';
import { Headings, type Column } from '../../parts/columns.tsx';
import { Empty } from '../../parts/bits.tsx';
import { Problem } from '../../parts/problem.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { lastName } from '../../words/path-words.ts';
import { FileRowView } from './file-row.tsx';
import { Reading, ROW } from './folder-view.tsx';
import { largestOf, sizeOf } from './measures.ts';
import type { FindView } from './use-find.ts';

const COLUMNS: readonly Column<FindOrder>[] = [
  { key: 'name', text: 'Name' },
  { key: 'place', text: 'Folder', order: 'place', direction: 'ascending' },
  { key: 'size', text: 'Size', isNumber: true, order: 'size' },
  { key: 'changed', text: 'Changed', isNumber: true, order: 'newest' },
];

/** What a search found, or the largest files: a list that grows as one scrolls. */
export function FoundView({
  found,
  label,
  empty,
  order,
  setOrder,
  measure,
  active,
  activate,
  go,
}: {
  readonly found: FindView;
  readonly label: string;
  readonly empty: string;
  readonly order: FindOrder;
  /** Absent: it is the only one. */
  readonly setOrder?: (order: FindOrder) => void;
  readonly measure: Measure;
  readonly active: number | null;
  readonly activate: (index: number) => void;
  readonly go: (path: RelativePath) => void;
}): ReactNode {
  const { rows, total, error, isThere, hasMore, seen, again } = found;
  if (error !== null) return <Problem error={error} again={again} />;
  if (!isThere) return <Reading />;
  if (rows.length === 0) return <Empty title={empty} />;
  // Largest first tells the largest at once; else it is that of what is there so far.
  const [first] = rows;
  const largest =
    order === 'size' && first !== undefined
      ? sizeOf(first, measure)
      : largestOf(rows.map((row) => sizeOf(row, measure)));
  return (
    <>
      <p className="muted folder-sum" role="status">
        {total === null
          ? `${formatCount(rows.length)}${hasMore ? ' and more' : ''}`
          : `${formatCount(total)} ${total === 1 ? 'entry' : 'entries'}`}
      </p>
      <VirtualList
        label={label}
        count={rows.length}
        rowHeight={ROW}
        active={active}
        activate={activate}
        open={(index) => {
          const row = rows[index];
          if (row !== undefined) go(row.kind === 'directory' ? row.path : lastName(row.path).parent);
        }}
        seen={seen}
        className="file-list with-place"
        headings={<Headings columns={COLUMNS} order={order} {...(setOrder === undefined ? {} : { setOrder })} />}
        row={(index) => (
          <FileRowView
            row={rows[index]}
            measure={measure}
            largest={largest}
            place={lastName(rows[index]?.path ?? '').parent}
          />
        )}
      />
    </>
  );
}
