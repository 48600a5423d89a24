import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Certificate } from '../../../shared/certificate.ts';
import type { Payload } from '../../../shared/ipc.ts';
import { nameKey, nameText } from '../../../shared/names.ts';
import type { Plain } from '../../../shared/plain.ts';
import { problemText } from '../../../shared/problem-text.ts';
import type { ScanSnapshot } from '../../../shared/snapshot.ts';
import { formatCount } from '../../../shared/units.ts';
import { Empty } from '../../parts/bits.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useNavigation } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';
import { stamp } from '../../words/time-words.ts';
import { byCause } from './by-cause.ts';
import type { ChunkView } from './use-chunks.ts';

const SHOWN = 200;
const SHOWN_OF_A_CAUSE = 20;
const SET_ASIDE = 'QUARANTINED';

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
  retry,
  openChunk,
}: {
  readonly snapshot: Plain<ScanSnapshot> | null;
  readonly chunks: readonly ChunkView[];
  readonly certificate: Plain<Certificate> | null;
  /** null: it runs still. */
  readonly retry: Payload<'scan.retry'> | null;
  readonly openChunk: (chunkId: number) => void;
}): ReactNode {
  const failed = chunks.filter(({ state }) => state === 'failed');
  const gaps = certificate?.gaps ?? [];
  const aside = gaps.filter(({ reason }) => reason === SET_ASIDE);
  const missing = gaps.filter(({ reason }) => reason !== SET_ASIDE);
  const tries = snapshot?.problems ?? [];
  const disagreements = certificate?.disagreements ?? [];
  if (failed.length + gaps.length + tries.length + disagreements.length === 0)
    return (
      <Empty title="No problems">{retry === null ? 'Nothing has failed so far.' : 'Everything was covered.'}</Empty>
    );
  return (
    <div className="problems">
      {retry === null || failed.length + gaps.length === 0 ? null : <TryAgain again={retry} />}
      {disagreements.map(({ what, expected, found }) => (
        <p key={what} className="tone-bad">
          {what}: {expected} expected, {found} found
        </p>
      ))}
      {byCause(failed).map(({ reason, chunks: alike }) => (
        <section key={reason} aria-label="Failed chunks">
          <h2>{alike.length === 1 ? '1 chunk failed' : `${formatCount(alike.length)} chunks failed, one cause`}</h2>
          <p>{reason}</p>
          <ul className="list">
            {alike.slice(0, SHOWN_OF_A_CAUSE).map((chunk) => (
              <li key={chunk.id}>
                <Button className="list-row" onPress={() => openChunk(chunk.id)}>
                  <span className="list-main">
                    <strong className="path">{nameText(chunk.label) || 'the mount point itself'}</strong>
                  </span>
                  <span className="muted">Chunk {chunk.id}</span>
                </Button>
              </li>
            ))}
            <More count={alike.length - SHOWN_OF_A_CAUSE} />
          </ul>
        </section>
      ))}
      <Gaps title="Missing" gaps={missing} count={(certificate?.gapCount ?? 0) - aside.length} />
      <Gaps
        title="Set aside"
        gaps={aside}
        count={aside.length}
        means="These folders stalled their worker twice. The next scan tries each of them last, once."
      />
      {tries.length === 0 ? null : (
        <section aria-label="On the way">
          <h2>On the way</h2>
          <ul className="plain">
            {tries.toReversed().map((problem) => (
              <li key={`${problem.atMs}-${problem.text}`} className="try">
                <span className="muted small">{stamp(problem.atMs)}</span> {problemText(problem)}
                {problem.final ? '' : ' Tried again.'}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function TryAgain({ again }: { readonly again: Payload<'scan.retry'> }): ReactNode {
  const go = useNavigation((navigation) => navigation.go);
  const retry = useAct('scan.retry');
  const tryAgain = async (): Promise<void> => {
    const begun = await retry.act(again);
    if (begun !== null) go({ name: 'scans', runId: begun.runId });
  };
  return (
    <div className="fix">
      <p>
        <strong>Once the cause is mended, try these again.</strong> Only what failed or was never reached is scanned;
        the rest stays as it is.
      </p>
      <Button className="button primary" onPress={() => void tryAgain()} isPending={retry.isBusy}>
        Try again
      </Button>
      {retry.error === null ? null : <Problem error={retry.error} />}
    </div>
  );
}

function Gaps({
  title,
  gaps,
  count,
  means,
}: {
  readonly title: string;
  readonly gaps: Plain<Certificate>['gaps'];
  readonly count: number;
  readonly means?: string;
}): ReactNode {
  if (gaps.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2>
        {title} ({formatCount(count)})
      </h2>
      {means === undefined ? null : <p className="muted">{means}</p>}
      <ul className="list">
        {gaps.slice(0, SHOWN).map((gap) => (
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
        <More count={count - SHOWN} />
      </ul>
    </section>
  );
}

function More({ count }: { readonly count: number }): ReactNode {
  return count > 0 ? <li className="muted">and {formatCount(count)} more</li> : null;
}
