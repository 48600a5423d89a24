import * as v from 'valibot';
import type { BrowseReport, ChunkDetail, ChunkSample, ChunkSummary, PlanPreview, ScanRow } from '../inventory.ts';
import type { KnownSize, Place, PlaceSpace, PlacesReport } from '../places.ts';
import type { Plain } from '../plain.ts';
import { PlanWaySchema } from '../settings.ts';
import { verdict } from './certificate.ts';
import { atMs, big, list, name, number, runtime, text, yes, type Wire } from './common.ts';

export const scanRow: Wire<Plain<ScanRow>> = v.strictObject({
  scanId: text,
  mountId: text,
  mountName: text,
  mountPath: text,
  hostName: text,
  state: v.picklist(['open', 'finished', 'interrupted']),
  verdict: v.nullable(verdict),
  published: yes,
  planWay: PlanWaySchema,
  runtime,
  startedAtMs: atMs,
  finishedAtMs: v.nullable(atMs),
  files: number,
  directories: number,
  apparentBytes: big,
  allocatedBytes: big,
  logPath: text,
});

export const chunkSummary: Wire<ChunkSummary> = v.strictObject({
  id: number,
  state: v.picklist(['queued', 'running', 'waiting', 'done', 'failed']),
  label: name,
  rootCount: number,
  bytes: v.nullable(number),
  entries: v.nullable(number),
  files: v.nullable(number),
  attempts: number,
  reason: v.nullable(text),
});

export const chunkDetail: Wire<ChunkDetail> = v.strictObject({
  chunk: chunkSummary,
  parentChunk: v.nullable(number),
  roots: list(v.strictObject({ path: name, mode: v.picklist(['subtree', 'own']) })),
  moreRoots: number,
  attempts: list(
    v.strictObject({
      attemptId: text,
      runtime,
      worker: v.nullable(text),
      startedAtMs: atMs,
      endedAtMs: v.nullable(atMs),
      outcome: v.nullable(text),
      exitCode: v.nullable(number),
      code: v.nullable(text),
      reason: v.nullable(text),
    }),
  ),
});

export const chunkSample: Wire<ChunkSample> = v.strictObject({ cpuPercent: number, memoryBytes: number });

export const planPreview: Wire<PlanPreview> = v.strictObject({
  chunks: number,
  bytes: list(number),
  oversized: number,
  entries: number,
});

export const browseReport: Wire<BrowseReport> = v.strictObject({
  path: text,
  directories: list(text),
  truncated: yes,
});

const space: Wire<PlaceSpace> = v.strictObject({
  freeBytes: number,
  totalBytes: number,
  of: v.picklist(['array', 'disk', 'pool', 'volume', 'dataset', 'file-system']),
});

const knownSize: Wire<Plain<KnownSize>> = v.strictObject({
  mountName: text,
  files: number,
  apparentBytes: big,
  allocatedBytes: big,
  scannedAtMs: atMs,
});

const place: Wire<Plain<Place>> = v.strictObject({
  path: text,
  name: text,
  kind: v.picklist(['share', 'disk', 'pool', 'volume', 'dataset', 'mount', 'network', 'system', 'home']),
  target: v.nullable(text),
  filesystem: v.nullable(text),
  isFuse: yes,
  space: v.nullable(space),
  known: v.nullable(knownSize),
  problem: v.nullable(text),
});

export const placesReport: Wire<Plain<PlacesReport>> = v.strictObject({
  address: text,
  hostName: text,
  system: v.picklist(['unraid', 'synology', 'truenas', 'linux', 'other']),
  places: list(place),
});
