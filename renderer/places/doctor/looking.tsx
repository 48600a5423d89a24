import { useEffect, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Progress } from '../../parts/bits.tsx';
import type { DoctorView } from '../../store/doctor-machine.ts';
import { progressOf, rowsOf } from '../../words/doctor-words.ts';
import { CheckRows } from './check-rows.tsx';
import { StepHead } from './step-head.tsx';

/** A healthy look takes less: then something hangs, and nobody has to wait for it. */
const PATIENCE_MS = 5_000;

export function Looking({ view, enough }: { readonly view: DoctorView; readonly enough: () => void }): ReactNode {
  const { done, all } = progressOf(view);
  const isSlow = useLater(PATIENCE_MS);
  const waiting = view.checks.filter(({ id }) => view.results[id] === undefined);
  return (
    <>
      <StepHead title="Looking for the cause …">
        {all === 0 ? 'One moment.' : `${done} of ${all} checks have answered. Nothing is changed.`}
      </StepHead>
      <Progress fraction={all === 0 ? null : done / all} label="Checks" />
      <div className="doctor-wait" data-shown={isSlow && waiting.length > 0}>
        {isSlow && waiting.length > 0 ? (
          <>
            <span className="muted">
              {waiting.length === 1 ? `“${waiting[0]?.title ?? ''}” has` : `${waiting.length} checks have`} not answered
              yet.
            </span>
            <Button className="button" onPress={enough}>
              Don’t wait
            </Button>
          </>
        ) : null}
      </div>
      <CheckRows rows={rowsOf(view.checks, view.results, false)} />
    </>
  );
}

function useLater(ms: number): boolean {
  const [isLater, setLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLater(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return isLater;
}
