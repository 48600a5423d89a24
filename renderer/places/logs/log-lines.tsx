import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode } from 'react';
import { lookAt } from '../../words/log-words.ts';

const ROW = 20;
/** This near to the end, in pixels, counts as being there. */
const NEAR = 30;

/** Lines of one height, of which only those that are seen exist: a million of them scroll as ten do. */
export function LogLines({
  lines,
  follows,
  follow,
}: {
  readonly lines: readonly string[];
  readonly follows: boolean;
  readonly follow: (follows: boolean) => void;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 20,
  });
  useEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [follows, lines]);
  return (
    <div
      ref={box}
      className="log-lines"
      role="region"
      aria-label="Lines"
      tabIndex={0}
      onWheel={(event) => (event.deltaY < 0 ? follow(false) : undefined)}
      onScroll={({ currentTarget }) => {
        if (currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight < NEAR && !follows)
          follow(true);
      }}
      onKeyDown={(event) => (['ArrowUp', 'PageUp', 'Home'].includes(event.key) ? follow(false) : undefined)}
    >
      <div className="virtual" style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map(({ index, start }) => {
          const { level, time, text } = lookAt(lines[index] ?? '');
          return (
            <div
              key={index}
              className={`log-line level-${level ?? 'none'}`}
              style={{ transform: `translateY(${start}px)` }}
            >
              <span className="muted">{time.slice(11)}</span> {level === null || level === 'INFO' ? '' : `${level} `}
              {text}
            </div>
          );
        })}
      </div>
    </div>
  );
}
