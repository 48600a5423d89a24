import type { LevelFilter, LogFilter } from '../../shared/log-view.ts';

export type Level = 'ERROR' | 'WARNING' | 'INFO';

export interface LogLook {
  readonly level: Level | null;
  readonly time: string;
  readonly text: string;
  /** Where the text begins in the line. */
  readonly textAt: number;
  /** Where the line itself names its level; null: it has none. */
  readonly levelAt: number | null;
}

const APP_LEVELS: Readonly<Record<string, Level>> = { error: 'ERROR', warn: 'WARNING', info: 'INFO' };

/** `2026-01-31 18:05:09 - INFO - …` (a scan's) or `[2026-01-31 18:05:09.123] [info]  …` (the app's) in its parts; what has none is text. */
export function lookAt(line: string): LogLook {
  const scan = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) - (ERROR|WARNING|INFO) - (.*)$/su.exec(line);
  if (scan !== null) return look(line, scan[2] as Level, scan[1], scan[3], ' - ');
  const app = /^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.\d+\] \[(\w+)\]\s*(.*)$/su.exec(line);
  if (app !== null) return look(line, APP_LEVELS[app[2] ?? ''] ?? null, app[1], app[3], '] [');
  return { level: null, time: '', text: line, textAt: 0, levelAt: null };
}

function look(line: string, level: Level | null, time: string | undefined, text = '', before: string): LogLook {
  return {
    level,
    time: time ?? '',
    text,
    textAt: line.length - text.length,
    levelAt: line.indexOf(before) + before.length,
  };
}

export const LEVEL_WORDS: Readonly<Record<LevelFilter, string>> = {
  all: 'Everything',
  warnings: 'Warnings and errors',
  errors: 'Errors',
};

/** What people used to grep for, in one click. */
export const GREPS = [
  'ERROR',
  'Failed to start container',
  'TIMEOUT',
  'STALL',
  'HEALTH CHECK',
  'DATABASE ACTIVITY',
  'PROGRESS',
  'SMART SCAN COMPLETE',
] as const;

/** Whatever a scan's log says of one chunk: "Chunk 12 starts", "STALL chunk 12: …"; not of chunk 123. */
export function linesOfChunk(chunkId: number): LogFilter {
  return { level: 'all', text: `\\bchunk ${chunkId}\\b`, isPattern: true };
}
