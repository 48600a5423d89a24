import { defaultDesktopSettings } from '../../shared/desktop-settings.ts';
import type { DesktopState, MountView, RunView } from '../../shared/desktop-state.ts';
import type { Plain } from '../../shared/plain.ts';
import type { ScanProblem, ScanSnapshot } from '../../shared/snapshot.ts';

const CHUNKS = { planned: 10, queued: 0, running: 1, merging: 0, waiting: 0, done: 3, failed: 0 };

export function problem(change: Partial<ScanProblem> = {}): ScanProblem {
  return {
    atMs: 1,
    code: 'DISK_FULL',
    chunkId: 1,
    label: 'films',
    text: 'Docker is out of space.',
    final: true,
    ...change,
  };
}

/** Of a scan in which these chunks failed for good. */
export function snapshot(
  problems: readonly ScanProblem[] = [],
  change: Partial<Plain<ScanSnapshot>> = {},
): Plain<ScanSnapshot> {
  return {
    mountId: '7',
    files: 1234,
    phase: 'scanning',
    pauses: [],
    hostLostAtMs: null,
    updatedAtMs: 0,
    fraction: null,
    chunks: { ...CHUNKS, failed: problems.length },
    problems,
    certificate: null,
    ...change,
  } as unknown as Plain<ScanSnapshot>;
}

export function run(change: Partial<RunView> = {}): RunView {
  return {
    runId: 'r',
    mountId: null,
    mountName: 'Videos',
    mountPath: '/mnt/videos',
    runtime: 'docker',
    host: null,
    phase: 'scanning',
    stopping: false,
    startedAtMs: 0,
    lines: [],
    snapshot: snapshot(),
    error: null,
    durationMs: null,
    ...change,
  };
}

export function desktopState(
  runs: readonly RunView[],
  verdicts: readonly MountView['verdict'][] = [],
  change: Partial<DesktopState> = {},
): DesktopState {
  return {
    revision: 1,
    version: '1',
    platform: 'linux',
    dataDir: '/data',
    usualDataDir: '/data',
    computer: 'here',
    hasTray: true,
    isDataDirFixed: false,
    settingsNote: null,
    settings: defaultDesktopSettings(),
    runs: Object.fromEntries(runs.map((one) => [one.runId, one])),
    hosts: {},
    question: null,
    mounts: verdicts.map((verdict, index) => ({ name: String(index), verdict }) as MountView),
    unfinished: [],
    catalogVersion: 0,
    catalogProblem: null,
    ...change,
  };
}
