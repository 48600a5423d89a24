import { useEffect, useState, type ReactNode } from 'react';
import type { Certificate } from '../../../shared/certificate.ts';
import { isBusy, type RunView } from '../../../shared/desktop-state.ts';
import type { ScanRow } from '../../../shared/inventory.ts';
import type { Plain } from '../../../shared/plain.ts';
import { formatCount, formatDuration, formatRate } from '../../../shared/units.ts';
import { Fact, Progress } from '../../parts/bits.tsx';
import { useBytes } from '../../store/services.ts';

const SECOND_MS = 1_000;

export function ScanFacts({
  run,
  row,
  certificate,
}: {
  readonly run: RunView | null;
  readonly row: Plain<ScanRow> | null;
  readonly certificate: Plain<Certificate> | null;
}): ReactNode {
  const bytes = useBytes();
  const busy = run !== null && isBusy(run);
  const now = useNow(busy);
  const snapshot = run?.snapshot ?? null;
  const files = certificate?.entries.files ?? snapshot?.files ?? row?.files ?? 0;
  const size = certificate?.bytes.apparent ?? snapshot?.bytes ?? row?.apparentBytes ?? 0;
  const folders = certificate?.directories.scanned ?? snapshot?.directories ?? row?.directories ?? 0;
  const startedAtMs = snapshot?.startedAtMs ?? run?.startedAtMs ?? row?.startedAtMs ?? now;
  const endedAtMs = certificate?.finishedAtMs ?? row?.finishedAtMs ?? null;
  const chunks = snapshot?.chunks ?? null;
  const eta = snapshot?.etaMs ?? null;
  return (
    <section aria-label="Numbers">
      <dl className="facts">
        <Fact label="Files found">{formatCount(files)}</Fact>
        <Fact label="Size" title={`${formatCount(BigInt(size))} bytes`}>
          {bytes(size)}
        </Fact>
        <Fact label="Folders">{formatCount(folders)}</Fact>
        {busy ? <Fact label="Rate">{formatRate(snapshot?.filesPerSecond ?? 0, 'files')}</Fact> : null}
        {chunks === null ? (
          certificate === null ? (
            busy ? (
              <Fact label="Chunks">–</Fact>
            ) : null
          ) : (
            <Fact label="Chunks">
              {formatCount(certificate.chunks.done)} of {formatCount(certificate.chunks.total)}
            </Fact>
          )
        ) : (
          <Fact label="Chunks">
            {formatCount(chunks.done)} of {formatCount(chunks.planned)}
            {snapshot?.planning === true ? ' so far' : ''}
          </Fact>
        )}
        <Fact label={busy ? 'Running for' : 'Took'}>
          {formatDuration((busy ? now : (endedAtMs ?? now)) - startedAtMs)}
        </Fact>
        {busy ? (
          // Its room is there from the beginning: what comes to be known moves nothing.
          <Fact label="About left" title="Known only where the sizes of all chunks are">
            {eta === null ? '–' : formatDuration(eta)}
          </Fact>
        ) : null}
      </dl>
      {busy ? <Progress fraction={snapshot?.fraction ?? null} label={`Scan of ${run.mountName}`} /> : null}
    </section>
  );
}

/** The time, once a second while it is wanted. */
function useNow(ticks: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticks) return;
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, [ticks]);
  return now;
}
