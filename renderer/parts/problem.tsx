import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { ErrorJson } from '../../shared/errors.ts';

/** An error as a person reads it: what happened, what to do, and something to press. */
export function Problem({ error, again }: { readonly error: ErrorJson; readonly again?: () => void }): ReactNode {
  return (
    <div className="problem" role="alert">
      <p className="problem-text">{error.message}</p>
      {error.hint === undefined ? null : <p className="muted">{error.hint}</p>}
      <div className="row">
        {again === undefined ? null : (
          <Button className="button" onPress={again}>
            Try again
          </Button>
        )}
        <code className="code">{error.code}</code>
      </div>
    </div>
  );
}
