import { expect, it } from 'vitest';
import type { ChunkRow, HarvestReply } from '../catalog/api.ts';
import { ScanProgress } from './progress.ts';

function chunk(id: number): ChunkRow {
  return {
    id,
    scanId: 'scan',
    state: 'queued',
    parentChunk: null,
    bytes: 1,
    entries: 10,
    rootCount: 1,
    label: `chunk-${id}`,
    firstMode: 'subtree',
    attempts: 0,
    failures: 0,
    reason: null,
    alone: false,
    strikes: 0,
    last: false,
  };
}

function merged(id: number): HarvestReply {
  return {
    chunk: { ...chunk(id), state: 'done' },
    merged: { files: 9, directories: 1, bytes: 1, failedDirectories: 0 },
    children: [],
  } as unknown as HarvestReply;
}

it('a chunk that is being merged has no worker any more: it is counted and shown apart', () => {
  const progress = new ScanProgress();
  progress.chunksAdded([chunk(1), chunk(2)]);
  progress.started('a', chunk(1), 'worker', 1);
  progress.workerEnded('a');
  progress.started('b', chunk(2), 'worker', 2);
  const both = progress.view(3, 3, false);
  expect(both.chunks).toMatchObject({ planned: 2, queued: 0, running: 1, merging: 1, done: 0 });
  expect(both.running.map(({ chunkId, phase }) => [chunkId, phase])).toEqual([
    [2, 'running'],
    [1, 'merging'],
  ]);
  // Twice is once.
  progress.workerEnded('a');
  progress.harvested('a', chunk(1), merged(1));
  expect(progress.view(4, 4, false).chunks).toMatchObject({ running: 1, merging: 0, done: 1 });
  progress.released('b');
  expect(progress.view(5, 5, false).chunks).toMatchObject({ queued: 1, running: 0, merging: 0, done: 1 });
});

it.each(['waiting', 'failed'] as const)('a chunk whose merge went wrong leaves "merging" for "%s"', (state) => {
  const progress = new ScanProgress();
  progress.chunksAdded([chunk(1)]);
  progress.started('a', chunk(1), 'worker', 1);
  progress.workerEnded('a');
  progress.failed('a', chunk(1), { ...chunk(1), state });
  const { chunks, running } = progress.view(2, 2, false);
  expect(chunks).toMatchObject({ planned: 1, queued: 0, running: 0, merging: 0, [state]: 1 });
  expect(running).toEqual([]);
});
