import { useEffect, useState, type ReactNode } from 'react';
import type { Certificate } from '../../../shared/certificate.ts';
import { isBusy, type RunView } from '../../../shared/desktop-state.ts';
import type { ScanRow } from '../../../shared/inventory.ts';
import type { Plain } from '../../../shared/plain.ts';
import type { ScanSnapshot } from '../../../shared/snapshot.ts';
import { formatCount } from '../../../shared/units.ts';
import { Fact, Progress } from '../../parts/bits.tsx';
import { useBytes } from '../../store/services.ts';
import { lasting, roughly } from '../../words/time-words.ts';

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
  const eta = snapshot?.etaMs ?? null;
  return (
    <section aria-label="Numbers">
      <dl className="facts">
        <Fact label="Files found">{formatCount(files)}</Fact>
        <Fact label="Size" title={`${formatCount(BigInt(size))} bytes`}>
          {bytes(size)}
        </Fact>
        <Fact label="Folders">{formatCount(folders)}</Fact>
        {busy ? (
          <Fact label="Rate" unit="files/s">
            {formatCount(Math.round(snapshot?.filesPerSecond ?? 0))}
          </Fact>
        ) : null}
        <Chunks chunks={snapshot?.chunks ?? null} planning={snapshot?.planning === true} of={certificate} busy={busy} />
        <Fact label={busy ? 'Running for' : 'Took'}>{lasting((busy ? now : (endedAtMs ?? now)) - startedAtMs)}</Fact>
        {busy ? (
          // Its room is there from the beginning: what comes to be known moves nothing.
          <Fact label="About left" title="Known only where the sizes of all chunks are">
            {eta === null ? '–' : roughly(eta)}
          </Fact>
        ) : null}
      </dl>
      {busy ? <Progress fraction={snapshot?.fraction ?? null} label={`Scan of ${run.mountName}`} /> : null}
    </section>
  );
}

function Chunks({
  chunks,
  planning,
  of,
  busy,
}: {
  readonly chunks: ScanSnapshot['chunks'] | null;
  readonly planning: boolean;
  readonly of: Plain<Certificate> | null;
  readonly busy: boolean;
}): ReactNode {
  if (chunks !== null)
    return (
      <Fact
        label="Chunks"
        unit={`of ${formatCount(chunks.planned)}${planning ? '+' : ''}`}
        {...(planning ? { title: 'It is still being planned: there will be more' } : {})}
      >
        {formatCount(chunks.done)}
      </Fact>
    );
  if (of !== null)
    return (
      <Fact label="Chunks" unit={`of ${formatCount(of.chunks.total)}`}>
        {formatCount(of.chunks.done)}
      </Fact>
    );
  return busy ? <Fact label="Chunks">–</Fact> : null;
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
