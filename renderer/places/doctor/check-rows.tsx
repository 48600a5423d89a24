import type { ReactNode } from 'react';
import type { CheckInfo, CheckResult, Verdict } from '../../../shared/diagnosis.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { VERDICT_WORDS } from '../../words/doctor-words.ts';

const ICONS: Readonly<Record<Verdict, IconName>> = {
  ok: 'check',
  warning: 'warning',
  problem: 'cross',
  unknown: 'moon',
};
const TONES: Readonly<Record<Verdict, string>> = { ok: 'good', warning: 'attention', problem: 'bad', unknown: 'quiet' };

/** One row a check, all of one height from the start: nothing moves while they come in. */
export function CheckRows({
  rows,
}: {
  readonly rows: readonly { readonly check: CheckInfo; readonly result: CheckResult | null }[];
}): ReactNode {
  return (
    <ul className="check-rows">
      {rows.map(({ check, result }) => (
        <li key={check.id} className="check-row" title={result?.said}>
          <span className={`check-mark tone-${result === null ? 'waiting' : TONES[result.verdict]}`}>
            {result === null ? <span className="dot" aria-hidden="true" /> : <Icon name={ICONS[result.verdict]} />}
          </span>
          <span className="check-title">{check.title}</span>
          <span className="check-said muted">
            <span className="heard-only">{result === null ? 'looking' : `${VERDICT_WORDS[result.verdict]}. `}</span>
            {result?.said ?? ''}
          </span>
        </li>
      ))}
    </ul>
  );
}
