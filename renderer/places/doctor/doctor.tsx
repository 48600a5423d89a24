import { useEffect, useRef, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Problem } from '../../parts/problem.tsx';
import { useDesktop, useDoctor, useNavigation, useServices } from '../../store/services.ts';
import type { Place } from '../../store/navigation-store.ts';
import { causeOf, REFUSED } from '../../store/doctor-machine.ts';
import { isBusy } from '../../../shared/desktop-state.ts';
import { certificateSentence } from '../../words/scan-words.ts';
import { announcement } from '../../words/doctor-words.ts';
import { AskDisks } from './ask-disks.tsx';
import { Bundle } from './bundle.tsx';
import { CauseCard } from './cause-card.tsx';
import { Marked } from './marked.tsx';
import { Looking } from './looking.tsx';
import { Fixed, Well } from './outcome.tsx';
import { QuietFindings } from './quiet-findings.tsx';
import { StepHead } from './step-head.tsx';
import { SymptomPicker } from './symptom-picker.tsx';
import { Treating } from './treating.tsx';

type DoctorPlace = Extract<Place, { readonly name: 'doctor' }>;

/** The wizard: one question, one cause, one thing to press. Escape leads back to where one came from. */
export function Doctor({ place }: { readonly place: DoctorPlace }): ReactNode {
  const { desktop, doctor } = useServices();
  const runScan = useDesktop(({ runs }) =>
    place.runId === undefined ? null : (runs[place.runId]?.snapshot?.scanId ?? null),
  );
  const scanId = place.scanId ?? runScan;
  const begun = useRef<DoctorPlace | null>(null);
  useEffect(() => {
    if (begun.current === place) return;
    begun.current = place;
    const { step, begin, choose } = doctor.getState();
    // What a fix does is not thrown away by a click elsewhere.
    if (step.name === 'treating') return;
    const run = place.runId === undefined ? undefined : desktop.getState().state?.runs[place.runId];
    const refused =
      run?.error && run.phase === 'refused'
        ? { runId: run.runId, mountName: run.mountName, mountPath: run.mountPath, error: run.error }
        : null;
    const about = { scanId, host: place.host ?? run?.host ?? null };
    if (place.symptom !== undefined) begin(place.symptom, about, refused);
    else if (scanId !== null || about.host !== null) choose(about);
  }, [desktop, doctor, place, scanId]);
  useRetried();
  const leave = useLeave();
  const box = useRef<HTMLDivElement>(null);
  const stepKey = useDoctor(({ step, saved }) => `${step.name} ${'key' in step ? step.key : ''} ${saved ?? ''}`);
  // Focus goes with the step, so that Tab and a screen reader begin at its heading.
  useEffect(() => {
    box.current?.querySelector<HTMLElement>('[data-step-heading]')?.focus();
  }, [stepKey]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (document.querySelector('[role="dialog"]') !== null) return;
      leave();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [leave]);
  return (
    <div className="doctor" ref={box}>
      <div className="doctor-bar">
        <Mount scanId={scanId} />
        <Button className="button ghost" onPress={leave}>
          Leave <kbd>Esc</kbd>
        </Button>
      </div>
      <Announcer />
      <Note />
      <Step leave={leave} />
    </div>
  );
}

/** A refused scan that is tried once more is one of the app's runs: what became of it stands there. */
function useRetried(): void {
  const { doctor } = useServices();
  const runId = useDoctor(({ step }) => (step.name === 'treating' && step.key === REFUSED ? step.runId : null));
  const run = useDesktop(({ runs }) => (runId === null ? null : (runs[runId] ?? null)));
  useEffect(() => {
    if (run === null || isBusy(run)) return;
    const certificate = run.snapshot?.certificate ?? null;
    const said = certificate === null ? run.mountName : certificateSentence(run.mountName, certificate).text;
    doctor.getState().retried(run.error, said);
  }, [doctor, run]);
}

/** Ends the look and goes back; a fix at work goes on, and is found again under “Something’s wrong”. */
function useLeave(): () => void {
  const { doctor, navigation } = useServices();
  return () => {
    const { step, leave } = doctor.getState();
    if (step.name !== 'treating') leave();
    const { go, before } = navigation.getState();
    go(before);
  };
}

function Mount({ scanId }: { readonly scanId: string | null }): ReactNode {
  const name = useDesktop(
    ({ runs }) => Object.values(runs).find(({ snapshot }) => snapshot?.scanId === scanId)?.mountName ?? null,
  );
  const refused = useDoctor((doctor) => doctor.refused?.mountName ?? null);
  const host = useDoctor((doctor) => doctor.host);
  const hostName = useDesktop(({ hosts }) =>
    host === null ? null : (Object.values(hosts).find((one) => one.host === host)?.name ?? host),
  );
  const about = name ?? refused ?? hostName;
  return <p className="muted small">{about === null ? 'Something’s wrong' : `Something’s wrong with ${about}`}</p>;
}

/** What became of the last thing that was pressed. */
function Note(): ReactNode {
  const note = useDoctor((doctor) => doctor.note);
  if (note === null) return null;
  return (
    <p className="doctor-note">
      <Marked text={note} />
    </p>
  );
}

function Announcer(): ReactNode {
  const text = useDoctor(announcement);
  return (
    <p role="status" className="heard-only">
      {text}
    </p>
  );
}

function Step({ leave }: { readonly leave: () => void }): ReactNode {
  const view = useDoctor((doctor) => doctor);
  const goTo = useNavigation((navigation) => navigation.go);
  const { step } = view;
  switch (step.name) {
    case 'symptoms':
      return <SymptomPicker />;
    case 'looking':
      return <Looking view={view} enough={view.enough} />;
    case 'asking':
      return <AskDisks view={view} />;
    case 'cause': {
      const finding = causeOf(view, step.key);
      if (finding === null) return null;
      return (
        <>
          <CauseCard key={step.key} finding={finding} />
          <QuietFindings view={view} />
        </>
      );
    }
    case 'treating':
      return <Treating fix={step.fix} runId={step.runId} leave={leave} />;
    case 'fixed':
      return (
        <Fixed
          said={step.said}
          leave={leave}
          seeScan={step.runId === null ? null : () => goTo({ name: 'scans', runId: step.runId ?? undefined })}
        />
      );
    case 'well':
      return (
        <>
          <Well view={view} leave={leave} />
          <QuietFindings view={view} />
        </>
      );
    case 'bundle':
      return <Bundle leave={leave} />;
    case 'broken':
      return (
        <>
          <StepHead title="The doctor could not look." />
          <Problem error={step.error} again={() => view.begin(view.symptom ?? 'all', view, view.refused)} />
        </>
      );
  }
}
