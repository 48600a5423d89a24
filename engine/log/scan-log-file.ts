import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import electronLog from 'electron-log/node.js';
import { localTimezone } from '../../shared/timezone.ts';
import { formatLine, localStamp, oneLine, utcOffset } from './format.ts';
import type { LogLine, ScanLog } from './scan-log.ts';

export interface ScanLogOptions {
  readonly dir: string;
  readonly startedAtMs: number;
  /** The log of a scan that goes on; lines are added to it. */
  readonly append?: string;
  readonly now: () => number;
  onLine(line: LogLine): void;
}

/** Opens the log of one scan, `smart_scan_YYYYMMDD_HHMMSS.log`; a second scan of the same second gets a number. Never throws into the scan. */
export function createScanLog(options: ScanLogOptions): ScanLog {
  const path = options.append ?? freshPath(options);
  mkdirSync(dirname(path), { recursive: true });
  const logger = electronLog.create({ logId: path });
  logger.transports.console.level = false;
  // Else it looks for a package.json in the working directory, and writes nothing where there is none.
  logger.transports.file.setAppName('smart-scanner');
  logger.transports.file.resolvePathFn = () => path;
  logger.transports.file.level = 'silly';
  logger.transports.file.format = '{text}';
  // A log of a whole scan is evidence: it is never cut.
  logger.transports.file.maxSize = 0;
  logger.transports.file.sync = true;
  const write = (level: LogLine['level'], text: string): void => {
    const line: LogLine = { atMs: options.now(), level, text: oneLine(text) };
    options.onLine(line);
    try {
      logger.info(formatLine(line));
    } catch {
      // A full disk ends the log, not the scan.
    }
  };
  // It would print a stack trace for each line, whatever the level of its console.
  electronLog.transports.console.writeFn = () => undefined;
  let told = false;
  logger.transports.file.getFile().on('error', (error) => {
    if (told) return;
    told = true;
    const text = oneLine(`The scan log loses lines: ${error.message}`);
    options.onLine({ atMs: options.now(), level: 'WARNING', text });
  });
  write('INFO', `Times are local (${localTimezone()}, UTC${utcOffset(options.startedAtMs)})`);
  return {
    path,
    info: (text) => write('INFO', text),
    warn: (text) => write('WARNING', text),
    error: (text) => write('ERROR', text),
    close: () => Promise.resolve(),
  };
}

function freshPath({ dir, startedAtMs }: ScanLogOptions): string {
  const stamp = localStamp(startedAtMs).replaceAll('-', '').replaceAll(':', '').replace(' ', '_');
  let path = join(dir, `smart_scan_${stamp}.log`);
  for (let count = 2; existsSync(path); count += 1) path = join(dir, `smart_scan_${stamp}_${count}.log`);
  return path;
}
