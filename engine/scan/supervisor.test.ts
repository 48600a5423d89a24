import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProgressLine } from '../../shared/worker-protocol.ts';
import type { AttemptRef, Runtime } from '../runtime/runtime.ts';
import { PATIENCE, Supervisor } from './supervisor.ts';

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

function watched(): {
  supervisor: Supervisor;
  acts: string[];
  log: string[];
  host: { away: boolean; back: () => void };
} {
  const acts: string[] = [];
  const log: string[] = [];
  const act = (what: string) => (): Promise<void> => {
    acts.push(what);
    return Promise.resolve();
  };
  const write = (text: string): void => void log.push(text);
  const host = { away: false, back: (): void => undefined };
  const inspect = (): Promise<{ state: string }> =>
    new Promise((resolve) => {
      const answer = (): void => resolve({ state: 'running' });
      if (!host.away) answer();
      host.back = () => {
        host.away = false;
        answer();
      };
    });
  const runtime = { stop: act('stop'), kill: act('kill'), inspect } as unknown as Runtime;
  const scanLog = { path: '', info: write, warn: write, error: write, close: () => Promise.resolve() };
  const supervisor = new Supervisor(runtime, REF, 'chunk 7', scanLog, 600_000, PATIENCE);
  supervisor.start();
  return { supervisor, acts, log, host };
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

  it('that says nothing is asked, killed and abandoned, and it is told where it was', async () => {
    const { supervisor, acts, log } = watched();
    supervisor.heard(line('Films/broken'));
    await vi.advanceTimersByTimeAsync(629_000);
    expect(acts).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(acts).toEqual(['stop']);
    expect(log[0]).toMatch(
      /^STALL chunk 7: its worker has said nothing for 63\d s \(last in opendir on Films\/broken\): asked to end$/,
    );
    await vi.advanceTimersByTimeAsync(11_000);
    expect(acts).toEqual(['stop', 'kill']);
    expect(supervisor.abandoned.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(supervisor.abandoned.aborted).toBe(true);
    expect(supervisor.stalled).toBe(true);
    expect(log.at(-1)).toContain('does not die (last in opendir on Films/broken): abandoned');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(acts).toEqual(['stop', 'kill']);
  });

  it('is asked nothing while its host is away, and not as soon as that is back', async () => {
    const { supervisor, acts, host } = watched();
    host.away = true;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(acts).toEqual([]);
    host.back();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(acts).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(acts[0]).toBe('stop');
    supervisor.end();
  });

  it('that told its result is neither killed nor given up while its host is away', async () => {
    const { supervisor, acts, host } = watched();
    supervisor.told();
    host.away = true;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(acts).toEqual([]);
    host.back();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(acts).toEqual(['kill']);
    host.away = true;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(supervisor.abandoned.aborted).toBe(false);
    host.back();
    await vi.advanceTimersByTimeAsync(33_000);
    expect(supervisor.abandoned.aborted).toBe(true);
  });

  it('that told its result and does not end is killed and abandoned, but did not stall', async () => {
    const { supervisor, acts } = watched();
    supervisor.told();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(acts).toEqual(['kill']);
    await vi.advanceTimersByTimeAsync(31_000);
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
