export type Level = 'ERROR' | 'WARNING' | 'INFO';

export interface LogLook {
  readonly level: Level | null;
  readonly time: string;
  readonly text: string;
}

/** `2026-01-31 18:05:09 - INFO - …` in its parts; what has none is text. */
export function lookAt(line: string): LogLook {
  const match = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) - (ERROR|WARNING|INFO) - (.*)$/u.exec(line);
  if (match === null) return { level: null, time: '', text: line };
  return { level: match[2] as Level, time: match[1] ?? '', text: match[3] ?? '' };
}

export const LEVELS = { all: 'Everything', warnings: 'Warnings and errors', errors: 'Errors' } as const;
export type LevelFilter = keyof typeof LEVELS;

/** What people used to grep for, in one click. */
export const GREPS = ['ERROR', 'STALL', 'HEALTH CHECK', 'DATABASE ACTIVITY', 'PROGRESS', 'SMART SCAN'] as const;

/** Which lines are shown, or why the pattern is none. */
export function lineFilter(
  level: LevelFilter,
  text: string,
  isPattern: boolean,
): { readonly matches: (line: string) => boolean } | { readonly problem: string } {
  const levels = level === 'errors' ? [' - ERROR - '] : level === 'warnings' ? [' - ERROR - ', ' - WARNING - '] : null;
  const hasLevel = (line: string): boolean => levels === null || levels.some((part) => line.includes(part));
  if (text === '') return { matches: hasLevel };
  if (isPattern) {
    try {
      const pattern = new RegExp(text, 'iu');
      return { matches: (line) => hasLevel(line) && pattern.test(line) };
    } catch {
      return { problem: 'This is no regular expression.' };
    }
  }
  const wanted = text.toLowerCase();
  return { matches: (line) => hasLevel(line) && line.toLowerCase().includes(wanted) };
}
