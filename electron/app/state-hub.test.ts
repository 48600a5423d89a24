import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defaultDesktopSettings } from '../../shared/desktop-settings.ts';
import type { DesktopState, RunView, StatePatch } from '../../shared/desktop-state.ts';
import { applyPatch } from '../../renderer/store/apply-patch.ts';
import { StateHub } from './state-hub.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function hub(): { readonly hub: StateHub; readonly patches: StatePatch[] } {
  const made = new StateHub({
    version: '1',
    platform: 'linux',
    dataDir: '/data',
    usualDataDir: '/data',
    computer: 'here',
    hasTray: true,
    isDataDirFixed: false,
    settingsNote: null,
    settings: defaultDesktopSettings(),
    runs: {},
    hosts: {},
    question: null,
    mounts: null,
    unfinished: null,
    catalogVersion: 0,
    catalogProblem: null,
  });
  const patches: StatePatch[] = [];
  made.onPatch((patch) => patches.push(patch));
  return { hub: made, patches };
}

function run(runId: string, startedAtMs: number): RunView {
  const rest = {
    phase: 'starting',
    stopping: false,
    lines: [],
    snapshot: null,
    error: null,
    durationMs: null,
  } as const;
  return { runId, mountId: null, mountName: runId, mountPath: '/', runtime: 'auto', host: null, startedAtMs, ...rest };
}

it('sends at most ten patches a second, however much changes', () => {
  const { hub: state, patches } = hub();
  for (let change = 0; change < 1000; change += 1) {
    state.change({ catalogVersion: change });
    vi.advanceTimersByTime(1);
  }
  vi.runAllTimers();
  expect(patches.length).toBeLessThanOrEqual(11);
  expect(patches.at(-1)?.catalogVersion).toBe(999);
});

it('leads a window that gets every patch to the very state that main has', () => {
  const { hub: state, patches } = hub();
  let window: DesktopState = state.shown;
  state.change({ runs: { a: run('a', 1) } });
  state.change({ runs: { b: run('b', 2) }, catalogVersion: 7 });
  vi.runAllTimers();
  state.change({ runs: { a: run('a', 3) } });
  vi.runAllTimers();
  for (const patch of patches) {
    const next = applyPatch(window, patch);
    if (typeof next === 'string') throw new Error(next);
    window = next;
  }
  expect(window).toEqual(state.shown);
  expect(patches[1]?.runs).toEqual({ a: run('a', 3) });
});

it('makes windows fetch everything when a run was dismissed, and when they missed a patch', () => {
  const { hub: state, patches } = hub();
  const before = state.shown;
  state.change({ runs: { a: run('a', 1) } });
  state.dismiss('a');
  expect(state.shown.runs).toEqual({});
  expect(applyPatch(before, patches[1] ?? { revision: 0 })).toBe('gap');
  expect(applyPatch(state.shown, patches[0] ?? { revision: 0 })).toBe('old');
});
