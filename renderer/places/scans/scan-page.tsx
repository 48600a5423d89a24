import { useCallback, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { isBusy, type RunView } from '../../../shared/desktop-state.ts';
import type { ScanRow } from '../../../shared/inventory.ts';
import type { Plain } from '../../../shared/plain.ts';
import { isResumable } from '../../../shared/snapshot.ts';
import { Problem } from '../../parts/problem.tsx';
import { useNavigation } from '../../store/services.ts';
import type { ScanTab } from '../../store/navigation-store.ts';
import { useRequest } from '../../store/use-request.ts';
import { certificateSentence, rowSentence, runSentence, type Said } from '../../words/scan-words.ts';
import { LoadChoice } from './load-choice.tsx';
import { problemCount } from './problem-list.tsx';
import { ScanActions } from './scan-actions.tsx';
import { StateNote } from './state-note.tsx';
import { ScanFacts } from './scan-facts.tsx';
import { ScanTabs } from './scan-tabs.tsx';
import { useChunks } from './use-chunks.ts';

/** One scan: a sentence, what to press, numbers, the map of its chunks, and what went wrong. */
export function ScanPage({
  run,
  row,
  tab,
  chunkId,
}: {
  readonly run: RunView | null;
  readonly row: Plain<ScanRow> | null;
  readonly tab: ScanTab | undefined;
  /** The chunk that is opened. */
  readonly chunkId: number | null;
}): ReactNode {
  const go = useNavigation((navigation) => navigation.go);
  const [shown, show] = useState<ScanTab>(tab ?? 'progress');
  const [picked, pick] = useState<number | null>(chunkId);
  const showProblems = useCallback(() => show('problems'), []);
  const snapshot = run?.snapshot ?? null;
  const scanId = snapshot?.scanId ?? row?.scanId ?? null;
  const busy = run !== null && isBusy(run);
  const ended = !busy && row !== null && row.state !== 'open' && row.verdict !== null;
  const asked = useRequest('scan.certificate', ended && scanId !== null ? { scanId } : null);
  const certificate = snapshot?.certificate ?? asked.value;
  const { chunks, isKnown, error: chunksError, again } = useChunks(scanId, snapshot);
  const mountId = snapshot?.mountId ?? row?.mountId ?? run?.mountId ?? null;
  const name = run?.mountName ?? row?.mountName ?? '';
  const problems = problemCount(snapshot, chunks, certificate);
  const said: Said =
    run !== null
      ? runSentence(run)
      : certificate !== null
        ? certificateSentence(name, certificate)
        : row !== null
          ? rowSentence(row)
          : { text: name, tone: 'quiet' };
  return (
    <>
      <header className="head scan-head">
        <nav className="crumbs" aria-label="Where you are">
          <Button className="crumb" onPress={() => go({ name: 'scans' })}>
            Scans
          </Button>
          <span aria-hidden="true">/</span>
          <span className="crumb-here">{name}</span>
        </nav>
        <ScanActions
          busyRun={busy ? run.runId : null}
          stopping={run?.stopping === true}
          pausable={snapshot !== null}
          isPaused={isResumable(snapshot?.pauses ?? [])}
          name={name}
          mountId={mountId}
          scanId={scanId}
          problems={problems}
          showProblems={showProblems}
          resumable={row?.state === 'interrupted'}
        />
        <div className="scan-said" aria-live="polite">
          <h1 className={`sentence tone-${said.tone}`}>{said.text}</h1>
          <p className="muted one-line" title={run?.mountPath ?? row?.mountPath}>
            {run?.mountPath ?? row?.mountPath}
            {snapshot === null ? '' : ` on ${snapshot.host}`}
          </p>
        </div>
      </header>
      {busy ? <StateNote snapshot={snapshot} /> : null}
      {run?.error ? <Problem error={run.error} scanId={scanId ?? undefined} runId={run.runId} isHelped /> : null}
      <ScanFacts run={run} row={row} certificate={certificate} />
      {busy && snapshot !== null ? (
        <LoadChoice
          runId={run.runId}
          load={snapshot.load}
          maxContainers={snapshot.maxContainers}
          allowedWorkers={snapshot.allowedWorkers}
        />
      ) : null}
      {snapshot === null && run !== null && run.phase === 'starting' ? <Preparing lines={run.lines} /> : null}
      {chunksError === null ? null : <Problem error={chunksError} again={again} />}
      {asked.error === null ? null : <Problem error={asked.error} again={asked.again} />}
      {scanId === null ? null : (
        <ScanTabs
          scanId={scanId}
          runId={run?.runId ?? null}
          busy={busy}
          name={name}
          mountId={mountId}
          chunks={chunks}
          isKnown={isKnown}
          certificate={certificate}
          problems={problems}
          shown={shown}
          show={show}
          picked={picked}
          pick={pick}
        />
      )}
    </>
  );
}

function Preparing({ lines }: { readonly lines: readonly string[] }): ReactNode {
  return (
    <div className="card">
      <h2>Preparing</h2>
      <ol className="plain">
        {lines.length === 0 ? <li className="muted">Looking for the host …</li> : null}
        {lines.slice(-6).map((line, index) => (
          <li key={`${index}-${line}`} className="muted">
            {line}
          </li>
        ))}
      </ol>
    </div>
  );
}
