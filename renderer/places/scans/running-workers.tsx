import { useState, type ReactNode } from 'react';
import { nameText } from '../../../shared/names.ts';
import type { Plain } from '../../../shared/plain.ts';
import type { RunningChunk, ScanSnapshot } from '../../../shared/snapshot.ts';
import { formatCount } from '../../../shared/units.ts';
import { counted } from '../../words/scan-words.ts';
import { lasting } from '../../words/time-words.ts';

const SHOWN = 8;
/** Pixels of a worker's two lines and the gap below them. */
const ROW = 46;
/** A call that takes longer than this is worth showing. */
const SLOW_MS = 5_000;

/** What makes it look stuck, to be put before its files. */
function slowText({ waitingMs, syscall, large }: Plain<RunningChunk>): string {
  if (waitingMs > SLOW_MS) return `${syscall ?? 'a call'} waits for ${lasting(waitingMs)}, `;
  return large === null ? '' : `a large folder, ${counted(large.names, 'name')} so far, `;
}

/** A worker that ended before its first progress line never told how many. */
function filesText({ phase, files }: Plain<RunningChunk>): string {
  return phase === 'merging' && files === 0 ? '' : counted(files, 'file');
}

/** Who works on what right now. As high as it ever was: workers come and go, and what is below stays where it is. */
export function RunningWorkers({ snapshot }: { readonly snapshot: Plain<ScanSnapshot> }): ReactNode {
  const count = snapshot.running.length;
  const { running, merging } = snapshot.chunks;
  const [most, setMost] = useState(Math.min(SHOWN, count));
  if (most < SHOWN && count > most) setMost(Math.min(SHOWN, count));
  if (most === 0) return null;
  const more = count - SHOWN;
  return (
    <section aria-label="Workers" className="workers">
      <h2>
        Workers{' '}
        <span className="muted small">
          {running} of up to {snapshot.maxContainers}
          {merging > 0 && `, ${formatCount(merging)} being merged`}
        </span>
      </h2>
      <ul className="plain worker-rows" style={{ minHeight: most * ROW }}>
        {snapshot.running.slice(0, SHOWN).map((worker) => (
          <li key={`${worker.role}-${worker.chunkId}-${worker.attempt}`} className="worker">
            <span className="worker-name">{worker.role === 'measure' ? 'Measuring' : `Chunk ${worker.chunkId}`}</span>
            <span className="muted small worker-files">
              {slowText(worker)}
              {filesText(worker)}
            </span>
            <span className="worker-path" title={worker.path === null ? '' : nameText(worker.path)}>
              {worker.phase === 'merging'
                ? 'is being merged'
                : nameText(worker.path ?? worker.label) || 'the mount point itself'}
            </span>
          </li>
        ))}
      </ul>
      <p className="muted small worker-more">{more > 0 ? `and ${formatCount(more)} more` : ''}</p>
    </section>
  );
}
