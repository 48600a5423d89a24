import { expect, it } from 'vitest';
import type { ProgressLine } from '../../shared/worker-protocol.ts';
import type { ChunkRow } from '../catalog/api.ts';
import { ScanProgress } from './progress.ts';

const line = (files: number): ProgressLine => ({
  type: 'progress',
  entries: files,
  files,
  dirsScanned: 0,
  dirsPending: 0,
  dirsFailed: 0,
  bytes: 0,
  waitingOn: [],
  lstatMedianUs: null,
  rssBytes: 0,
});

it('tells of each worker how fast it was since the last health check: which one is stuck shows', () => {
  const progress = new ScanProgress();
  for (const key of ['fast', 'stuck']) progress.started(key, { id: 1 } as ChunkRow, 'worker', 0);
  progress.reported('fast', line(3000), 900);
  progress.reported('stuck', line(100), 900);
  expect(progress.workerRate('fast', 1000)).toBe(3000);
  expect(progress.workerRate('stuck', 1000)).toBe(100);
  progress.reported('fast', line(4000), 2900);
  expect(progress.workerRate('fast', 3000)).toBe(500);
  expect(progress.workerRate('stuck', 3000)).toBe(0);
  expect(progress.workerRate('one that has ended', 3000)).toBe(0);
});
