import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { isBusy, type RunView } from '../../../shared/desktop-state.ts';
import { Chip, Progress } from '../../parts/bits.tsx';
import { useNavigation } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';
import { runSentence } from '../../words/scan-words.ts';
import { Slept } from '../scans/state-note.tsx';

/** A scan of a mount that the catalog doesn't know yet. */
export function StartingCard({ run }: { readonly run: RunView }): ReactNode {
  const go = useNavigation((navigation) => navigation.go);
  const dismiss = useAct('scan.dismiss');
  const said = runSentence(run);
  return (
    <article className="card" aria-label={run.mountName}>
      <div className="card-head">
        <h2>{run.mountName}</h2>
        <Chip tone={said.tone}>{isBusy(run) ? 'First scan' : 'Not scanned'}</Chip>
      </div>
      <p className="muted small one-line" title={run.mountPath}>
        {run.mountPath}
      </p>
      <p>{run.error?.message ?? said.text}</p>
      {isBusy(run) ? <Progress fraction={run.snapshot?.fraction ?? null} label={`Scan of ${run.mountName}`} /> : null}
      {isBusy(run) && run.snapshot?.slept ? <Slept slept={run.snapshot.slept} /> : null}
      <div className="row end">
        {isBusy(run) ? null : (
          <Button className="button" onPress={() => void dismiss.act({ runId: run.runId })}>
            Dismiss
          </Button>
        )}
        <Button className="button primary" onPress={() => go({ name: 'scans', runId: run.runId })}>
          See scan
        </Button>
      </div>
    </article>
  );
}
