import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { SmartScannerError } from '../../shared/errors.ts';
import type { FindCursor, FindQuery, FoundPage, FoundRow } from '../../shared/files.ts';
import { nameText, type RelativePath } from '../../shared/names.ts';

const PAGE_ROWS = 5_000;
/** A spreadsheet takes what begins like this for a formula, and runs it. */
const FORMULA = /^[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/u;
/** Without it the most used spreadsheet reads UTF-8 as something else. */
const BYTE_ORDER_MARK = '\ufeff';
const HEAD = ['path', 'kind', 'size_bytes', 'allocated_bytes', 'modified', 'state', 'inventoried', 'path_bytes_base64'];

export type FindPage = (query: FindQuery, after: FindCursor | null, limit: number) => Promise<FoundPage>;

export interface CsvTarget {
  readonly path: string;
  /** Before each path: the mount point. */
  readonly mountPath: string;
}

/**
 * Writes everything that a search finds as CSV (RFC 4180, UTF-8 with a byte order mark), page by page, and gives the number of rows. The file
 * appears when it is whole; an abort leaves nothing. EXPORT_FAILED where it can't be written.
 */
export async function exportCsv(
  find: FindPage,
  query: FindQuery,
  { path, mountPath }: CsvTarget,
  onRows: (rows: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const unfinished = `${path}.part`;
  let rows = 0;
  async function* text(): AsyncGenerator<string> {
    yield BYTE_ORDER_MARK + csvLine(HEAD);
    for (let after: FindCursor | null = null; ;) {
      const page: FoundPage = await find({ ...query, order: 'place' }, after, PAGE_ROWS);
      yield page.rows.map((row) => csvLine(cells(row, mountPath, page.facts.atMs))).join('');
      rows += page.rows.length;
      onRows(rows);
      if (page.next === null) return;
      after = page.next;
    }
  }
  try {
    await pipeline(text, createWriteStream(unfinished), { signal });
    await rename(unfinished, path);
    return rows;
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    signal.throwIfAborted();
    if (error instanceof SmartScannerError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new SmartScannerError('EXPORT_FAILED', `${path} can't be written: ${why}.`, {
      hint: 'Choose another place, or make room there.',
      cause: error,
    });
  }
}

function cells(row: FoundRow, mountPath: string, atMs: number): string[] {
  return [
    `${mountPath.replace(/\/$/u, '')}/${nameText(row.path)}`,
    row.kind,
    String(row.apparentBytes),
    String(row.allocatedBytes),
    row.mtimeMs === null ? '' : time(row.mtimeMs),
    row.state,
    time(row.keptAtMs ?? atMs),
    bytesOf(row.path),
  ];
}

/** Empty where the path is UTF-8: then it stands as it is in the first column, where other bytes are escaped as \xNN. */
function bytesOf(path: RelativePath): string {
  return typeof path === 'string' ? '' : path.b64;
}

/** Beyond what a date can be it stays a number of milliseconds. */
function time(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}

/** One record with its line end. What a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvLine(values: readonly string[]): string {
  const quoted = values.map((value) => {
    const safe = FORMULA.test(value) && !/^-?\d+$/u.test(value) ? `'${value}` : value;
    return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${quoted.join(',')}\r\n`;
}
