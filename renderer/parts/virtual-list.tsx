import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';

/**
 * A list of any length of which only what is seen is there. One stop for Tab; arrows, Page, Home and End move in it, and what is active is told
 * by `aria-activedescendant`. With headings it is a grid, and `row` gives cells.
 */
export function VirtualList({
  label,
  count,
  rowHeight,
  active,
  activate,
  row,
  className,
  open,
  seen,
  overscan = 12,
  headings,
  takesOver = false,
}: {
  readonly label: string;
  readonly count: number;
  readonly rowHeight: number;
  readonly active: number | null;
  readonly activate: (index: number) => void;
  readonly row: (index: number) => ReactNode;
  readonly className: string;
  /** Enter, or a double click. */
  readonly open?: (index: number) => void;
  /** Which rows are there now: those that are not loaded yet can be. */
  readonly seen?: (first: number, last: number) => void;
  readonly overscan?: number;
  /** Of the height of a row; they stay in sight. */
  readonly headings?: ReactNode;
  /** It came in place of another one that had the focus: whoever works by keyboard goes on in it. */
  readonly takesOver?: boolean;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const isGrid = headings !== undefined;
  const list = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan,
    // What the headings cover is not in sight.
    scrollPaddingStart: isGrid ? rowHeight : 0,
    scrollMargin: isGrid ? rowHeight : 0,
  });
  const { scrollToIndex } = list;
  useEffect(() => {
    if (active !== null && active >= 0) scrollToIndex(active, { align: 'auto' });
  }, [active, scrollToIndex]);
  useEffect(() => {
    if (takesOver && document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, [takesOver]);
  const items = list.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= first) seen?.(first, last);
  }, [first, last, seen]);
  const idOf = (index: number): string => `${label.replaceAll(' ', '-')}-${index}`;
  const pressed = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowHeight) - 1);
    const from = active ?? -1;
    const steps: Partial<Record<string, number>> = {
      ArrowDown: from + 1,
      ArrowUp: from - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: count - 1,
    };
    if (event.key === 'Enter' && active !== null && active >= 0 && open !== undefined) {
      event.preventDefault();
      open(active);
      return;
    }
    const to = steps[event.key];
    if (to === undefined || count === 0) return;
    event.preventDefault();
    activate(Math.max(0, Math.min(count - 1, to)));
  };
  const shown = active !== null && active >= 0 && items.some(({ index }) => index === active);
  return (
    <div
      ref={box}
      className={className}
      role={isGrid ? 'grid' : 'listbox'}
      aria-label={label}
      tabIndex={0}
      onKeyDown={(event) => {
        // A heading that is pressed with Enter is no row that is opened.
        if (event.target === event.currentTarget) pressed(event);
      }}
      {...(isGrid ? { 'aria-rowcount': count + 1 } : {})}
      {...(shown ? { 'aria-activedescendant': idOf(active) } : {})}
    >
      {headings}
      <div className="virtual" role={isGrid ? 'rowgroup' : 'presentation'} style={{ height: list.getTotalSize() }}>
        {items.map(({ index, start }) => (
          <div
            key={index}
            id={idOf(index)}
            {...(isGrid
              ? { role: 'row', 'aria-rowindex': index + 2 }
              : { role: 'option', 'aria-posinset': index + 1, 'aria-setsize': count })}
            aria-selected={index === active}
            className="virtual-row"
            style={{ height: rowHeight, transform: `translateY(${start - (isGrid ? rowHeight : 0)}px)` }}
            onClick={() => activate(index)}
            onDoubleClick={() => open?.(index)}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
