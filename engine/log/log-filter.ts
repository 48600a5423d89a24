import type { LogFilter, LogMark } from '../../shared/log-view.ts';

export const LOG_LEVEL = { none: 0, info: 1, warning: 2, error: 3 } as const;
export type LogLevel = (typeof LOG_LEVEL)[keyof typeof LOG_LEVEL];

/** A pattern looks at this much of a line: time may grow with its square. */
const PATTERN_CHARACTERS = 4_000;
/** Of a line; more helps nobody. */
const MOST_MARKS = 50;

export interface LineTest {
  /** Lines below it are hidden. */
  readonly minLevel: LogLevel;
  /** null: no line needs to be read. */
  readonly matches: ((line: string) => boolean) | null;
  /** Where in a line that matches, for people to see; null as for `matches`. */
  readonly marks: ((line: string) => LogMark[]) | null;
}

/** The test that a filter means, or why it is none. */
export function compileFilter({ level, text, isPattern }: LogFilter): LineTest | { readonly problem: string } {
  const minLevel = level === 'errors' ? LOG_LEVEL.error : level === 'warnings' ? LOG_LEVEL.warning : LOG_LEVEL.none;
  if (text === '') return { minLevel, matches: null, marks: null };
  if (!isPattern) {
    const wanted = text.toLowerCase();
    return {
      minLevel,
      matches: (line) => line.toLowerCase().includes(wanted),
      marks: (line) => placesOf(line, wanted),
    };
  }
  const pattern = expression(text);
  if (pattern === null) return { problem: 'This is no regular expression.' };
  const every = new RegExp(pattern.source, `${pattern.flags}g`);
  return {
    minLevel,
    matches: (line) => pattern.test(line.slice(0, PATTERN_CHARACTERS)),
    marks: (line) => matchesOf(line.slice(0, PATTERN_CHARACTERS), every),
  };
}

function placesOf(line: string, wanted: string): LogMark[] {
  const lower = line.toLowerCase();
  // A letter that is longer in lower case (İ) moves what follows it.
  if (lower.length !== line.length) return [];
  const marks: LogMark[] = [];
  for (let at = lower.indexOf(wanted); at >= 0 && marks.length < MOST_MARKS; at = lower.indexOf(wanted, at)) {
    marks.push([at, at + wanted.length]);
    at += wanted.length;
  }
  return marks;
}

function matchesOf(line: string, every: RegExp): LogMark[] {
  const marks: LogMark[] = [];
  for (const { index, 0: found } of line.matchAll(every)) {
    if (found !== '') marks.push([index, index + found.length]);
    if (marks.length >= MOST_MARKS) break;
  }
  return marks;
}

function expression(text: string): RegExp | null {
  // What only the older grammar takes (an escaped hyphen, a lone brace) is taken as well.
  for (const flags of ['iu', 'i']) {
    try {
      return new RegExp(text, flags);
    } catch {
      continue;
    }
  }
  return null;
}

const OURS = 22;

/** Of a line by its first characters: `2026-01-31 18:05:09 - ERROR - …`, or `[2026-01-31 18:05:09.123] [error] …` of the app's own log. */
export function levelOf(start: string): LogLevel {
  const word = start.startsWith('[')
    ? /^\[[^\]]*\] \[(\w+)\]/u.exec(start)?.[1]
    : /^(\w+) - /u.exec(start.slice(OURS))?.[1];
  switch (word) {
    case 'ERROR':
    case 'error':
      return LOG_LEVEL.error;
    case 'WARNING':
    case 'warn':
      return LOG_LEVEL.warning;
    case 'INFO':
    case 'info':
      return LOG_LEVEL.info;
    default:
      return LOG_LEVEL.none;
  }
}

/** Of a scan's log, what its workers left behind for one attempt: what stands between its headline and that of another attempt of this chunk. */
export interface LogSection {
  readonly chunkId: number;
  readonly attemptId: string;
}

export function sectionTest({ chunkId, attemptId }: LogSection): (line: string) => boolean {
  const headline = `Chunk ${chunkId} attempt `;
  const evidence = [`CONTAINER LOG chunk ${chunkId}: `, `INSPECT chunk ${chunkId}: `];
  let isInside = false;
  return (line) => {
    const at = line.indexOf(headline);
    if (at >= 0) {
      isInside = line.startsWith(attemptId, at + headline.length);
      return isInside;
    }
    return isInside && evidence.some((part) => line.includes(part));
  };
}
