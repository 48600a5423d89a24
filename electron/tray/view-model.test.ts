import { expect, it } from 'vitest';
import { defaultDesktopSettings } from '../../shared/desktop-settings.ts';
import type { DesktopState, MountView, RunView } from '../../shared/desktop-state.ts';
import type { Plain } from '../../shared/plain.ts';
import type { ScanSnapshot } from '../../shared/snapshot.ts';
import { noticeChanges } from '../notify/view-model.ts';
import { trayView } from './view-model.ts';

const CHUNKS = { planned: 10, queued: 0, running: 1, merging: 0, waiting: 0, done: 3, failed: 0 };

function snapshot(failed: number, files = 1234): Plain<ScanSnapshot> {
  const problem = { atMs: 1, code: 'DISK_FULL', chunkId: 1, text: 'Docker is out of space.', final: true };
  return {
    files,
    chunks: { ...CHUNKS, failed },
    problems: Array.from({ length: failed }, () => problem),
    certificate: null,
  } as unknown as Plain<ScanSnapshot>;
}

function run(change: Partial<RunView> = {}): RunView {
  return {
    runId: 'r',
    mountName: 'Videos',
    mountPath: '/mnt/videos',
    phase: 'scanning',
    stopping: false,
    startedAtMs: 0,
    lines: [],
    snapshot: snapshot(0),
    error: null,
    durationMs: null,
    ...change,
  };
}

function state(runs: readonly RunView[], verdicts: readonly MountView['verdict'][] = []): DesktopState {
  return {
    revision: 1,
    version: '1',
    platform: 'linux',
    dataDir: '/data',
    computer: 'here',
    hasTray: true,
    isDataDirFixed: false,
    settingsNote: null,
    settings: defaultDesktopSettings(),
    runs: Object.fromEntries(runs.map((one) => [one.runId, one])),
    mounts: verdicts.map((verdict, index) => ({ name: String(index), verdict }) as MountView),
    catalogVersion: 0,
    catalogProblem: null,
  };
}

it('is calm when everything is covered, and never while a gap is open', () => {
  expect(trayView(state([], ['covered', 'covered']))).toMatchObject({
    icon: 'idle',
    tooltip: 'Smart Scanner: 2 mount points inventoried',
  });
  expect(trayView(state([], ['covered', 'gaps'])).icon).toBe('attention');
  expect(trayView(state([run()], ['gaps'])).icon).toBe('attention');
});

it('says what is being scanned, and offers to stop it', () => {
  const view = trayView(state([run()]));
  expect(view).toMatchObject({ icon: 'scanning', tooltip: 'Smart Scanner: scanning Videos, 1,234 files' });
  expect(view.menu.map((item) => item?.label)).toContain('Stop the scan of Videos');
});

it('asks for attention once a chunk failed for good, and leads to the problems', () => {
  const view = trayView(state([run({ snapshot: snapshot(2) })]));
  expect(view).toMatchObject({ icon: 'attention', tooltip: expect.stringContaining('2 chunks failed') as string });
  const item = view.menu.find((one) => one?.label === 'Problems of Videos …');
  expect(item?.action).toEqual({ kind: 'open', destination: { place: 'scans', runId: 'r', tab: 'problems' } });
});

it('tells of failures by their change, grouped, and not again while nothing is new', () => {
  const before = state([run()]);
  const after = state([run({ snapshot: snapshot(38) })]);
  expect(noticeChanges(after, before).show).toMatchObject([
    { key: 'run:r', title: 'Videos: 38 chunks failed, one cause', body: 'Docker is out of space.' },
  ]);
  expect(noticeChanges(after, after)).toEqual({ show: [], withdraw: [] });
});

it('says nothing of a kind that was switched off, and withdraws what was dismissed', () => {
  const after = state([run({ snapshot: snapshot(1) })]);
  const silent = { ...after, settings: { ...after.settings, notices: { ...after.settings.notices, problems: false } } };
  expect(noticeChanges(silent, state([run()])).show).toEqual([]);
  expect(noticeChanges(state([]), after).withdraw).toEqual(['run:r']);
});

it('tells why a scan could not start, but nothing where it was stopped on request', () => {
  const refused = (code: 'MOUNT_NOT_FOUND' | 'INTERRUPTED'): DesktopState =>
    state([run({ phase: 'refused', error: { code, message: 'It is not there.', hint: 'Look.', evidence: {} } })]);
  const before = state([run({ phase: 'starting', snapshot: null })]);
  expect(noticeChanges(refused('MOUNT_NOT_FOUND'), before).show).toMatchObject([
    { title: 'Videos was not scanned', body: 'It is not there. Look.' },
  ]);
  expect(noticeChanges(refused('INTERRUPTED'), before).show).toEqual([]);
});
