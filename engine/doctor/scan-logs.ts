import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { PATTERNS, type LogPattern } from './log-patterns.ts';

const NAME = /^smart_scan_\d{8}_\d{6}(?:_\d+)?\.log$/u;
/** `2026-01-31 18:05:09 - INFO - …`; the original's Python adds milliseconds (`,123`) and may name the logger. */
const LINE =
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:[,.]\d+)? - (?:[\w.]+ - )?(DEBUG|INFO|WARNING|ERROR|CRITICAL) - (.*)$/u;
/** Examples that are kept of one pattern, and of a line. */
const EXAMPLES = 5;
const EXAMPLE_LENGTH = 400;

export interface LogMatch {
  readonly count: number;
  /** `name:12: the line`. */
  readonly examples: readonly string[];
  /** Of the first one. */
  readonly groups: readonly string[];
}

export interface LogLook {
  readonly path: string;
  readonly lines: number;
  readonly changedAtMs: number;
  readonly firstStamp: string | null;
  readonly lastLine: string | null;
  /** What was scanned, as its lines name it, first named first. */
  readonly scanned: readonly string[];
  readonly matches: ReadonlyMap<LogPattern, LogMatch>;
  readonly errors: LogMatch;
  /** It has a last line of a scan: complete, or broken off in order. */
  readonly ended: boolean;
}

/** Logs of scans, newest first: ours lie in logs/, the original's there or in the data directory itself. */
export async function findLogs(dirs: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    dirs.map(async (dir) => {
      const names = await readdir(dir).catch(() => []);
      return await Promise.all(
        names
          .filter((name) => NAME.test(name))
          .map(async (name) => {
            const path = join(dir, name);
            return { path, name, file: (await stat(path).catch(() => null))?.isFile() === true };
          }),
      );
    }),
  );
  return found
    .flat()
    .filter(({ file }) => file)
    .sort((a, b) => (a.name < b.name ? 1 : -1))
    .map(({ path }) => path);
}

const ENDED = /SMART SCAN COMPLETE|The scan broke off|Stopping now|SCAN (?:FAILED|INTERRUPTED)/u;

/** A share or disk in a line that says that it is scanned; its name ends with the line, or where the line goes on about it. */
const SCANNED =
  /\b(?:scan(?:ning)?(?: of)?|analy[sz]ing|mount(?:[ _-](?:path|point))?|source path does not exist)(?: (?:directory|folder|share|path))?\s*[:=]?\s*["'`]?(\/(?:mnt|volume\d+|share|media|srv|export)\/.+?)\/?["'`]?(?=\s+(?:as ["'`]|after \d|in \d|with \d|\(|->)|\s*(?:\.\.\.|…|[.,;])?$)/iu;
const SCANNED_MAX = 20;
const BEGINS_AGAIN = /SMART SCAN of .* (?:starts|goes on|is tried again in parts)/u;

/** Reads one log from its start to its end, line by line: however long it is, little of it is kept. */
export async function readLog(path: string, signal: AbortSignal): Promise<LogLook> {
  const { mtimeMs } = await stat(path);
  const matches = new Map<LogPattern, { count: number; examples: string[]; groups: string[] }>();
  const errors = { count: 0, examples: [] as string[] };
  const name = basename(path);
  let lines = 0;
  let firstStamp: string | null = null;
  let lastLine: string | null = null;
  const scanned = new Set<string>();
  let ended = false;
  const stream = createReadStream(path, { encoding: 'utf8', signal });
  const reader = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  // An error of the stream doesn't end readline's loop by itself.
  let broken: unknown = null;
  stream.on('error', (error) => {
    broken = error;
    reader.close();
  });
  for await (const raw of reader) {
    lines += 1;
    if (raw.trim() === '') continue;
    const parsed = LINE.exec(raw);
    if (BEGINS_AGAIN.test(raw)) {
      // What was wrong before has been taken up since.
      matches.clear();
      errors.count = 0;
      errors.examples = [];
    }
    firstStamp ??= parsed?.[1] ?? null;
    lastLine = raw.slice(0, EXAMPLE_LENGTH);
    const path = SCANNED.exec(raw)?.[1];
    if (path !== undefined && scanned.size < SCANNED_MAX) scanned.add(path);
    ended = ENDED.test(raw) || (ended && !BEGINS_AGAIN.test(raw));
    const example = `${name}:${lines}: ${raw.slice(0, EXAMPLE_LENGTH)}`;
    // What a file is called says nothing: lines that only name what is scanned are no evidence.
    const said = parsed?.[3] ?? raw;
    if (parsed?.[2] === 'ERROR' || parsed?.[2] === 'CRITICAL') {
      errors.count += 1;
      if (errors.examples.length < EXAMPLES) errors.examples.push(example);
    }
    const isOrdinary = parsed?.[2] === 'INFO' && !/WORKER chunk|CONTAINER LOG/u.test(said);
    for (const pattern of PATTERNS) {
      if (isOrdinary && pattern.inInfo?.test(said) !== true) continue;
      const match = pattern.text.exec(said);
      if (match === null || pattern.unless?.test(said) === true) continue;
      const entry = matches.get(pattern) ?? { count: 0, examples: [], groups: match.slice(1) };
      entry.count += 1;
      if (entry.examples.length < EXAMPLES) entry.examples.push(example);
      matches.set(pattern, entry);
    }
  }
  if (broken !== null) throw broken instanceof Error ? broken : new Error(`${path} can't be read`);
  return {
    path,
    lines,
    changedAtMs: mtimeMs,
    firstStamp,
    lastLine,
    scanned: [...scanned],
    matches,
    errors: { ...errors, groups: [] },
    ended,
  };
}
