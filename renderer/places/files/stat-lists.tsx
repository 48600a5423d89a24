import type { ReactNode } from 'react';
import type { Stats } from '../../../shared/inventory.ts';
import { nameKey, nameText } from '../../../shared/names.ts';
import type { Plain } from '../../../shared/plain.ts';
import { Bar, Empty } from '../../parts/bits.tsx';
import { useBytes } from '../../store/services.ts';
import { counted } from '../../words/scan-words.ts';
import { stamp } from '../../words/time-words.ts';
import { fractionOf, largestOf, sizeOf, type Measure } from './measures.ts';

interface Shown {
  readonly key: string;
  readonly name: string;
  readonly title: string;
  readonly size: bigint;
  readonly more: string;
}

export function LargestFiles({
  stats,
  mountPath,
  measure,
}: {
  readonly stats: Plain<Stats>;
  readonly mountPath: string;
  readonly measure: Measure;
}): ReactNode {
  return (
    <Bars
      empty="No files"
      rows={stats.largestFiles.map((file) => ({
        key: nameKey(file.path),
        name: nameText(file.path),
        title: `${mountPath}/${nameText(file.path)}`,
        size: sizeOf(file, measure),
        more: stamp(file.mtimeMs),
      }))}
    />
  );
}

export function TypeBars({ stats, measure }: { readonly stats: Plain<Stats>; readonly measure: Measure }): ReactNode {
  return (
    <Bars
      empty="No files"
      rows={stats.types.map((type) => ({
        key: type.extension,
        name: type.extension === '' ? 'without an extension' : `.${type.extension}`,
        title: '',
        size: sizeOf(type, measure),
        more: counted(type.files, 'file'),
      }))}
    />
  );
}

export function AgeBars({ stats, measure }: { readonly stats: Plain<Stats>; readonly measure: Measure }): ReactNode {
  return (
    <Bars
      empty="No files"
      rows={stats.ages.map((age) => ({
        key: age.label,
        name: `Last changed ${age.label}${age.label.includes('month') || age.label.includes('year') ? ' ago' : ''}`,
        title: '',
        size: sizeOf(age, measure),
        more: counted(age.files, 'file'),
      }))}
    />
  );
}

function Bars({ rows, empty }: { readonly rows: readonly Shown[]; readonly empty: string }): ReactNode {
  const bytes = useBytes();
  const largest = largestOf(rows.map(({ size }) => size));
  if (rows.length === 0) return <Empty title={empty} />;
  return (
    <ul className="bars">
      {rows.map((row) => (
        <li key={row.key}>
          <div className="bar-row still no-icon" title={row.title}>
            <span className="bar-name path">{row.name}</span>
            <Bar fraction={fractionOf(row.size, largest)} />
            <span className="bar-size">{bytes(row.size)}</span>
            <span className="bar-more muted small">{row.more}</span>
          </div>
        </li>
      ))}
    </ul>
  );
}
