import type { ReactNode } from 'react';
import { formatCount } from '../../../shared/units.ts';
import { useBytes } from '../../store/services.ts';
import { useRequest } from '../../store/use-request.ts';
import { counted } from '../../words/scan-words.ts';
import type { Tuned } from './tuned.ts';

/** What is known of the plan: the chunks by the last inventory, or nothing. */
export function PlanPicture({
  mountId,
  tuned,
}: {
  /** null: it was never scanned. */
  readonly mountId: string | null;
  readonly tuned: Tuned;
}): ReactNode {
  const isFromKnown = mountId !== null && tuned.plan === 'usual';
  const { chunkBytes, chunkEntries } = tuned;
  const { value, error, isLoading } = useRequest(
    'scan.preview',
    isFromKnown ? { mountId, choices: { chunkBytes, chunkEntries } } : null,
  );
  const bytes = useBytes();
  return (
    <section className="preview" aria-label="Preview of the plan" aria-busy={isLoading}>
      <p className="card-label">The plan</p>
      {error !== null ? (
        <p className="muted">The last inventory could not be read: {error.message}</p>
      ) : !isFromKnown || (value === null && !isLoading) ? (
        <p className="muted">Unknown until scanned.</p>
      ) : value === null ? (
        <p className="muted">Reading the last inventory …</p>
      ) : (
        <>
          <Bars sizes={value.bytes} limit={chunkBytes} />
          <p className="muted small">
            {counted(value.chunks, 'chunk')} by the last inventory, the largest {bytes(value.bytes[0] ?? 0)},{' '}
            {formatCount(value.entries)} entries.
            {value.oversized === 0
              ? ''
              : ` ${value.oversized === 1 ? '1 is' : `${formatCount(value.oversized)} are`} larger than the limit: one folder each that nothing divides.`}
          </p>
        </>
      )}
    </section>
  );
}

const HEIGHT = 56;

function Bars({ sizes, limit }: { readonly sizes: readonly number[]; readonly limit: number }): ReactNode {
  const top = Math.max(limit, sizes[0] ?? 0, 1);
  const width = 100 / Math.max(sizes.length, 12);
  return (
    <svg className="preview-bars" viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {sizes.map((size, index) => {
        const height = Math.max(1, (size / top) * HEIGHT);
        return (
          <rect
            key={index}
            className={size > limit ? 'preview-bar over' : 'preview-bar'}
            x={index * width + width * 0.08}
            width={width * 0.84}
            y={HEIGHT - height}
            height={height}
          />
        );
      })}
      <line
        className="preview-limit"
        x1="0"
        x2="100"
        y1={HEIGHT - (limit / top) * HEIGHT}
        y2={HEIGHT - (limit / top) * HEIGHT}
      />
    </svg>
  );
}
