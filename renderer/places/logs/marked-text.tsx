import type { ReactNode } from 'react';
import type { LogMark } from '../../../shared/log-view.ts';

/** A part of a line, with what the filter found in it. `at`: where the part begins in its line, which the marks count from. */
export function markedText(text: string, at: number, marks: readonly LogMark[] | undefined): ReactNode {
  if (marks === undefined) return text;
  const parts: ReactNode[] = [];
  let done = 0;
  for (const [from, to] of marks) {
    const begin = Math.max(done, from - at);
    const end = Math.min(text.length, to - at);
    if (end <= begin) continue;
    parts.push(text.slice(done, begin), <mark key={begin}>{text.slice(begin, end)}</mark>);
    done = end;
  }
  return done === 0 ? text : [...parts, text.slice(done)];
}

/** Whether one of the marks touches this part. */
export function isMarked(from: number, length: number, marks: readonly LogMark[] | undefined): boolean {
  return marks?.some(([begin, end]) => begin < from + length && end > from) === true;
}
