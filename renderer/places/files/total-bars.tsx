import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Measure, Totals } from '../../../shared/files.ts';
import type { Plain } from '../../../shared/plain.ts';
import { formatCount } from '../../../shared/units.ts';
import { Headings, type Column } from '../../parts/columns.tsx';
import { Bar, Empty } from '../../parts/bits.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useBytes } from '../../store/services.ts';
import type { Asked } from '../../store/use-request.ts';
import { shown } from '../../words/path-words.ts';
import { fractionOf, largestOf, sizeOf } from './measures.ts';
import { Reading } from './folder-view.tsx';

interface Shown {
  readonly key: string;
  readonly name: string;
  readonly size: bigint;
  readonly files: number;
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
      <Bars by={by} rows={by === 'types' ? byType(value, measure) : byAge(value, measure)} find={find} />
    </>
  );
}

function byType({ types }: Plain<Totals>, measure: Measure): Shown[] {
  return types.map((type) => ({
    key: type.extension,
    name: type.extension === '' ? 'without an extension' : `.${shown(type.extension)}`,
    size: sizeOf(type, measure),
    files: type.files,
    find: type.extension === '' ? null : `.${type.extension}`,
  }));
}

function byAge({ ages }: Plain<Totals>, measure: Measure): Shown[] {
  return ages.map((age) => ({
    key: age.label,
    name: `${age.label}${/month|year/u.test(age.label) ? ' ago' : ''}`,
    size: sizeOf(age, measure),
    files: age.files,
    find: null,
  }));
}

type Order = 'name' | 'size' | 'files';

const ORDERS: Readonly<Record<Order, (a: Shown, b: Shown) => number>> = {
  name: (a, b) => a.name.localeCompare(b.name, 'en'),
  size: (a, b) => (a.size === b.size ? 0 : a.size < b.size ? 1 : -1),
  files: (a, b) => b.files - a.files,
};

function Bars({
  by,
  rows,
  find,
}: {
  readonly by: 'types' | 'ages';
  readonly rows: Shown[];
  readonly find: (text: string) => void;
}): ReactNode {
  const bytes = useBytes();
  // Ages come in their own order, the newest first.
  const [order, setOrder] = useState<Order>(by === 'types' ? 'size' : 'name');
  const largest = largestOf(rows.map(({ size }) => size));
  if (rows.length === 0) return <Empty title="No files" />;
  const sorted = by === 'ages' && order === 'name' ? rows : [...rows].sort(ORDERS[order]);
  const columns: readonly Column<Order>[] = [
    { key: 'name', text: by === 'types' ? 'Type' : 'Last changed', order: 'name', direction: 'ascending' },
    { key: 'size', text: 'Size', isNumber: true, order: 'size' },
    { key: 'files', text: 'Files', isNumber: true, order: 'files' },
  ];
  return (
    <div
      className="totals"
      role="table"
      aria-label={by === 'types' ? 'By type' : 'By age'}
      aria-rowcount={rows.length + 1}
    >
      <Headings columns={columns} order={order} setOrder={setOrder} />
      {sorted.map((row, index) => {
        const { find: text } = row;
        return (
          <div key={row.key} className="total-row" role="row" aria-rowindex={index + 2}>
            <span className="bar-name path" role="cell">
              {text === null ? (
                row.name
              ) : (
                <Button className="link plain-link" onPress={() => find(text)}>
                  {row.name}
                </Button>
              )}
            </span>
            <span className="file-size" role="cell">
              <Bar fraction={fractionOf(row.size, largest)} />
              <span className="bar-size">{bytes(row.size)}</span>
            </span>
            <span className="bar-more muted small" role="cell">
              {formatCount(row.files)}
            </span>
          </div>
        );
      })}
    </div>
  );
}
