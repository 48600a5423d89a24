import type { ReactNode } from 'react';
import type { HostStep, HostView } from '../../shared/hosts.ts';
import { STEP_WORDS } from '../words/host-words.ts';
import { Icon, type IconName } from './icon.tsx';

const ICONS: Readonly<Record<HostStep['result'], IconName>> = {
  ok: 'check',
  note: 'note',
  failed: 'cross',
  skipped: 'dash',
};
const SPOKEN: Readonly<Record<HostStep['result'], string>> = {
  ok: 'passed',
  note: 'passed, with a remark',
  failed: 'failed',
  skipped: 'not looked at',
};

/** The way to a host, step by step, as far as it was gone. */
export function HostSteps({ host }: { readonly host: Pick<HostView, 'steps' | 'look' | 'name'> }): ReactNode {
  const isChecking = host.look.state === 'checking';
  // Beside the error that says it all, what was not looked at because of it says nothing more.
  const isSaid = host.look.state === 'failed';
  const steps = host.steps.filter(({ result, text }) => !isSaid || result !== 'skipped' || text !== '');
  return (
    <ol className="steps" aria-label={`Checks of ${host.name}`} aria-live="polite" aria-busy={isChecking}>
      {steps.map(({ step, result, text }) => (
        <li key={step} className={`step step-${result}`}>
          <Icon name={ICONS[result]} />
          <span className="step-name">
            {STEP_WORDS[step]}
            <span className="sr-only"> {SPOKEN[result]}</span>
          </span>
          <span className="step-text">{result === 'failed' && isSaid ? 'is in the way' : text}</span>
        </li>
      ))}
      {isChecking ? (
        <li className="step step-next">
          <span className="spinner" aria-hidden="true" />
          <span className="step-name muted">{host.steps.length === 0 ? 'Connecting …' : 'Next …'}</span>
        </li>
      ) : null}
    </ol>
  );
}
