import { describe, expect, it } from 'vitest';
import { WORKER_EXIT, type ResultLine, type StopReason } from '../../shared/worker-protocol.ts';
import type { AttemptStatus } from '../runtime/runtime.ts';
import { classifyEnd } from './attempt-end.ts';

const EXITED: AttemptStatus = {
  state: 'exited',
  exitCode: 0,
  oomKilled: false,
  health: null,
  startedAtMs: 1,
  finishedAtMs: 2,
  error: null,
  raw: {},
};

function result(exit: number, reason: StopReason = 'finished', error?: string): ResultLine {
  return { type: 'result', kind: 'scan', exit, reason, durationMs: 1, ...(error === undefined ? {} : { error }) };
}

describe('how an attempt ended', () => {
  it.each<[string, Partial<AttemptStatus>, ResultLine | null, boolean, string, string | null]>([
    ['whole', {}, result(0), false, 'finished', null],
    ['whole just as we asked it to stop', {}, result(0), true, 'finished', null],
    [
      'a thread stuck: wrote its result and killed itself',
      { exitCode: 137 },
      result(0, 'stalled'),
      false,
      'stalled',
      'WORKER_STALLED',
    ],
    ['a budget', { exitCode: 10 }, result(10, 'entries-budget'), false, 'remainder', null],
    ['a split that we asked for', { exitCode: 10 }, result(10, 'stop-requested'), false, 'remainder', null],
    ['a stop that we asked for', { exitCode: 10 }, result(10, 'stop-requested'), true, 'stopped', null],
    ['a budget while stopping', { exitCode: 10 }, result(10, 'bytes-budget'), true, 'remainder', null],
    ['a job that it could not read', { exitCode: 64 }, result(WORKER_EXIT.badJob), false, 'crashed', 'WORKER_PROTOCOL'],
    ['a spool that went away', { exitCode: 74 }, result(WORKER_EXIT.spool, 'spool', 'EIO'), false, 'spool', 'SPOOL'],
    ['a full spool', { exitCode: 75 }, result(WORKER_EXIT.spoolFull, 'spool', 'ENOSPC'), false, 'spool', 'DISK_FULL'],
    ['a mount that went away', { exitCode: 66 }, result(WORKER_EXIT.mount), false, 'mount', 'MOUNT_NOT_LISTABLE'],
    ['stalled and out of budget', { exitCode: 137 }, result(10, 'stalled'), false, 'stalled', 'WORKER_STALLED'],
    ['lost with its daemon', { exitCode: 255 }, null, false, 'lost', 'WORKER_KILLED'],
    ['a spool so full that it has no room for a result', { exitCode: 75 }, null, false, 'spool', 'DISK_FULL'],
    ['a spool that takes no result', { exitCode: 74 }, null, false, 'spool', 'SPOOL'],
    ['a mount that went away', { exitCode: 66 }, result(WORKER_EXIT.mount), false, 'mount', 'MOUNT_NOT_LISTABLE'],
    ['a thread stuck, and more to do', {}, result(10, 'stalled'), false, 'stalled', 'WORKER_STALLED'],
    ['its daemon was restarted', { exitCode: 255 }, null, false, 'lost', 'WORKER_KILLED'],
    ['its daemon was restarted after it was done', { exitCode: 255 }, result(0), false, 'finished', null],
    ['a defect', { exitCode: 70 }, result(WORKER_EXIT.internal), false, 'crashed', 'WORKER_CRASHED'],
    ['killed from outside', { exitCode: 137 }, null, false, 'killed', 'WORKER_KILLED'],
    ['out of memory', { exitCode: 137, oomKilled: true }, null, false, 'oom', 'WORKER_OOM'],
    ['whole, though a child of it was killed for memory', { oomKilled: true }, result(0), false, 'finished', null],
    [
      'never started',
      { state: 'created', exitCode: 127, error: 'exec: "node": not found' },
      null,
      false,
      'start-failed',
      'WORKER_START',
    ],
    ['disappeared', { state: 'gone', exitCode: null }, null, false, 'lost', 'WORKER_KILLED'],
    ['crashed', { exitCode: 139 }, null, false, 'crashed', 'WORKER_CRASHED'],
    ['ended without a word', { exitCode: null }, null, false, 'crashed', 'WORKER_CRASHED'],
    ['killed because we asked', { exitCode: 137 }, null, true, 'stopped', null],
  ])('%s', (_what, status, line, stopping, outcome, code) => {
    const end = classifyEnd({ ...EXITED, ...status }, line, stopping, 99);
    expect(end).toMatchObject({ outcome, code, endedAtMs: 99, exitCode: { ...EXITED, ...status }.exitCode });
    // Whatever went wrong comes with a sentence; what is whole needs none.
    expect(end.reason === null).toBe(outcome === 'finished');
  });

  it("keeps the daemon's words and the original's grep", () => {
    const status = { ...EXITED, error: 'no such file', exitCode: 127 };
    expect(classifyEnd(status, null, false, 0).reason).toBe('Failed to start container: no such file');
  });

  it('says why a result was not understood', () => {
    expect(classifyEnd(EXITED, null, false, 0, 'reason: Invalid type').reason).toBe(
      "The worker crashed with exit code 0, and its result can't be understood: reason: Invalid type.",
    );
  });

  it("keeps the worker's words", () => {
    expect(classifyEnd(EXITED, result(74, 'spool', 'EROFS: read-only'), false, 0).reason).toBe(
      "The worker couldn't write its spool: EROFS: read-only.",
    );
  });

  it('takes a full heap for what it is, wherever V8 says so', () => {
    const words = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    expect(classifyEnd({ ...EXITED, exitCode: 134 }, null, false, 0, null, words).outcome).toBe('oom');
    expect(classifyEnd({ ...EXITED, exitCode: 134 }, null, false, 0, null, 'Assertion failed').outcome).toBe('crashed');
    const ofThread = 'Worker terminated due to reaching memory limit: JS heap out of memory';
    expect(classifyEnd(EXITED, result(WORKER_EXIT.internal, 'finished', ofThread), false, 0).outcome).toBe('oom');
  });
});
