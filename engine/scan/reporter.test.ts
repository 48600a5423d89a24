import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SmartScannerError } from '../../shared/errors.ts';
import type { ScanSnapshot } from '../../shared/snapshot.ts';
import type { ProgressLine } from '../../shared/worker-protocol.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import type { ChunkRow } from '../catalog/api.ts';
import { createScanLog } from '../log/scan-log-file.ts';
import type { AttemptRef, Runtime } from '../runtime/runtime.ts';
import { systemClock } from './clock.ts';
import type { ScanContext } from './context.ts';
import { ScanProgress } from './progress.ts';
import { ScanReporter } from './reporter.ts';
import type { Scheduler } from './scheduler.ts';

const PROGRESS_MS = 30_000;
const HEALTH_MS = 300_000;

// Time stands still but for what a test lets pass: clock, timers and stamps of the log alike.
beforeEach(() => void vi.useFakeTimers({ now: new Date(2026, 0, 31, 18, 0, 0) }));
afterEach(() => void vi.useRealTimers());

function chunk(id: number): ChunkRow {
  return {
    id,
    scanId: 'scan',
    state: 'running',
    parentChunk: null,
    bytes: 1,
    entries: 20_000,
    rootCount: 1,
    label: 'films',
    firstMode: 'subtree',
    attempts: 0,
    failures: 0,
    reason: null,
    alone: false,
    strikes: 0,
    last: false,
  };
}

const report = (files: number): ProgressLine =>
  ({
    type: 'progress',
    files,
    entries: files,
    dirsScanned: 12,
    dirsFailed: 0,
    bytes: 5 * 1024 ** 3,
    waitingOn: [],
  }) as unknown as ProgressLine;

function setup(inspect: (ref: AttemptRef) => Promise<{ state: string; health: string | null }>): {
  progress: ScanProgress;
  reporter: ScanReporter;
  snapshots: ScanSnapshot[];
  lines: () => string[];
} {
  const log = createScanLog({
    dir: temporaryDirectory(),
    startedAtMs: Date.now(),
    now: () => Date.now(),
    onLine: () => undefined,
  });
  const runtime = {
    kind: 'docker',
    inspect,
    stats: (ref: AttemptRef) =>
      Promise.resolve(ref.attempt === 'b' ? null : { cpuPercent: 87.6, memoryBytes: 100 * 1024 ** 2 }),
  } as unknown as Runtime;
  const context = {
    log,
    runtime,
    clock: { ...systemClock, now: () => Date.now() },
    scanId: 'scan',
    mountId: '1',
    mountName: 'Films',
    mountPath: '/mnt/films',
    owner: 'me@here',
    info: { description: 'Docker' },
    host: { losses: 0, lostAtMs: null },
    disks: {},
    tuning: { maxContainers: 2, progressIntervalMs: PROGRESS_MS, healthIntervalMs: HEALTH_MS },
    catalog: {
      activity: ({ sinceMs }: { sinceMs: number }) =>
        Promise.resolve({ mountFiles: 40_000, totalFiles: 1_250_000, filesSince: Date.now() - sinceMs }),
    },
  } as unknown as ScanContext;
  const progress = new ScanProgress();
  progress.chunksAdded([chunk(3), chunk(4), chunk(5)]);
  const refs = ['a', 'b'].map((attempt) => ({ id: attempt, ref: { attempt }, chunk: chunk(attempt === 'a' ? 3 : 4) }));
  for (const { id, chunk: row } of refs) progress.started(id, row, 'worker', Date.now());
  const scheduler = {
    attempts: [...refs, { id: 'c', ref: null, chunk: chunk(5) }],
    allowance: { now: 1, most: 2, load: 'gentle' },
  } as unknown as Scheduler;
  const snapshots: ScanSnapshot[] = [];
  const state = {
    phase: 'scanning',
    pauses: [],
    planning: false,
    startedAtMs: Date.now(),
    finishedAtMs: null,
    certificate: null,
    slept: null,
  } as const;
  const reporter = new ScanReporter(
    context,
    progress,
    scheduler,
    () => state,
    (snapshot) => snapshots.push(snapshot),
  );
  return { progress, reporter, snapshots, lines: () => readFileSync(log.path, 'utf8').trimEnd().split('\n').slice(1) };
}

it('writes PROGRESS at its interval, HEALTH CHECK of each worker and DATABASE ACTIVITY at theirs', async () => {
  const { progress, reporter, snapshots, lines } = setup(() =>
    Promise.resolve({ state: 'running', health: 'healthy' }),
  );
  reporter.start();
  await vi.advanceTimersByTimeAsync(PROGRESS_MS - 1);
  expect(lines()).toEqual([]);
  progress.reported('a', report(15_000), Date.now());
  await vi.advanceTimersByTimeAsync(1);
  expect(lines()).toEqual([
    '2026-01-31 18:00:30 - INFO - PROGRESS 15,000 files, 5 GiB in 12 directories (25 %), 1,500 files/s; ' +
      'chunks: 0 done, 2 running, 0 merging, 1 waiting, 0 failed',
  ]);
  await vi.advanceTimersByTimeAsync(HEALTH_MS - PROGRESS_MS);
  const all = lines();
  expect(all.filter((line) => line.includes(' PROGRESS '))).toHaveLength(HEALTH_MS / PROGRESS_MS);
  // One without a worker yet (chunk 5) has no health.
  expect(all.filter((line) => !line.includes(' PROGRESS '))).toEqual([
    '2026-01-31 18:05:00 - INFO - HEALTH CHECK chunk 3: running (healthy), CPU 88 %, memory 100 MiB, 50 files/s',
    '2026-01-31 18:05:00 - INFO - HEALTH CHECK chunk 4: running (healthy), no sample, 0 files/s',
    '2026-01-31 18:05:00 - INFO - DATABASE ACTIVITY Films: 40,000 files, 1,250,000 in all mounts, 300,000 in the last 5m',
  ]);
  // Four snapshots a second, one at the start, none lost.
  expect(snapshots.length).toBe(1 + (4 * HEALTH_MS) / 1000);
  reporter.stop();
  await vi.advanceTimersByTimeAsync(HEALTH_MS);
  expect(lines()).toEqual(all);
});

it('a worker that can not be seen is one warning; the others are looked at all the same', async () => {
  const unseen = (): Promise<never> => Promise.reject(new SmartScannerError('DEADLINE', 'Docker did not answer.'));
  const { reporter, lines } = setup(({ attempt }) =>
    attempt === 'a' ? unseen() : Promise.resolve({ state: 'running', health: 'healthy' }),
  );
  reporter.start();
  await vi.advanceTimersByTimeAsync(HEALTH_MS);
  reporter.stop();
  const health = lines().filter((line) => line.includes('HEALTH CHECK'));
  expect(health).toEqual([
    expect.stringMatching(/ - WARNING - HEALTH CHECK chunk 3: can't be seen: Docker did not answer\.$/),
    expect.stringMatching(/ - INFO - HEALTH CHECK chunk 4: running/),
  ]);
});
