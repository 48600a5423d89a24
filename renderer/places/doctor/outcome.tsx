import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Icon } from '../../parts/icon.tsx';
import { useDoctor } from '../../store/services.ts';
import { causesLeft } from '../../store/doctor-machine.ts';
import type { DoctorStore } from '../../store/doctor-store.ts';
import { counted } from '../../words/scan-words.ts';
import { wellWords } from '../../words/doctor-words.ts';
import { StepHead } from './step-head.tsx';

export function Fixed({
  said,
  seeScan,
  leave,
}: {
  readonly said: string;
  readonly seeScan: (() => void) | null;
  readonly leave: () => void;
}): ReactNode {
  const left = useDoctor((doctor) => causesLeft(doctor).length);
  const again = useDoctor((doctor) => doctor.again);
  const goOn = useDoctor((doctor) => doctor.goOn);
  const toBundle = useDoctor((doctor) => doctor.toBundle);
  return (
    <div className="outcome">
      <span className="outcome-mark tone-good">
        <Icon name="check" />
      </span>
      <StepHead title="Fixed.">{said.replace(/^Fixed: /u, '').replace(/^./u, (first) => first.toUpperCase())}</StepHead>
      <div className="row wrap">
        {left > 0 ? (
          <Button className="button primary large" onPress={goOn}>
            Look at the next ({left})
          </Button>
        ) : null}
        {seeScan === null ? (
          <Button className={left > 0 ? 'button large' : 'button primary large'} onPress={() => again(null)}>
            See what is left
          </Button>
        ) : (
          <Button className={left > 0 ? 'button large' : 'button primary large'} onPress={seeScan}>
            See the scan
          </Button>
        )}
        <Button className="button large" onPress={leave}>
          Done
        </Button>
      </div>
      <p className="muted small still-wrong">
        Still wrong?{' '}
        <Button className="crumb" onPress={toBundle}>
          Make a support bundle
        </Button>
      </p>
    </div>
  );
}

/** Nothing (more) was found. */
export function Well({ view, leave }: { readonly view: DoctorStore; readonly leave: () => void }): ReactNode {
  const { title, text } = wellWords(view);
  const isWide = view.symptom === 'all';
  const gaveUp = view.passed.length > 0 || Object.values(view.results).some(({ verdict }) => verdict === 'unknown');
  const asleep = view.held.length;
  return (
    <div className="outcome">
      <span className={gaveUp ? 'outcome-mark tone-quiet' : 'outcome-mark tone-good'}>
        <Icon name={gaveUp ? 'doctor' : 'check'} />
      </span>
      <StepHead title={title}>{text}</StepHead>
      <div className="row wrap">
        {isWide ? null : (
          <Button className="button primary large" onPress={view.widen}>
            Check everything else
          </Button>
        )}
        <Button className={isWide && gaveUp ? 'button primary large' : 'button large'} onPress={view.toBundle}>
          Make a support bundle
        </Button>
        {asleep > 0 ? (
          <Button className="button large" onPress={view.wake}>
            Wake disks for {counted(asleep, 'check')}
          </Button>
        ) : null}
        <Button className="button large" onPress={leave}>
          Done
        </Button>
      </div>
    </div>
  );
}
