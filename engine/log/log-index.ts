import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { NO_FILTER, type LogFilter, type LogLine, type LogStatus } from '../../shared/log-view.ts';
import { Growing } from './growing.ts';
import { compileFilter, levelOf, LOG_LEVEL, sectionTest, type LineTest, type LogSection } from './log-filter.ts';

/** One step reads this much: some 10 ms. */
const STEP_BYTES = 1024 * 1024;
const LINE_END = 0x0a;
/** Characters of a line that are sent to be shown. */
const SHOWN_CHARACTERS = 2_000;
const LEVEL_BYTES = 64;
/** Lines that are read at once. */
const RUN_LINES = 1_000;
/** What follows a problem as its evidence is no other problem. */
const EVIDENCE = /- ERROR - (?:CONTAINER LOG|INSPECT) /u;

/** Knows where each line of a growing log file begins, and which of them a filter shows. Holds no text. */
export class LogIndex {
  readonly #path: string;
  readonly #section: LogSection | null;
  #file: { readonly fd: number; readonly ino: bigint } | null = null;
  /** Beginnings of lines; the last one is that of what has no end yet. */
  readonly #starts = new Growing((length) => new Float64Array(length));
  readonly #levels = new Growing((length) => new Uint8Array(length));
  readonly #shown = new Growing((length) => new Uint32Array(length));
  /** Bytes that were looked through for line ends. */
  #indexed = 0;
  #filteredLines = 0;
  #lastError = -1;
  #lastWarning = -1;
  #filter: LogFilter = NO_FILTER;
  #test: LineTest = { minLevel: LOG_LEVEL.none, matches: null, marks: null };
  #inSection: ((line: string) => boolean) | null = null;
  #filterProblem: string | null = null;
  #generation = 1;

  constructor(path: string, section: LogSection | null) {
    this.#path = path;
    this.#section = section;
    this.#begin();
  }

  /** A filter that is none leaves the one before in force, and says so. */
  filter(filter: LogFilter): void {
    const test = compileFilter(filter);
    if ('problem' in test) {
      this.#filterProblem = test.problem;
      return;
    }
    this.#filterProblem = null;
    this.#filter = filter;
    this.#test = test;
    this.#filterAnew();
  }

  get isPattern(): boolean {
    return this.#filter.isPattern && this.#filter.text !== '';
  }

  /** Reads a bit of what is new, or filters a bit. false: there is nothing to do until the file grows. */
  step(): boolean {
    if (!this.#open()) return false;
    const hasIndexed = this.#index();
    const hasFiltered = this.#filterSome();
    return hasIndexed || hasFiltered;
  }

  status(caughtUp: boolean): LogStatus {
    const number = this.#lastError >= 0 ? this.#lastError : this.#lastWarning;
    return {
      total: this.#lineCount,
      shown: this.#shownCount,
      caughtUp,
      filterProblem: this.#filterProblem,
      lastProblem:
        number < 0 || this.#section !== null
          ? null
          : { number: number + 1, position: this.#positionOf(number), text: cut(this.#text(number)) },
      generation: this.#generation,
    };
  }

  lines(from: number, count: number): LogLine[] {
    const found: LogLine[] = [];
    for (const { first, last } of this.#runs(from, from + count))
      this.#texts(first, last).forEach((text, index) => found.push(this.#shownLine(first + index + 1, cut(text))));
    return found;
  }

  #shownLine(number: number, text: string): LogLine {
    const marks = this.#test.marks?.(text) ?? [];
    return marks.length === 0 ? { number, text } : { number, text, marks };
  }

  /** Whole lines, as long as they are. */
  *text(from: number, to: number): Generator<string> {
    for (const { first, last } of this.#runs(from, to)) yield* this.#texts(first, last);
  }

  /** The next (or last) group of problems after (before) this position; null: there is none. */
  problem(from: number, forward: boolean): number | null {
    const isProblem = (position: number): boolean =>
      position >= 0 && position < this.#shownCount && this.#levels.at(this.#numberAt(position)) >= LOG_LEVEL.warning;
    const step = forward ? 1 : -1;
    for (let position = from + step; position >= 0 && position < this.#shownCount; position += step)
      if (isProblem(position) && !isProblem(position - 1)) return position;
    return null;
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file.fd);
    this.#file = null;
  }

  get #lineCount(): number {
    return this.#levels.length;
  }

  get #isFiltered(): boolean {
    return this.#section !== null || this.#test.minLevel > LOG_LEVEL.none || this.#test.matches !== null;
  }

  get #shownCount(): number {
    return this.#isFiltered ? this.#shown.length : this.#lineCount;
  }

  #numberAt(position: number): number {
    return this.#isFiltered ? this.#shown.at(position) : position;
  }

  #positionOf(number: number): number | null {
    if (!this.#isFiltered) return number;
    const position = this.#shown.search(number);
    return position < this.#shown.length && this.#shown.at(position) === number ? position : null;
  }

  /** What is shown between two positions, as stretches of neighbours, which are read together. */
  *#runs(from: number, to: number): Generator<{ readonly first: number; readonly last: number }> {
    const end = Math.min(this.#shownCount, to);
    for (let position = from; position < end;) {
      const first = this.#numberAt(position);
      let count = 1;
      while (count < RUN_LINES && position + count < end && this.#numberAt(position + count) === first + count)
        count += 1;
      yield { first, last: first + count - 1 };
      position += count;
    }
  }

  #begin(): void {
    this.#starts.clear();
    this.#starts.push(0);
    this.#levels.clear();
    this.#indexed = 0;
    this.#lastError = -1;
    this.#lastWarning = -1;
    this.#filterAnew();
  }

  #filterAnew(): void {
    this.#shown.clear();
    this.#filteredLines = 0;
    this.#inSection = this.#section === null ? null : sectionTest(this.#section);
    this.#generation += 1;
  }

  /** false: it isn't there (yet). A file in the place of the one that was read, or one that became shorter, is read from its beginning. */
  #open(): boolean {
    const now = stat(this.#path);
    if (now === null) return false;
    if (this.#file !== null && (now.ino !== this.#file.ino || now.size < BigInt(this.#indexed))) {
      this.close();
      this.#begin();
    }
    try {
      this.#file ??= { fd: openSync(this.#path, 'r'), ino: now.ino };
    } catch {
      return false;
    }
    return true;
  }

  #index(): boolean {
    const bytes = this.#read(this.#indexed, STEP_BYTES);
    if (bytes.length === 0) return false;
    for (let at = 0; ;) {
      const end = bytes.indexOf(LINE_END, at);
      if (end < 0) break;
      this.#addLine(bytes, this.#indexed + end + 1, at);
      at = end + 1;
    }
    this.#indexed += bytes.length;
    return true;
  }

  #addLine(bytes: Buffer, next: number, at: number): void {
    const start = this.#starts.at(this.#starts.length - 1);
    // What began in the part that was read before is read again.
    const head =
      start >= this.#indexed
        ? bytes.toString('latin1', at, at + LEVEL_BYTES)
        : this.#read(start, LEVEL_BYTES).toString('latin1');
    const level = levelOf(head);
    const number = this.#levels.length;
    this.#levels.push(level);
    this.#starts.push(next);
    if (level === LOG_LEVEL.error && !EVIDENCE.test(head)) this.#lastError = number;
    else if (level === LOG_LEVEL.warning) this.#lastWarning = number;
  }

  #filterSome(): boolean {
    if (!this.#isFiltered || this.#filteredLines >= this.#lineCount) return false;
    const { minLevel, matches } = this.#test;
    const first = this.#filteredLines;
    const needsText = matches !== null || this.#inSection !== null;
    const last = needsText ? this.#lastWithin(first) : this.#lineCount - 1;
    const texts = needsText ? this.#texts(first, last) : null;
    for (let number = first; number <= last; number += 1) {
      const text = texts?.[number - first] ?? '';
      const isInside = this.#inSection?.(text) ?? true;
      if (isInside && this.#levels.at(number) >= minLevel && (matches?.(text) ?? true)) this.#shown.push(number);
    }
    this.#filteredLines = last + 1;
    return true;
  }

  /** The last line that one step reads, from this one on. */
  #lastWithin(first: number): number {
    const beyond = this.#starts.search(this.#starts.at(first) + STEP_BYTES);
    return Math.min(this.#lineCount - 1, Math.max(first, beyond - 2));
  }

  #text(number: number): string {
    return this.#texts(number, number)[0] ?? '';
  }

  #texts(first: number, last: number): string[] {
    const start = this.#starts.at(first);
    const text = this.#read(start, this.#starts.at(last + 1) - start).toString('utf8');
    return text.split('\n').slice(0, last - first + 1);
  }

  #read(offset: number, length: number): Buffer {
    if (this.#file === null) return Buffer.alloc(0);
    const { fd } = this.#file;
    const there = Math.max(0, Math.min(length, fstatSync(fd).size - offset));
    const buffer = Buffer.allocUnsafe(there);
    return buffer.subarray(0, there === 0 ? 0 : readSync(fd, buffer, 0, there, offset));
  }
}

function stat(path: string): { readonly ino: bigint; readonly size: bigint } | null {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return null;
  }
}

function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)} …` : text;
}
