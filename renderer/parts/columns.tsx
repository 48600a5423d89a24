import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';

export interface Column<K extends string = string> {
  readonly key: string;
  readonly text: string;
  /** Numbers stand at its right edge. */
  readonly isNumber?: boolean;
  /** What the rows are ordered by when its heading is pressed; absent: they can't be ordered by it. */
  readonly order?: K;
  /** Which way that order goes. */
  readonly direction?: 'ascending' | 'descending';
  /** There is nothing to read in it: an icon, a bar. */
  readonly isBare?: boolean;
}

/** The headings of a grid. One that orders the rows can be pressed, and tells whether it does. */
export function Headings<K extends string>({
  columns,
  order,
  setOrder,
}: {
  readonly columns: readonly Column<K>[];
  /** null: as they are ordered, nothing else can be chosen. */
  readonly order: K | null;
  readonly setOrder?: (order: K) => void;
}): ReactNode {
  return (
    <div className="headings" role="row" aria-rowindex={1}>
      {columns.map((column) => {
        const { key, text, isNumber, isBare, direction = 'descending' } = column;
        const sorted = column.order !== undefined && column.order === order;
        const content =
          column.order === undefined || setOrder === undefined ? (
            <span className={isBare === true ? 'sr-only' : ''}>{text}</span>
          ) : (
            <Button
              className="heading-button"
              onPress={() => (column.order === undefined ? undefined : setOrder(column.order))}
            >
              {text}
            </Button>
          );
        return (
          <div
            key={key}
            role="columnheader"
            className={isNumber === true ? 'heading number' : 'heading'}
            {...(column.order === undefined ? {} : { 'aria-sort': sorted ? direction : ('none' as const) })}
          >
            {content}
            {sorted ? <span aria-hidden="true">{direction === 'ascending' ? ' ↑' : ' ↓'}</span> : null}
          </div>
        );
      })}
    </div>
  );
}
