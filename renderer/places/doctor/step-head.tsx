import type { ReactNode } from 'react';

/** The heading of a step: focus goes there when the step changes. */
export function StepHead({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactNode {
  return (
    <header className="doctor-head">
      <h1 tabIndex={-1} data-step-heading>
        {title}
      </h1>
      {children === undefined ? null : <p className="lead">{children}</p>}
    </header>
  );
}
