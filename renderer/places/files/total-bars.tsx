import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Measure, Totals } from '../../../shared/files.ts';
import type { Plain } from '../../../shared/plain.ts';
import { Bar, Empty } from '../../parts/bits.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useBytes } from '../../store/services.ts';
import type { Asked } from '../../store/use-request.ts';
import { shown } from '../../words/path-words.ts';
import { counted } from '../../words/scan-words.ts';
import { fractionOf, largestOf, sizeOf } from './measures.ts';
import { Reading } from './folder-view.tsx';

interface Shown {
  readonly key: string;
  readonly name: string;
  readonly size: bigint;
  readonly more: string;
  /** What a press looks for; null: nothing. */
  readonly find: string | null;
}

/** By type or by age: the whole of what is looked at, as bars. */
export function TotalBars({
  totals,
  by,
  measure,
  find,
}: {
  readonly totals: Asked<Plain<Totals>>;
  readonly by: 'types' | 'ages';
  readonly measure: Measure;
  readonly find: (text: string) => void;
}): ReactNode {
  const { value, error, again } = totals;
  if (error !== null) return <Problem error={error} again={again} />;
  if (value === null) return <Reading />;
  return (
    <>
      <p className="muted folder-sum">
        {by === 'types'
          ? 'All files by the end of their names. Press one to find its files.'
          : 'All files by when they were last changed.'}
        {measure === 'chargedBytes' ? ' Sizes on disk: hard links are not told apart here.' : ''}
      </p>
      <Bars rows={by === 'types' ? byType(value, measure) : byAge(value, measure)} find={find} />
    </>
  );
}

function byType({ types }: Plain<Totals>, measure: Measure): Shown[] {
  return types.map((type) => ({
    key: type.extension,
    name: type.extension === '' ? 'without an extension' : `.${shown(type.extension)}`,
    size: sizeOf(type, measure),
    more: counted(type.files, 'file'),
    find: type.extension === '' ? null : `.${type.extension}`,
  }));
}

function byAge({ ages }: Plain<Totals>, measure: Measure): Shown[] {
  return ages.map((age) => ({
    key: age.label,
    name: `Last changed ${age.label}${/month|year/u.test(age.label) ? ' ago' : ''}`,
    size: sizeOf(age, measure),
    more: counted(age.files, 'file'),
    find: null,
  }));
}

function Bars({ rows, find }: { readonly rows: readonly Shown[]; readonly find: (text: string) => void }): ReactNode {
  const bytes = useBytes();
  const largest = largestOf(rows.map(({ size }) => size));
  if (rows.length === 0) return <Empty title="No files" />;
  return (
    <ul className="bars">
      {rows.map((row) => {
        const cells = (
          <>
            <span className="bar-name path">{row.name}</span>
            <Bar fraction={fractionOf(row.size, largest)} />
            <span className="bar-size">{bytes(row.size)}</span>
            <span className="bar-more muted small">{row.more}</span>
          </>
        );
        const { find: text } = row;
        return (
          <li key={row.key}>
            {text === null ? (
              <div className="bar-row still no-icon">{cells}</div>
            ) : (
              <Button className="bar-row no-icon" onPress={() => find(text)}>
                {cells}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
