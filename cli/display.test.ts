import pc from 'picocolors';
import { expect, it } from 'vitest';
import type { ScanSnapshot } from '../shared/snapshot.ts';
import { frame } from './display.ts';

const plain = pc.createColors(false);
const NOW = 1_700_000_000_000;
const snapshot: ScanSnapshot = {
  version: 1,
  revision: 3,
  scanId: 's',
  mountName: 'Videos',
  mountPath: '/mnt/user/Videos',
  runtime: 'docker',
  host: 'Docker',
  phase: 'scanning',
  mountId: '1',
  hostLostAtMs: null,
  pauses: [],
  planning: false,
  owner: 'me@here',
  logPath: '/log',
  startedAtMs: NOW - 65_400,
  updatedAtMs: NOW,
  finishedAtMs: null,
  files: 1_234_567,
  directories: 89,
  bytes: 5 * 1024 ** 4,
  failedDirectories: 0,
  filesPerSecond: 20_000,
  measuredEntries: null,
  fraction: null,
  etaMs: null,
  chunks: { planned: 9, queued: 3, running: 2, merging: 0, waiting: 1, done: 3, failed: 0, paused: 0 },
  maxContainers: 4,
  allowedWorkers: 4,
  load: 'balanced',
  running: [
    {
      chunkId: 7,
      attempt: 1,
      label: 'films/\u001b[31mevil\n',
      rootCount: 3,
      role: 'worker',
      phase: 'running',
      startedAtMs: NOW - 5_000,
      files: 10,
      entries: 12,
      path: `films/${'very long name '.repeat(20)}`,
      syscall: 'lstat',
      waitingMs: 7_000,
      large: null,
      lastProgressAtMs: NOW,
    },
  ],
  problems: [],
  certificate: null,
};

it('invents no percentage, shows one and the time left where they are known', () => {
  expect(frame(snapshot, 100, plain)).not.toContain('%');
  const known = frame({ ...snapshot, fraction: 0.5, etaMs: 90_400 }, 100, plain);
  expect(known).toContain('50 %  about 1m 30s left');
  expect(frame({ ...snapshot, fraction: 1, etaMs: 0, phase: 'closing' }, 100, plain)).not.toContain('left');
});

it('keeps its height and its width, whatever runs and whatever names say', () => {
  const heights = [[], snapshot.running, Array.from({ length: 9 }, () => snapshot.running).flat()].map(
    (running) => frame({ ...snapshot, running }, 80, plain).split('\n').length,
  );
  expect(new Set(heights).size).toBe(1);
  for (const width of [40, 80, 200]) {
    const shown = frame(snapshot, width, plain);
    for (const line of shown.split('\n')) expect(Array.from(line).length).toBeLessThanOrEqual(width);
    expect(shown).not.toContain('\u001b');
  }
});

it('tells a large directory from one that is stuck', () => {
  const [worker] = snapshot.running;
  if (worker === undefined) throw new Error('none');
  const large = { path: 'films', names: 1_234_567, sinceMs: 60_000 };
  const shown = (change: Partial<typeof worker>): string =>
    frame({ ...snapshot, running: [{ ...worker, ...change }] }, 120, plain);
  expect(shown({ large, waitingMs: 0 })).toContain('(large: 1,234,567 names so far)');
  expect(shown({ large })).toContain('(lstat for 7s)');
  expect(shown({ waitingMs: 0 })).not.toContain('(');
});

it('tells chunks that are being merged from those with a worker, in words', () => {
  const [worker] = snapshot.running;
  if (worker === undefined) throw new Error('One runs.');
  const merging = { ...worker, chunkId: 8, phase: 'merging' as const };
  const shown = (running: ScanSnapshot['running'], merged: number): string =>
    frame(
      { ...snapshot, running, chunks: { ...snapshot.chunks, running: running.length - merged, merging: merged } },
      120,
      plain,
    );
  const few = shown([worker, merging], 1);
  expect(few).toContain('1 running, 1 merging');
  expect(few).toMatch(/#8 .* merging$/m);
  expect(few.split('\n').filter((line) => line.includes('lstat for'))).toHaveLength(1);
  expect(shown([worker, worker, worker, worker, merging], 1)).toMatch(/^ {2}… and 1 more merging$/m);
  expect(shown([worker, worker, merging, merging, merging], 3)).toMatch(/^ {2}… and 1 more merging$/m);
  const wide = { ...snapshot, maxContainers: 12, running: [...Array.from({ length: 10 }, () => worker), merging] };
  expect(frame(wide, 120, plain)).toMatch(/^ {2}… and 3 more, 1 merging$/m);
});

it('says what a worker waits for, and since when', () => {
  expect(frame(snapshot, 120, plain)).toContain('lstat for 7s');
});
