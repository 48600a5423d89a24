import type { ReactNode } from 'react';
import type { FileRow, Measure } from '../../../shared/files.ts';
import type { RelativePath } from '../../../shared/names.ts';
import type { Plain } from '../../../shared/plain.ts';
import { formatCount } from '../../../shared/units.ts';
import { Bar, Chip } from '../../parts/bits.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useBytes } from '../../store/services.ts';
import { shown } from '../../words/path-words.ts';
import { day, stamp } from '../../words/time-words.ts';
import { fractionOf, sizeOf, stateWords } from './measures.ts';

const EXACT = new Intl.NumberFormat('en-US');

/** A folder or file: its name, how large it is beside the largest, and what is special about it. The whole row is one option of its list. */
export function FileRowView({
  row,
  measure,
  largest,
  place,
}: {
  readonly row: Plain<FileRow> | undefined;
  readonly measure: Measure;
  readonly largest: bigint;
  /** Where it was found; null: it is in the folder that is shown. */
  readonly place: RelativePath | null;
}): ReactNode {
  const bytes = useBytes();
  if (row === undefined)
    return (
      <span className="file-loading" role="gridcell">
        <span className="sr-only">Reading</span>
      </span>
    );
  const size = sizeOf(row, measure);
  const isUnknown = row.state !== 'scanned' && row.keptAtMs === null && row.kind === 'directory' && row.files === 0;
  return (
    <>
      <span className="file-name" role="gridcell" title={shown(row.name)}>
        <Icon name={row.kind === 'directory' ? 'folder' : 'file'} />
        <span className="file-title">{shown(row.name)}</span>
        {row.state === 'scanned' ? null : <Chip tone="attention">{stateWords(row)}</Chip>}
        {row.keptAtMs === null ? null : <Chip tone="quiet">as of {stamp(row.keptAtMs)}</Chip>}
        {row.kind === 'link' ? <Chip tone="quiet">link</Chip> : null}
      </span>
      {place === null ? null : (
        <span className="file-place muted small" role="gridcell" title={shown(place)}>
          {shown(place) || 'at the top'}
        </span>
      )}
      <span className="file-size" role="gridcell" title={isUnknown ? '' : `${EXACT.format(size)} bytes`}>
        <Bar fraction={fractionOf(size, largest)} />
        <span className="bar-size">{isUnknown ? 'unknown' : bytes(size)}</span>
      </span>
      {place === null ? (
        <span className="bar-more muted small" role="gridcell">
          {row.files === null ? '' : formatCount(row.files)}
        </span>
      ) : null}
      <span className="bar-more muted small" role="gridcell">
        {row.mtimeMs === null ? '' : <span title={stamp(row.mtimeMs)}>{day(row.mtimeMs)}</span>}
      </span>
    </>
  );
}
