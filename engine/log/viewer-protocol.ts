import type { LogFilter, LogLine, LogStatus } from '../../shared/log-view.ts';
import type { LogSection } from './log-filter.ts';

/** What the process that reads a log is asked. */
export interface ViewerApi {
  open: { request: { path: string; section: LogSection | null; filter: LogFilter }; reply: null };
  filter: { request: LogFilter; reply: null };
  lines: { request: { from: number; count: number }; reply: LogLine[] };
  problem: { request: { from: number; forward: boolean }; reply: number | null };
  /** Joined with line ends. */
  text: { request: { from: number; to: number; maxCharacters: number }; reply: { text: string; lines: number } };
  /** Writes what is shown into a file; gives how many lines. */
  save: { request: { path: string }; reply: number };
}

export interface ViewerRequest {
  readonly id: number;
  readonly method: keyof ViewerApi;
  readonly request: unknown;
}

export type ViewerMessage =
  | { readonly type: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  /** `isMatching`: an expression is being tried now; silence after this is its doing. */
  | { readonly type: 'status'; readonly status: LogStatus; readonly isMatching: boolean };
