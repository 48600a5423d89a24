import type { LogLine } from './scan-log.ts';

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** `2026-01-31 18:05:09`, local time. */
export function localStamp(ms: number): string {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return 'out of range';
  return `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** `+02:00`. */
export function utcOffset(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset();
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
}

/** A line as it stands in the file and on a plain console. */
export function formatLine(line: LogLine): string {
  return `${localStamp(line.atMs)} - ${line.level} - ${line.text}`;
}

/** One event is one line, whatever stands in a file name. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}|\u2028|\u2029/gu, (character) =>
    character === '\t' ? ' ' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
