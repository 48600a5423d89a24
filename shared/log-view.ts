import * as v from 'valibot';

export const LEVELS = ['all', 'warnings', 'errors'] as const;
export type LevelFilter = (typeof LEVELS)[number];

/** Which lines of a log are shown. */
export const LogFilterSchema = v.object({
  level: v.picklist(LEVELS),
  text: v.pipe(v.string(), v.maxLength(1_000)),
  /** `text` is a regular expression. */
  isPattern: v.boolean(),
});
export type LogFilter = v.InferOutput<typeof LogFilterSchema>;
export const NO_FILTER: LogFilter = { level: 'all', text: '', isPattern: false };

/** What there is to see of a log. Positions count among the lines that are shown, numbers among all. */
export interface LogStatus {
  readonly total: number;
  readonly shown: number;
  /** Everything that is there was read and filtered. */
  readonly caughtUp: boolean;
  /** Why the filter isn't in force: it is no expression, or takes too long. */
  readonly filterProblem: string | null;
  /** The newest error, else the newest warning. `position` null: the filter hides it. */
  readonly lastProblem: { readonly number: number; readonly position: number | null; readonly text: string } | null;
  /** Grows when positions mean other lines than before: another filter, or a file that began anew. */
  readonly generation: number;
}

export interface LogLine {
  /** From 1. */
  readonly number: number;
  /** Long ones are cut, and end in …. */
  readonly text: string;
  /** Where the filter's text or expression is in it, in order; absent where there is none. */
  readonly marks?: readonly LogMark[];
}

/** From this character of a line to before that one. */
export type LogMark = readonly [from: number, to: number];
