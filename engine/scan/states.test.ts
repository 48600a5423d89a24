import { describe, expect, it } from 'vitest';
import type { ChunkState } from '../../shared/inventory.ts';
import { nextChunkState, type ChunkEvent } from '../catalog/chunk-state.ts';
import {
  nextAttemptState,
  nextScanPhase,
  type AttemptEvent,
  type AttemptState,
  type ScanEvent,
  type ScanState,
} from './states.ts';

/** What every state becomes on every event; what isn't named must throw: a scan that takes a step nobody thought of is a defect. */
type Table<S extends string, E extends string> = Readonly<Record<S, Partial<Record<E, S>>>>;

function check<S extends string, E extends string>(
  table: Table<S, E>,
  events: readonly E[],
  next: (state: S, event: E) => S,
): void {
  for (const state of Object.keys(table) as S[]) {
    for (const event of events) {
      const expected = table[state][event];
      it(`${state} + ${event} → ${expected ?? 'refused'}`, () => {
        if (expected === undefined) {
          expect(() => next(state, event)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
          expect(() => next(state, event)).toThrow(`"${state}"`);
        } else expect(next(state, event)).toBe(expected);
      });
    }
  }
}

describe('a scan', () => {
  const table: Table<ScanState, ScanEvent> = {
    preparing: { prepared: 'scanning', 'stop-requested': 'stopping', broken: 'failed' },
    scanning: { 'stop-requested': 'stopping', 'all-chunks-ended': 'closing', broken: 'failed' },
    stopping: { 'stop-requested': 'stopping', 'all-chunks-ended': 'closing', broken: 'failed' },
    closing: { 'stop-requested': 'closing', closed: 'finished', 'closed-interrupted': 'interrupted', broken: 'failed' },
    finished: { 'stop-requested': 'finished', broken: 'failed' },
    interrupted: { 'stop-requested': 'interrupted', broken: 'failed' },
    failed: { 'stop-requested': 'failed', broken: 'failed' },
  };
  const events: readonly ScanEvent[] = [
    'prepared',
    'stop-requested',
    'all-chunks-ended',
    'closed',
    'closed-interrupted',
    'broken',
  ];
  check(table, events, nextScanPhase);
});

describe('an attempt', () => {
  const table: Table<AttemptState, AttemptEvent> = {
    preparing: { 'job-made': 'starting', 'start-failed': 'failed', 'let-go': 'released' },
    starting: { started: 'running', 'start-failed': 'failed', 'let-go': 'released' },
    running: { 'worker-ended': 'ended', 'let-go': 'released' },
    ended: { 'harvest-begun': 'harvesting', 'nothing-merged': 'failed', 'let-go': 'released' },
    harvesting: { merged: 'harvested', 'nothing-merged': 'failed', 'let-go': 'released' },
    harvested: {},
    failed: {},
    released: {},
  };
  const events: readonly AttemptEvent[] = [
    'job-made',
    'started',
    'start-failed',
    'worker-ended',
    'harvest-begun',
    'merged',
    'nothing-merged',
    'let-go',
  ];
  check(table, events, nextAttemptState);
});

describe('a chunk', () => {
  const last = { type: 'attempt-failed', failures: 3, maxRetries: 2 } as const;
  const again = { type: 'attempt-failed', failures: 2, maxRetries: 2 } as const;
  const events: Readonly<Record<string, ChunkEvent>> = {
    'attempt-started': { type: 'attempt-started' },
    harvested: { type: 'harvested' },
    'failed with a retry left': again,
    'failed for the last time': last,
    released: { type: 'released' },
    stopped: { type: 'stopped' },
  };
  const table: Table<ChunkState, string> = {
    queued: { 'attempt-started': 'running', stopped: 'failed' },
    running: {
      harvested: 'done',
      'failed with a retry left': 'waiting',
      'failed for the last time': 'failed',
      released: 'queued',
    },
    waiting: { 'attempt-started': 'running', stopped: 'failed' },
    done: {},
    failed: {},
  };
  check(table, Object.keys(events), (state, event) => nextChunkState(state, events[event] ?? last));
});
