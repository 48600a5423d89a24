import { expect, it } from 'vitest';
import type { ControlReport } from '../engine/app/control.ts';
import { controlText } from './control-command.ts';

const REPORT: ControlReport = {
  scanId: 's',
  mountName: 'Videos',
  kind: 'pause',
  chunkId: null,
  workers: 3,
  holding: 0,
  waiting: 310,
  pauses: [],
};

it.each<[ControlReport, string]>([
  [REPORT, 'Videos is paused: 3 workers let go of the mount, 310 chunks wait.'],
  [
    { ...REPORT, workers: 0, holding: 1, waiting: 1 },
    'Videos is paused: 1 worker has not let go of it yet, 1 chunk waits.',
  ],
  [
    { ...REPORT, chunkId: 12, workers: 1 },
    'Chunk 12 of Videos is paused: 1 worker let go of the mount, 310 chunks wait.',
  ],
  [{ ...REPORT, kind: 'resume' }, 'Videos goes on: 310 chunks wait.'],
  [
    { ...REPORT, kind: 'resume', pauses: ['outside 01:00-07:00'] },
    'Videos goes on once this is over: outside 01:00-07:00.',
  ],
  [
    { ...REPORT, kind: 'stop' },
    'Videos is stopping: its workers commit what they have, 310 chunks stay for `scan --resume`.',
  ],
  [
    { ...REPORT, kind: 'stop', chunkId: 12, workers: 0 },
    'Chunk 12 of Videos is stopped: what it has not read stands in the certificate.',
  ],
])('%j', (report, text) => {
  expect(controlText(report)).toBe(text);
});
