import * as v from 'valibot';
import { FindCursorSchema, type FoundPage, type InventoryFacts, type Listing, type Totals } from '../files.ts';
import type { LogLine, LogStatus } from '../log-view.ts';
import type { Plain } from '../plain.ts';
import { atMs, big, list, name, number, text, yes, type Wire } from './common.ts';

const facts: Wire<InventoryFacts> = v.strictObject({
  scanId: text,
  state: v.picklist(['published', 'running', 'interrupted']),
  atMs,
});
const sizes = { apparentBytes: big, allocatedBytes: big, chargedBytes: big };
const state = v.picklist(['scanned', 'waiting', 'failed', 'excluded', 'vanished']);
const row = {
  ...sizes,
  kind: v.picklist(['directory', 'file', 'link', 'other']),
  name,
  files: v.nullable(number),
  mtimeMs: v.nullable(atMs),
  state,
  keptAtMs: v.nullable(atMs),
};

export const listing: Wire<Plain<Listing>> = v.strictObject({
  ...sizes,
  facts,
  path: name,
  files: number,
  state,
  keptAtMs: v.nullable(atMs),
  total: number,
  offset: number,
  rows: list(v.strictObject(row)),
});

export const foundPage: Wire<Plain<FoundPage>> = v.strictObject({
  facts,
  rows: list(v.strictObject({ ...row, path: name })),
  next: v.nullable(FindCursorSchema),
  total: v.nullable(number),
});

const group = { files: number, apparentBytes: big, allocatedBytes: big };

export const totals: Wire<Plain<Totals>> = v.strictObject({
  facts,
  types: list(v.strictObject({ extension: text, ...group })),
  ages: list(v.strictObject({ label: text, ...group })),
});

export const logStatus: Wire<LogStatus> = v.strictObject({
  total: number,
  shown: number,
  caughtUp: yes,
  filterProblem: v.nullable(text),
  lastProblem: v.nullable(v.strictObject({ number, position: v.nullable(number), text })),
  generation: number,
});

export const logLine: Wire<LogLine> = v.strictObject({
  number,
  text,
  marks: v.exactOptional(list(v.strictTuple([number, number]))),
});
