import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { SYMPTOMS } from '../../../shared/diagnosis.ts';
import { useDoctor } from '../../store/services.ts';
import { SYMPTOM_HINTS } from '../../words/doctor-words.ts';
import { StepHead } from './step-head.tsx';

export function SymptomPicker(): ReactNode {
  const begin = useDoctor((doctor) => doctor.begin);
  const scanId = useDoctor((doctor) => doctor.scanId);
  const host = useDoctor((doctor) => doctor.host);
  return (
    <>
      <StepHead title="What’s wrong?">
        Pick what fits best. We only look; nothing changes until you press something that says what it does.
      </StepHead>
      <ul className="symptoms">
        {SYMPTOMS.map(({ id, label }) => (
          <li key={id}>
            <Button className="symptom" onPress={() => begin(id, { scanId, host })}>
              <span className="symptom-label">{label}</span>
              <span className="muted small">{SYMPTOM_HINTS[id]}</span>
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
