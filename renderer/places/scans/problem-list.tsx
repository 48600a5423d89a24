import type { ReactNode } from 'react';
import type { Certificate } from '../../../shared/certificate.ts';
import { nameKey, nameText } from '../../../shared/names.ts';
import type { Plain } from '../../../shared/plain.ts';
import type { ScanSnapshot } from '../../../shared/snapshot.ts';
import { formatCount } from '../../../shared/units.ts';
import { Empty } from '../../parts/bits.tsx';
import { stamp } from '../../words/time-words.ts';
import type { ChunkView } from './use-chunks.ts';

/** What is open: chunks that failed for good and gaps; once there is a certificate it has the last word. */
export function problemCount(
  snapshot: Plain<ScanSnapshot> | null,
  chunks: readonly ChunkView[],
  certificate: Plain<Certificate> | null,
): number {
  if (certificate !== null) return certificate.gapCount + certificate.disagreements.length;
  return snapshot?.chunks.failed ?? chunks.filter(({ state }) => state === 'failed').length;
}

export function ProblemList({
  snapshot,
  chunks,
  certificate,
}: {
  readonly snapshot: Plain<ScanSnapshot> | null;
  readonly chunks: readonly ChunkView[];
  readonly certificate: Plain<Certificate> | null;
}): ReactNode {
  const failed = chunks.filter(({ state }) => state === 'failed');
  const gaps = certificate?.gaps ?? [];
  const tries = snapshot?.problems ?? [];
  if (failed.length + gaps.length + tries.length === 0 && (certificate?.disagreements.length ?? 0) === 0)
    return <Empty title="No problems" />;
  return (
    <div className="problems">
      {(certificate?.disagreements ?? []).map(({ what, expected, found }) => (
        <p key={what} className="tone-bad">
          {what}: {expected} expected, {found} found
        </p>
      ))}
      {gaps.length === 0 ? null : (
        <section aria-label="Missing">
          <h2>Missing ({formatCount(certificate?.gapCount ?? gaps.length)})</h2>
          <ul className="list">
            {gaps.slice(0, 200).map((gap) => (
              <li key={nameKey(gap.path)} className="list-row still">
                <span className="list-main">
                  <strong className="path">{nameText(gap.path) || 'the mount point itself'}</strong>
                  <span className="muted">
                    {gap.syscall === null ? '' : `${gap.syscall}: `}
                    {gap.reason}. {gap.belowUnknown ? 'What lies below it is unknown.' : 'Only this entry.'}
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {failed.length === 0 ? null : (
        <section aria-label="Failed chunks">
          <h2>Failed chunks ({formatCount(failed.length)})</h2>
          <ul className="list">
            {failed.slice(0, 200).map((chunk) => (
              <li key={chunk.id} className="list-row still">
                <span className="list-main">
                  <strong className="path">{nameText(chunk.label) || 'the mount point itself'}</strong>
                  <span className="muted">{chunk.reason ?? 'No reason is known.'}</span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {tries.length === 0 ? null : (
        <section aria-label="On the way">
          <h2>On the way</h2>
          <ul className="plain">
            {tries.toReversed().map((problem) => (
              <li key={`${problem.atMs}-${problem.text}`} className="try">
                <span className="muted small">{stamp(problem.atMs)}</span> {problem.text}
                {problem.final ? '' : ' Tried again.'}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
