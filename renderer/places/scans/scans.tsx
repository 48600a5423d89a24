import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { isBusy } from '../../../shared/desktop-state.ts';
import { Chip, Empty } from '../../parts/bits.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useBytes, useDesktop, useNavigation } from '../../store/services.ts';
import type { ScanTab } from '../../store/navigation-store.ts';
import { useRequest } from '../../store/use-request.ts';
import { counted, runSentence } from '../../words/scan-words.ts';
import { ago, lasting, stamp } from '../../words/time-words.ts';
import { rowChip } from './row-chip.ts';
import { ScanPage } from './scan-page.tsx';

const SHOWN = 200;

/** All scans, the running ones first; or one of them. */
export function Scans({
  runId,
  scanId,
  tab,
  chunkId,
}: {
  readonly runId: string | undefined;
  readonly scanId: string | undefined;
  readonly tab: ScanTab | undefined;
  readonly chunkId: number | undefined;
}): ReactNode {
  const runs = useDesktop((state) => state.runs);
  const version = useDesktop((state) => state.catalogVersion);
  const hasCatalog = useDesktop((state) => state.mounts !== null && state.mounts.length > 0);
  const history = useRequest('scan.history', hasCatalog ? { limit: SHOWN } : null, version);
  const go = useNavigation((navigation) => navigation.go);
  const visits = useNavigation((navigation) => navigation.visits);
  const run = Object.values(runs).find(
    (one) => one.runId === runId || (scanId !== undefined && one.snapshot?.scanId === scanId),
  );
  const row = history.value?.find((one) => one.scanId === (run?.snapshot?.scanId ?? scanId));
  if (run !== undefined || row !== undefined)
    return (
      <ScanPage
        // Whoever is led to a part of it, as by a notification, gets there, also a second time.
        key={`${run?.runId ?? row?.scanId ?? ''} ${visits}`}
        run={run ?? null}
        row={row ?? null}
        tab={tab}
        chunkId={chunkId ?? null}
      />
    );
  const busy = Object.values(runs).filter((one) => isBusy(one) || one.phase === 'refused');
  const busyIds = new Set(busy.map((one) => one.snapshot?.scanId));
  const rows = (history.value ?? []).filter((one) => !busyIds.has(one.scanId));
  return (
    <>
      <header className="head">
        <h1>Scans</h1>
      </header>
      {history.error === null ? null : <Problem error={history.error} again={history.again} />}
      {busy.length + rows.length > 0 || history.isLoading ? null : (
        <Empty title="No scans yet">
          <NewScanButton />
        </Empty>
      )}
      <ul className="list">
        {busy.map((one) => (
          <li key={one.runId}>
            <Button className="list-row" onPress={() => go({ name: 'scans', runId: one.runId })}>
              <span className="list-main">
                <strong>{one.mountName}</strong>
                <span className="muted">{runSentence(one).text}</span>
              </span>
              <Chip tone={runSentence(one).tone}>{isBusy(one) ? 'Running' : 'Not scanned'}</Chip>
            </Button>
          </li>
        ))}
        {rows.map((one) => (
          <li key={one.scanId}>
            <Button className="list-row" onPress={() => go({ name: 'scans', scanId: one.scanId })}>
              <span className="list-main">
                <strong>{one.mountName}</strong>
                <span className="muted" title={stamp(one.startedAtMs)}>
                  {ago(one.startedAtMs, Date.now())}
                  {one.finishedAtMs === null ? '' : `, took ${lasting(one.finishedAtMs - one.startedAtMs)}`}
                </span>
              </span>
              <Sizes files={one.files} bytes={one.apparentBytes} />
              <Chip tone={rowChip(one).tone}>{rowChip(one).text}</Chip>
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Sizes({ files, bytes }: { readonly files: number; readonly bytes: string }): ReactNode {
  const format = useBytes();
  return (
    <span className="muted list-sizes">
      {counted(files, 'file')}, {format(bytes)}
    </span>
  );
}

function NewScanButton(): ReactNode {
  const open = useNavigation((navigation) => navigation.openNewScan);
  return (
    <Button className="button primary" onPress={() => open(true)}>
      New scan
    </Button>
  );
}
