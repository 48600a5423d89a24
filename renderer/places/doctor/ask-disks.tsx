import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useDoctor } from '../../store/services.ts';
import type { DoctorStore } from '../../store/doctor-store.ts';
import { diskWords } from '../../words/doctor-words.ts';
import { QuietFindings } from './quiet-findings.tsx';
import { StepHead } from './step-head.tsx';

/** A check that reads from a mount may wake its disks: that is asked first, and only where the others explain nothing. */
export function AskDisks({ view }: { readonly view: DoctorStore }): ReactNode {
  const wake = useDoctor((doctor) => doctor.wake);
  const leaveAsleep = useDoctor((doctor) => doctor.leaveAsleep);
  return (
    <>
      <StepHead title="May sleeping disks be woken?">{diskWords(view.held.length)}</StepHead>
      <ul className="plain">
        {view.held.map(({ id, title, cost }) => (
          <li key={id} className="held">
            <strong>{title}</strong> <span className="muted">{cost}</span>
          </li>
        ))}
      </ul>
      <div className="row">
        <Button className="button primary large" onPress={wake}>
          Wake them and look
        </Button>
        <Button className="button large" onPress={leaveAsleep}>
          Let them sleep
        </Button>
      </div>
      <QuietFindings view={view} />
    </>
  );
}
