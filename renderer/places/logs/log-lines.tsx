import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode } from 'react';
import { useLogs, useServices } from '../../store/services.ts';
import { lookAt } from '../../words/log-words.ts';
import { isMarked, markedText } from './marked-text.tsx';

const ROW = 20;
/** This near to the end, in pixels, counts as being there. */
const NEAR = 30;
/** A browser's elements end at some 33 million pixels: of a longer log the end is shown. */
const MOST_ROWS = 1_600_000;

export interface Jump {
  readonly position: number;
  /** Grows with each, so that the same line can be gone to again. */
  readonly times: number;
}

/** Lines of one height, of which only those that are seen exist: a million of them scroll as ten do. */
export function LogLines({
  count,
  follows,
  follow,
  jump,
}: {
  readonly count: number;
  readonly follows: boolean;
  readonly follow: (follows: boolean) => void;
  readonly jump: Jump | null;
}): ReactNode {
  const { logs } = useServices();
  const box = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  // Drawn again when lines came.
  useLogs((log) => log.loaded);
  const hidden = Math.max(0, count - MOST_ROWS);
  const list = useVirtualizer({
    count: count - hidden,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 20,
  });
  const items = list.getVirtualItems();
  const first = (items[0]?.index ?? 0) + hidden;
  const last = (items.at(-1)?.index ?? -1) + hidden;
  const { scrollToIndex } = list;
  useEffect(() => {
    if (last >= first) logs.getState().seen(first, last);
  }, [logs, first, last, count]);
  useEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [follows, count]);
  useEffect(() => {
    if (jump !== null) scrollToIndex(Math.max(0, jump.position - hidden), { align: 'center' });
    // Where it leads does not change as the log grows.
  }, [jump, scrollToIndex]);
  return (
    <div
      ref={box}
      className="log-lines"
      role="region"
      aria-label="Lines"
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.key !== 'End' && event.key !== 'Home') return;
        // At once: the browser would glide there, through lines that are added meanwhile, and past what was said by the next key.
        event.preventDefault();
        const { currentTarget } = event;
        follow(event.key === 'End');
        currentTarget.scrollTop = event.key === 'End' ? currentTarget.scrollHeight : 0;
      }}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR;
        // Only a person scrolls up.
        if (scrollTop < lastTop.current && !isAtEnd && follows) follow(false);
        else if (isAtEnd && !follows && scrollTop > lastTop.current) follow(true);
        lastTop.current = scrollTop;
      }}
    >
      <div className="virtual" style={{ height: list.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const position = index + hidden;
          const line = logs.getState().line(position);
          const marks = line?.marks;
          const { level, time, text, textAt, levelAt } = lookAt(line?.text ?? '');
          const isHere = jump?.position === position;
          return (
            <div
              key={index}
              className={`log-line level-${level ?? 'none'}${isHere ? ' here' : ''}`}
              style={{ transform: `translateY(${start}px)` }}
              {...(isHere ? { 'aria-current': true } : {})}
            >
              <span className="log-number">{line?.number ?? ''}</span>
              <span className="log-time">{time.slice(11)}</span>
              {level === null || (level === 'INFO' && !isMarked(levelAt ?? 0, level.length, marks)) ? null : (
                <>{levelAt !== null && isMarked(levelAt, level.length, marks) ? <mark>{level}</mark> : level} </>
              )}
              {markedText(text, textAt, marks)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
