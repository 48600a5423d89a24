import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProgressLine } from '../../shared/worker-protocol.ts';
import type { AttemptRef, Runtime } from '../runtime/runtime.ts';
import { patienceOf, Supervisor } from './supervisor.ts';

const REF: AttemptRef = { runtime: 'process', node: 'local', attempt: 'a', id: '1:1', spool: '/s' };
const line = (path: string): ProgressLine => ({
  type: 'progress',
  entries: 1,
  files: 1,
  dirsScanned: 1,
  dirsPending: 0,
  dirsFailed: 0,
  bytes: 0,
  waitingOn: [{ path, syscall: 'opendir', sinceMs: 5, thread: 0 }],
  lstatMedianUs: null,
  rssBytes: 1,
});

function watched(): { supervisor: Supervisor; acts: string[]; log: string[] } {
  const acts: string[] = [];
  const log: string[] = [];
  const act = (what: string) => (): Promise<void> => {
    acts.push(what);
    return Promise.resolve();
  };
  const write = (text: string): void => void log.push(text);
  const runtime = { stop: act('stop'), kill: act('kill') } as unknown as Runtime;
  const scanLog = { path: '', info: write, warn: write, error: write, close: () => Promise.resolve() };
  const supervisor = new Supervisor(runtime, REF, 'chunk 7', scanLog, patienceOf(600_000));
  supervisor.start();
  return { supervisor, acts, log };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a worker', () => {
  it('that speaks is left alone for as long as it takes', () => {
    const { supervisor, acts, log } = watched();
    for (let second = 0; second < 7200; second += 1) {
      vi.advanceTimersByTime(1000);
      supervisor.heard(line('huge'));
    }
    expect([acts, log, supervisor.stalled]).toEqual([[], [], false]);
    supervisor.end();
  });

  it('that says nothing is asked, killed and abandoned, and it is told where it was', () => {
    const { supervisor, acts, log } = watched();
    supervisor.heard(line('Films/broken'));
    vi.advanceTimersByTime(629_000);
    expect(acts).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(acts).toEqual(['stop']);
    expect(log[0]).toMatch(
      /^STALL chunk 7: its worker has said nothing for 63\d s \(last in opendir on Films\/broken\): asked to end$/,
    );
    vi.advanceTimersByTime(11_000);
    expect(acts).toEqual(['stop', 'kill']);
    expect(supervisor.abandoned.aborted).toBe(false);
    vi.advanceTimersByTime(31_000);
    expect(supervisor.abandoned.aborted).toBe(true);
    expect(supervisor.stalled).toBe(true);
    expect(log.at(-1)).toContain('does not die (last in opendir on Films/broken): abandoned');
    vi.advanceTimersByTime(600_000);
    expect(acts).toEqual(['stop', 'kill']);
  });

  it('that told its result and does not end is killed and abandoned, but did not stall', () => {
    const { supervisor, acts } = watched();
    supervisor.told();
    vi.advanceTimersByTime(31_000);
    expect(acts).toEqual(['kill']);
    vi.advanceTimersByTime(31_000);
    expect([supervisor.abandoned.aborted, supervisor.stalled]).toEqual([true, false]);
  });

  it('is not blamed for the time in which this program was stopped', () => {
    const { supervisor, acts } = watched();
    vi.advanceTimersByTime(300_000);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 3_600_000);
    vi.advanceTimersByTime(1000);
    vi.restoreAllMocks();
    expect(acts).toEqual([]);
    supervisor.end();
  });
});
