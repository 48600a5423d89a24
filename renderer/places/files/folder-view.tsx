import type { ReactNode } from 'react';
import type { Measure } from '../../../shared/files.ts';
import { joinPath, type RelativePath } from '../../../shared/names.ts';
import { formatCount } from '../../../shared/units.ts';
import { Headings, type Column } from '../../parts/columns.tsx';
import { Chip, Empty } from '../../parts/bits.tsx';
import { Problem } from '../../parts/problem.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { useBytes } from '../../store/services.ts';
import { counted } from '../../words/scan-words.ts';
import { stamp } from '../../words/time-words.ts';
import { FileRowView } from './file-row.tsx';
import { sizeOf, stateWords } from './measures.ts';
import type { ListingView } from './use-listing.ts';

export const ROW = 36;

/** The catalog keeps a folder by size: only that order costs nothing in one of a million files. */
const COLUMNS: readonly Column<'size'>[] = [
  { key: 'name', text: 'Name' },
  { key: 'size', text: 'Size', isNumber: true, order: 'size' },
  { key: 'files', text: 'Files', isNumber: true },
  { key: 'changed', text: 'Changed', isNumber: true },
];

/** What is in one folder, largest first. A press goes into a folder and marks a file; so do arrows and Enter. */
export function FolderView({
  listing,
  path,
  measure,
  active,
  activate,
  go,
}: {
  readonly listing: ListingView;
  readonly path: RelativePath;
  readonly measure: Measure;
  readonly active: number | null;
  readonly activate: (index: number) => void;
  readonly go: (path: RelativePath) => void;
}): ReactNode {
  const { head, error, row, largest, seen, again } = listing;
  const bytes = useBytes();
  if (error !== null) return <Problem error={error} again={again} />;
  if (head === null) return <Reading />;
  const most = largest === undefined ? 0n : sizeOf(largest, measure);
  const open = (index: number): void => {
    const one = row(index);
    if (one?.kind === 'directory') go(joinPath(path, one.name));
  };
  return (
    <>
      <p className="muted folder-sum">
        {bytes(sizeOf(head, measure))} in {counted(head.files, 'file')}, {formatCount(head.total)} directly here
        {head.state === 'scanned' ? null : <Chip tone="attention">{stateWords(head)}</Chip>}
        {head.keptAtMs === null ? null : (
          <Chip tone="attention">Could not be read again: as of {stamp(head.keptAtMs)}</Chip>
        )}
      </p>
      {head.total === 0 ? (
        <Empty title={head.state === 'waiting' ? 'Not scanned yet' : 'This folder is empty'} />
      ) : (
        <VirtualList
          label="In this folder"
          count={head.total}
          rowHeight={ROW}
          active={active}
          activate={activate}
          open={open}
          seen={seen}
          className="file-list"
          takesOver
          headings={<Headings columns={COLUMNS} order="size" />}
          row={(index) => <FileRowView row={row(index)} measure={measure} largest={most} place={null} />}
        />
      )}
    </>
  );
}

/** Rows to come, of the height of rows that are there: nothing jumps. */
export function Reading(): ReactNode {
  return (
    <div className="file-list reading" role="status" aria-label="Reading">
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <span key={row} className="file-loading" />
      ))}
    </div>
  );
}
