import type { ReactNode } from 'react';
import type { Tone } from '../words/scan-words.ts';

/** A dot and a few words; the words carry the meaning, the colour only helps. */
export function Chip({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactNode {
  return <span className={`chip tone-${tone}`}>{children}</span>;
}

export function Fact({
  label,
  title,
  unit,
  children,
}: {
  readonly label: string;
  readonly title?: string;
  /** Behind the number, smaller: "files/s", "of 12". */
  readonly unit?: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className="fact" title={title}>
      <dt>{label}</dt>
      <dd>
        {children}
        {unit === undefined ? null : <span className="fact-unit"> {unit}</span>}
      </dd>
    </div>
  );
}

/** What is done of what is known, or a moving line where nothing is known: no invented percentages. */
export function Progress({ fraction, label }: { readonly fraction: number | null; readonly label: string }): ReactNode {
  const known =
    fraction === null ? {} : { 'aria-valuenow': Math.round(fraction * 100), 'aria-valuemin': 0, 'aria-valuemax': 100 };
  return (
    <div
      className={fraction === null ? 'progress unknown' : 'progress'}
      role="progressbar"
      aria-label={label}
      {...known}
    >
      <div className="progress-bar" style={fraction === null ? {} : { width: `${fraction * 100}%` }} />
    </div>
  );
}

/** Nothing to show, and why. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactNode {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** Bars beside their names, longest first; each may be pressed. */
export function Bar({ fraction }: { readonly fraction: number }): ReactNode {
  return (
    <span className="bar" aria-hidden="true">
      <span className="bar-fill" style={{ width: `${Math.max(0.5, Math.min(1, fraction) * 100)}%` }} />
    </span>
  );
}
