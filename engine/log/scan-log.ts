/** One line of the scan log. */
export interface LogLine {
  readonly atMs: number;
  readonly level: 'INFO' | 'WARNING' | 'ERROR';
  readonly text: string;
}

/** The port that the engine writes to; the file behind it is opened by engine/log/scan-log-file.ts. */
export interface ScanLog {
  readonly path: string;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  close(): Promise<void>;
}
