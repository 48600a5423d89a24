import { memo, type ReactNode } from 'react';
import { Empty } from '../../parts/bits.tsx';
import { CHUNK_LOOKS, CHUNK_WORDS, WHAT_IS_A_CHUNK } from '../../words/scan-words.ts';
import { ChunkDetailCard } from './chunk-detail.tsx';
import { ChunkMap } from './chunk-map.tsx';
import { ChunkTable } from './chunk-table.tsx';
import type { ChunkView } from './use-chunks.ts';

/** The map of all chunks, what its colours mean, the table of them, and the one that was picked. Shown anew only where one of them is another. */
export const ChunkPanel = memo(function ChunkPanel({
  scanId,
  runId,
  chunks,
  isKnown,
  picked,
  pick,
}: {
  readonly scanId: string;
  /** null: it does not run here. */
  readonly runId: string | null;
  readonly chunks: readonly ChunkView[];
  readonly isKnown: boolean;
  readonly picked: number | null;
  readonly pick: (chunkId: number | null) => void;
}): ReactNode {
  if (chunks.length === 0) return isKnown ? <Empty title="No chunks yet" /> : null;
  const present = CHUNK_LOOKS.filter((look) => chunks.some((chunk) => chunk.look === look));
  return (
    <section aria-label="Chunks">
      <h2 title={WHAT_IS_A_CHUNK}>Chunks</h2>
      <ChunkMap chunks={chunks} picked={picked} pick={pick} />
      <ul className="legend">
        {present.map((look) => (
          <li key={look}>
            <span className={`swatch chunk-${look}`} aria-hidden="true" /> {CHUNK_WORDS[look]}
          </li>
        ))}
      </ul>
      <div className={picked === null ? 'chunk-columns' : 'chunk-columns two'}>
        <ChunkTable chunks={chunks} picked={picked} pick={pick} />
        {picked === null ? null : (
          <ChunkDetailCard scanId={scanId} runId={runId} chunkId={picked} close={() => pick(null)} chunks={chunks} />
        )}
      </div>
    </section>
  );
});
