import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';

/**
 * A list of any length of which only what is seen is there. One stop for Tab; arrows, Page, Home and End move in it, and what is active is told
 * by `aria-activedescendant`.
 */
export function VirtualList({
  label,
  count,
  rowHeight,
  active,
  activate,
  row,
  className,
}: {
  readonly label: string;
  readonly count: number;
  readonly rowHeight: number;
  readonly active: number | null;
  readonly activate: (index: number) => void;
  readonly row: (index: number) => ReactNode;
  readonly className: string;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const { scrollToIndex } = list;
  useEffect(() => {
    if (active !== null && active >= 0) scrollToIndex(active, { align: 'auto' });
  }, [active, scrollToIndex]);
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
    const to = steps[event.key];
    if (to === undefined || count === 0) return;
    event.preventDefault();
    activate(Math.max(0, Math.min(count - 1, to)));
  };
  const shown = active !== null && active >= 0 && list.getVirtualItems().some(({ index }) => index === active);
  return (
    <div
      ref={box}
      className={className}
      role="listbox"
      aria-label={label}
      tabIndex={0}
      onKeyDown={pressed}
      {...(shown ? { 'aria-activedescendant': idOf(active) } : {})}
    >
      <div className="virtual" role="presentation" style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            id={idOf(index)}
            role="option"
            aria-selected={index === active}
            aria-posinset={index + 1}
            aria-setsize={count}
            className="virtual-row"
            style={{ height: rowHeight, transform: `translateY(${start}px)` }}
            onClick={() => activate(index)}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
