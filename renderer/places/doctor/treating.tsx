import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Fix } from '../../../shared/diagnosis.ts';
import { Progress } from '../../parts/bits.tsx';
import { useDesktop, useDoctor, useNavigation } from '../../store/services.ts';
import { queuedWords } from '../../words/doctor-words.ts';
import { Marked } from './marked.tsx';
import { StepHead } from './step-head.tsx';

/** A fix at work. Where it is a scan, that goes on whoever leaves. */
export function Treating({
  fix,
  runId,
  leave,
}: {
  readonly fix: Fix;
  readonly runId: string | null;
  readonly leave: () => void;
}): ReactNode {
  const run = useDesktop(({ runs }) => (runId === null ? null : (runs[runId] ?? null)));
  const said = useDoctor((doctor) => doctor.lines);
  // The first repeats what stands above.
  const lines = said.filter((line) => !line.startsWith(`${fix.label}:`));
  const go = useNavigation((navigation) => navigation.go);
  const snapshot = run?.snapshot ?? null;
  return (
    <>
      <StepHead title={`${fix.label.replaceAll('`', '')} …`}>
        <Marked text={fix.consequence} />
      </StepHead>
      <div className="card treating">
        <p className="cause-seen">{snapshot === null ? 'Under way.' : queuedWords(snapshot.chunks)}</p>
        <Progress fraction={snapshot?.fraction ?? null} label={fix.label} />
        <ol className="plain treating-lines">
          {lines.map((line, index) => (
            <li key={`${index}-${line}`} className="muted small path">
              {line}
            </li>
          ))}
        </ol>
        <p className="muted small">Then: {fix.verify}</p>
      </div>
      <div className="row">
        {runId === null ? null : (
          <Button className="button" onPress={() => go({ name: 'scans', runId })}>
            See the scan
          </Button>
        )}
        <Button className="button" onPress={leave}>
          Leave it running
        </Button>
      </div>
    </>
  );
}
