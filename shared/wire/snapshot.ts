import * as v from 'valibot';
import type { Plain } from '../plain.ts';
import { LoadSchema } from '../settings.ts';
import type { PauseReason, RunningChunk, ScanProblem, ScanSnapshot, SleptThrough } from '../snapshot.ts';
import { certificate } from './certificate.ts';
import { atMs, list, name, number, runtime, text, yes, type Wire } from './common.ts';

const pause: Wire<PauseReason> = v.strictObject({
  kind: v.picklist(['asked', 'window', 'disk', 'yield']),
  text,
  sinceMs: atMs,
});

const runningChunk: Wire<RunningChunk> = v.strictObject({
  chunkId: number,
  attempt: number,
  label: name,
  rootCount: number,
  role: v.picklist(['worker', 'measure']),
  phase: v.picklist(['running', 'merging']),
  startedAtMs: atMs,
  files: number,
  entries: number,
  path: v.nullable(name),
  syscall: v.nullable(text),
  waitingMs: number,
  large: v.nullable(v.strictObject({ path: name, names: number, sinceMs: atMs })),
  lastProgressAtMs: atMs,
});

const problem: Wire<ScanProblem> = v.strictObject({
  atMs,
  code: text,
  chunkId: v.nullable(number),
  label: v.nullable(name),
  text,
  final: yes,
});

const slept: Wire<SleptThrough> = v.strictObject({ atMs, finished: number, waiting: number, text });

export const snapshot: Wire<Plain<ScanSnapshot>> = v.strictObject({
  version: v.literal(1),
  revision: number,
  scanId: text,
  mountId: text,
  mountName: text,
  mountPath: text,
  runtime,
  host: text,
  hostLostAtMs: v.nullable(atMs),
  phase: v.picklist([
    'preparing',
    'scanning',
    'reconnecting',
    'paused',
    'stopping',
    'closing',
    'finished',
    'interrupted',
    'failed',
  ]),
  pauses: list(pause),
  planning: yes,
  owner: text,
  logPath: text,
  startedAtMs: atMs,
  updatedAtMs: atMs,
  finishedAtMs: v.nullable(atMs),
  files: number,
  directories: number,
  bytes: number,
  failedDirectories: number,
  filesPerSecond: number,
  measuredEntries: v.nullable(number),
  fraction: v.nullable(number),
  etaMs: v.nullable(number),
  chunks: v.strictObject({
    planned: number,
    queued: number,
    running: number,
    merging: number,
    waiting: number,
    done: number,
    failed: number,
    paused: number,
  }),
  maxContainers: number,
  allowedWorkers: number,
  load: LoadSchema,
  running: list(runningChunk),
  problems: list(problem),
  certificate: v.nullable(certificate),
  slept: v.exactOptional(v.nullable(slept)),
});
