import type { App } from '../engine/app/app.ts';
import { EXIT, type ExitStatus } from '../shared/errors.ts';
import type {
  HostChoice,
  KnownSize,
  ListedEntry,
  ListingReport,
  Place,
  PlacesReport,
  PlaceSpace,
} from '../shared/places.ts';
import { formatBytes, formatCount } from '../shared/units.ts';
import type { CommonOptions } from './common-options.ts';
import { onStopSignals } from './signals.ts';
import { plainTable } from './tables.ts';
import type { Terminal } from './terminal.ts';
import { counted, safeText, toJsonLine } from './text.ts';

export type PlacesOptions = CommonOptions & { runtime: HostChoice['runtime'] };

/** `smart-scanner shares`. */
export function sharesCommand(app: App, options: PlacesOptions, terminal: Terminal): Promise<ExitStatus> {
  return show(options, terminal, sharesText, (onProgress, signal) =>
    app.queries.places({ host: null, runtime: options.runtime }, onProgress, signal),
  );
}

/** `smart-scanner ls <path>`. */
export function lsCommand(app: App, path: string, options: PlacesOptions, terminal: Terminal): Promise<ExitStatus> {
  return show(options, terminal, listingText, (onProgress, signal) =>
    app.queries.listing({ host: null, runtime: options.runtime, path }, onProgress, signal),
  );
}

async function show<T>(
  options: PlacesOptions,
  terminal: Terminal,
  toText: (report: T) => string,
  query: (onProgress: (line: string) => void, signal: AbortSignal) => Promise<T>,
): Promise<ExitStatus> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  const signals = onStopSignals(end, end);
  try {
    const report = await query((line) => (options.json ? undefined : terminal.err(safeText(line))), stop.signal);
    terminal.out(options.json ? toJsonLine(report) : toText(report));
    return EXIT.covered;
  } finally {
    signals.end();
  }
}

const SPACE_OF: Record<PlaceSpace['of'], string> = {
  array: 'in the whole array',
  disk: 'on this disk',
  pool: 'in this pool',
  volume: 'on this volume',
  dataset: 'in this dataset',
  'file-system': 'in this file system',
};

export function sharesText(report: PlacesReport): string {
  const { places, system, hostName, address } = report;
  const head = `${safeText(hostName)} (${safeText(address)})`;
  if (places.length === 0) return `${head}: nothing was found that could be scanned. Name a path: smart-scanner ls /`;
  const table = plainTable(
    ['Path', 'Kind', 'File system', 'Free', '', 'Scanned'],
    ['left', 'left', 'left', 'right', 'left', 'left'],
  );
  for (const place of places) table.push(rowOf(place));
  return [head, table.toString(), ...remarks(system, places)].join('\n');
}

function rowOf({ path, target, kind, filesystem, isFuse, space, known, problem }: Place): string[] {
  const name = target === null ? safeText(path) : `${safeText(path)} -> ${safeText(target)}`;
  const how = filesystem === null ? '' : `${safeText(filesystem)}${isFuse ? ' (FUSE)' : ''}`;
  const free = space === null ? '' : formatBytes(space.freeBytes);
  const label = space === null ? '' : `of ${formatBytes(space.totalBytes)} ${SPACE_OF[space.of]}`;
  return [
    name,
    kind,
    how,
    free,
    problem === null ? label : `can't be looked at: ${safeText(problem)}`,
    knownText(known),
  ];
}

function remarks(system: PlacesReport['system'], places: readonly Place[]): string[] {
  const lines: string[] = [];
  if (system === 'unraid')
    lines.push(
      '/mnt/user is FUSE: a program stands between it and the disks. /mnt/diskN and the pools are not, and are faster to scan.',
      'Free space of a share is that of the whole array, the same for each of them.',
    );
  if (places.some(({ target }) => target !== null))
    lines.push('A share with an arrow lies on one pool only; a scan of it goes there straight.');
  lines.push('How large a folder is, nobody knows before it was scanned.');
  return ['', ...lines];
}

function knownText(known: KnownSize | null): string {
  if (known === null) return '';
  const { apparentBytes, files, scannedAtMs } = known;
  return `${formatBytes(apparentBytes)}, ${counted(files, 'file')}, on ${dateOf(scannedAtMs)}`;
}

export function listingText(report: ListingReport): string {
  const { path, target, filesystem, isFuse, space, entries, truncated, known } = report;
  const facts = [
    filesystem === null ? null : `${safeText(filesystem)}${isFuse ? ' (FUSE: slower than the disks below it)' : ''}`,
    space === null
      ? null
      : `${formatBytes(space.freeBytes)} free of ${formatBytes(space.totalBytes)} (of the file system)`,
    known === null ? null : `scanned: ${knownText(known)}`,
  ].filter((fact) => fact !== null);
  const head = `${safeText(path)}${target === null ? '' : ` -> ${safeText(target)}`}${facts.length > 0 ? `: ${facts.join(', ')}` : ''}`;
  if (entries.length === 0) return `${head}\nIt is empty.`;
  const table = plainTable(['Modified', 'Size', 'Name', 'Scanned'], ['left', 'right', 'left', 'left']);
  for (const entry of entries) table.push(entryRow(entry));
  const more = truncated ? [`There are more than these ${formatCount(entries.length)}.`] : [];
  return [head, table.toString(), ...more].join('\n');
}

function entryRow({ name, kind, bytes, mtimeMs, target, known, problem }: ListedEntry): string[] {
  const text = `${safeText(name)}${kind === 'directory' ? '/' : ''}${target === null ? '' : ` -> ${safeText(target)}`}`;
  return [
    mtimeMs === null ? '' : dateOf(mtimeMs),
    bytes === null ? '' : formatBytes(bytes),
    problem === null ? text : `${text} (${safeText(problem)})`,
    knownText(known),
  ];
}

/** In local time, to the minute; a date beyond those of calendars as it is. */
function dateOf(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
