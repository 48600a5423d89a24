import { expect, it } from 'vitest';
import type { MountView, RunView } from '../../shared/desktop-state.ts';
import { desktopState as state, problem, run, snapshot } from '../../test/support/desktop-states.ts';
import { trayView, type TrayItem } from './view-model.ts';

const labels = (view: { readonly menu: readonly (TrayItem | null)[] }): (string | undefined)[] =>
  view.menu.map((item) => item?.label);

it('is calm when everything is covered, and never while a gap is open', () => {
  const calm = trayView(state([], ['covered', 'covered']));
  expect(calm).toMatchObject({ icon: 'idle', tooltip: 'Smart Scanner: 2 mount points inventoried' });
  expect(labels(calm)).toEqual(['2 mount points inventoried', 'Open Smart Scanner', undefined, 'Quit']);
  expect(trayView(state([], ['covered', 'gaps'])).icon).toBe('attention');
  expect(trayView(state([], ['disagrees'])).icon).toBe('attention');
  expect(trayView(state([run()], ['gaps'])).icon).toBe('attention');
  expect(labels(trayView(state([], ['gaps'])))).toContain('Gaps of 0 …');
});

it('says what is being scanned and how far it is, and offers to pause and to stop it', () => {
  const view = trayView(state([run()]));
  expect(view).toMatchObject({ icon: 'scanning', tooltip: 'Smart Scanner: scanning Videos, 1,234 files' });
  expect(labels(view)).toEqual([
    'scanning Videos',
    'Open Smart Scanner',
    undefined,
    'Pause the scan of Videos',
    'Stop the scan of Videos',
    undefined,
    'Quit',
  ]);
  const paused = (kind: 'asked' | 'window'): RunView =>
    run({ snapshot: snapshot([], { phase: 'paused', pauses: [{ kind, text: 'it waits', sinceMs: 1 }] }) });
  expect(labels(trayView(state([paused('asked')])))).toContain('Resume the scan of Videos');
  // Its hours end that pause, nobody else.
  expect(labels(trayView(state([paused('window')])))).toContain('Pause the scan of Videos');
  const icon = (fraction: number): string => trayView(state([run({ snapshot: snapshot([], { fraction }) })])).icon;
  expect([0, 0.5, 0.99, 1].map(icon)).toEqual(['scanning-0', 'scanning-4', 'scanning-7', 'scanning-7']);
});

it('keeps its menu while only counts change, which would close it under the pointer', () => {
  const more = run({ snapshot: snapshot([], { files: 99_999 }) });
  expect(trayView(state([more])).menu).toEqual(trayView(state([run()])).menu);
});

it('asks for attention once a chunk failed for good, and leads to it and to all of them', () => {
  const view = trayView(state([run({ snapshot: snapshot([problem(), problem({ atMs: 2, chunkId: 7 })]) })]));
  expect(view).toMatchObject({ icon: 'attention', tooltip: expect.stringContaining('2 chunks failed') as string });
  const [all, newest] = view.menu.slice(view.menu.findIndex((one) => one?.label === 'Problems of Videos …'));
  expect(all?.action).toEqual({ kind: 'open', destination: { place: 'scans', runId: 'r', tab: 'problems' } });
  expect(newest).toMatchObject({
    label: 'Videos: films: Docker is out of space.',
    action: { destination: { place: 'scans', runId: 'r', tab: 'progress', chunkId: 7 } },
  });
});

it('shows that a host does not answer before anything else', () => {
  const lost = run({ snapshot: snapshot([problem()], { hostLostAtMs: 1 }) });
  expect(trayView(state([lost]))).toMatchObject({
    icon: 'disconnected',
    tooltip: 'Smart Scanner: the host of Videos does not answer',
  });
});

it('asks for attention where folders can not be read, and where nothing came of a scan; not where somebody wished so', () => {
  const icon = (one: RunView): string => trayView(state([one], ['covered'])).icon;
  const certificate = (change: object): object => ({ published: true, interrupted: false, ...change });
  const ended = (change: object): RunView =>
    run({ phase: 'ended', snapshot: snapshot([], { certificate: certificate(change) as never }) });
  expect(icon(run({ snapshot: snapshot([], { failedDirectories: 1 }) }))).toBe('attention');
  expect(icon(ended({ published: false }))).toBe('attention');
  expect(icon(ended({}))).toBe('idle');
  expect(icon(ended({ published: false, interrupted: true }))).toBe('idle');
  const refused = (code: 'MOUNT_NOT_FOUND' | 'INTERRUPTED'): RunView =>
    run({ phase: 'refused', snapshot: null, error: { code, message: 'no', evidence: {} } });
  expect([refused('MOUNT_NOT_FOUND'), refused('INTERRUPTED')].map(icon)).toEqual(['attention', 'idle']);
});

it('leads to the gaps of an inventory whose scan has just ended here, and to each of two of one name', () => {
  const mounts = ['7', '8'].map((mountId) => ({ mountId, name: 'Videos', verdict: 'gaps' }) as MountView);
  const ended = run({ phase: 'ended', mountId: '7' });
  expect(labels(trayView(state([ended], [], { mounts }))).filter((label) => label === 'Gaps of Videos …')).toHaveLength(
    2,
  );
  const failed = run({ mountId: '7', snapshot: snapshot([problem()]) });
  const shown = labels(trayView(state([failed], [], { mounts })));
  expect(shown.filter((label) => label === 'Gaps of Videos …')).toHaveLength(1);
  expect(shown).toContain('Problems of Videos …');
});
