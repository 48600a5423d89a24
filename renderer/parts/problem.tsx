import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { ErrorJson } from '../../shared/errors.ts';
import { symptomOf } from '../../shared/symptom-of.ts';
import { useNavigation } from '../store/services.ts';
import { inAppWords } from '../words/app-words.ts';

/** An error as a person reads it: what happened, what to do, and something to press. */
export function Problem({
  error,
  again,
  scanId,
  runId,
  isHelped = false,
}: {
  readonly error: ErrorJson;
  readonly again?: () => void;
  /** What the doctor looks at; else the newest scan. */
  readonly scanId?: string | undefined;
  /** The run that was refused. */
  readonly runId?: string | undefined;
  /** The doctor is offered. */
  readonly isHelped?: boolean;
}): ReactNode {
  return (
    <div className="problem" role="alert">
      <p className="problem-text">{error.message}</p>
      {error.hint === undefined ? null : <p className="muted">{inAppWords(error.hint)}</p>}
      <div className="row">
        {again === undefined ? null : (
          <Button className="button" onPress={again}>
            Try again
          </Button>
        )}
        {isHelped ? <Help error={error} scanId={scanId} runId={runId} /> : null}
        <code className="code">{error.code}</code>
      </div>
    </div>
  );
}

function Help({
  error,
  scanId,
  runId,
}: {
  readonly error: ErrorJson;
  readonly scanId: string | undefined;
  readonly runId: string | undefined;
}): ReactNode {
  const go = useNavigation((navigation) => navigation.go);
  return (
    <Button className="button" onPress={() => go({ name: 'doctor', symptom: symptomOf(error.code), scanId, runId })}>
      What’s wrong?
    </Button>
  );
}
