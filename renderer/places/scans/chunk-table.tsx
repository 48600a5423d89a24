import type { ReactNode } from 'react';
import { nameText } from '../../../shared/names.ts';
import { formatCount } from '../../../shared/units.ts';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { CHUNK_WORDS, counted } from '../../words/scan-words.ts';
import type { ChunkView } from './use-chunks.ts';

const ROW = 34;

export function ChunkTable({
  chunks,
  picked,
  pick,
}: {
  readonly chunks: readonly ChunkView[];
  readonly picked: number | null;
  readonly pick: (chunkId: number) => void;
}): ReactNode {
  return (
    <VirtualList
      label="List of chunks"
      className="chunk-table"
      count={chunks.length}
      rowHeight={ROW}
      active={picked === null ? null : chunks.findIndex(({ id }) => id === picked)}
      activate={(index) => {
        const chunk = chunks[index];
        if (chunk !== undefined) pick(chunk.id);
      }}
      row={(index) => {
        const chunk = chunks[index];
        if (chunk === undefined) return null;
        return (
          <>
            <span className={`swatch chunk-${chunk.look}`} aria-hidden="true" />
            <span className="chunk-number">{chunk.id}</span>
            <span className="chunk-label path">
              {nameText(chunk.label) || 'the mount point itself'}
              {chunk.rootCount > 1 ? ` and ${formatCount(chunk.rootCount - 1)} more` : ''}
            </span>
            <span className="muted small chunk-files">{chunk.files === null ? '' : counted(chunk.files, 'file')}</span>
            <span className="small chunk-state">{CHUNK_WORDS[chunk.look]}</span>
          </>
        );
      }}
    />
  );
}
