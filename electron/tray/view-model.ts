import {
  isBusy,
  isRefused,
  isRunOf,
  type DesktopState,
  type MountView,
  type RunView,
} from '../../shared/desktop-state.ts';
import type { Destination } from '../../shared/ipc.ts';
import { problemText } from '../../shared/problem-text.ts';
import { isResumable } from '../../shared/snapshot.ts';
import { formatCount } from '../../shared/units.ts';

/** `scanning-3`: three eighths of it are done, where that is known. */
export type TrayIcon = 'idle' | 'scanning' | `scanning-${number}` | 'attention' | 'disconnected';

export interface TrayItem {
  readonly id: string;
  readonly label: string;
  readonly enabled: boolean;
  readonly action: TrayAction | null;
}

export type TrayAction =
  /** null: the window, as it was left. */
  | { readonly kind: 'open'; readonly destination: Destination | null }
  | { readonly kind: 'pause' | 'unpause' | 'stop'; readonly runId: string }
  | { readonly kind: 'quit' };

export interface TrayView {
  readonly icon: TrayIcon;
  readonly tooltip: string;
  /** null: a line between groups. */
  readonly menu: readonly (TrayItem | null)[];
}

const RECENT = 5;
const LABEL_LENGTH = 80;
const EIGHTHS = 8;

/** What the tray shows of this state. */
export function trayView(state: DesktopState): TrayView {
  const runs = Object.values(state.runs);
  const busy = runs.filter(isBusy);
  const groups = [
    [
      // Without counts: a menu that changes closes under the pointer.
      { id: 'status', label: sentenceOf(state, runs, ''), enabled: false, action: null },
      { id: 'open', label: 'Open Smart Scanner', enabled: true, action: open(null) },
    ],
    busy.flatMap((run) => [...pauseItem(run), stopItem(run)]),
    problemItems(state, runs),
    [{ id: 'quit', label: 'Quit', enabled: true, action: { kind: 'quit' } as const }],
  ];
  return {
    icon: iconOf(state, runs),
    tooltip: `Smart Scanner: ${sentenceOf(state, runs, filesOf(busy[0]))}`,
    menu: groups
      .filter((group) => group.length > 0)
      .flatMap((group, index) => (index === 0 ? group : [null, ...group])),
  };
}

function iconOf(state: DesktopState, runs: readonly RunView[]): TrayIcon {
  const busy = runs.filter(isBusy);
  if (state.catalogProblem !== null || busy.some(isCutOff)) return 'disconnected';
  if (runs.some(hasTrouble) || gapsOf(state).length > 0) return 'attention';
  const [first] = busy;
  if (first === undefined) return 'idle';
  const fraction = first.snapshot?.fraction ?? null;
  if (fraction === null || busy.length > 1) return 'scanning';
  return `scanning-${Math.min(EIGHTHS - 1, Math.floor(fraction * EIGHTHS))}`;
}

function pauseItem(run: RunView): TrayItem[] {
  if (run.snapshot === null || run.stopping) return [];
  const isPaused = isResumable(run.snapshot.pauses);
  return [
    {
      id: `pause:${run.runId}`,
      label: isPaused ? `Resume the scan of ${run.mountName}` : `Pause the scan of ${run.mountName}`,
      enabled: true,
      action: { kind: isPaused ? 'unpause' : 'pause', runId: run.runId },
    },
  ];
}

function stopItem(run: RunView): TrayItem {
  return {
    id: `stop:${run.runId}`,
    label: run.stopping ? `Stopping ${run.mountName} …` : `Stop the scan of ${run.mountName}`,
    enabled: !run.stopping,
    action: { kind: 'stop', runId: run.runId },
  };
}

/** What needs a look, and what went wrong last. */
function problemItems(state: DesktopState, runs: readonly RunView[]): TrayItem[] {
  const troubled = runs.filter(hasTrouble);
  const recent = troubled
    .flatMap((run) => (run.snapshot?.problems ?? []).filter(({ final }) => final).map((problem) => ({ run, problem })))
    .sort((a, b) => b.problem.atMs - a.problem.atMs)
    .slice(0, RECENT);
  return [
    ...troubled.map((run) => ({
      id: `problem:${run.runId}`,
      label: `Problems of ${run.mountName} …`,
      enabled: true,
      action: open({ place: 'scans', runId: run.runId, tab: 'problems' }),
    })),
    ...gapsOf(state)
      .filter((mount) => !troubled.some((run) => isRunOf(run, mount)))
      .map(({ mountId, name }) => ({
        id: `gaps:${mountId}`,
        label: `Gaps of ${name} …`,
        enabled: true,
        action: open({ place: 'overview' }),
      })),
    ...recent.map(({ run, problem }) => ({
      id: `recent:${run.runId}:${problem.atMs}:${problem.chunkId ?? ''}`,
      label: clipped(`${run.mountName}: ${problemText(problem)}`),
      enabled: true,
      action: open(
        problem.chunkId === null
          ? { place: 'scans', runId: run.runId, tab: 'problems' }
          : { place: 'scans', runId: run.runId, tab: 'progress', chunkId: problem.chunkId },
      ),
    })),
  ];
}

function open(destination: Destination | null): TrayAction {
  return { kind: 'open', destination };
}

/** Chunks that failed, folders that can't be read while it runs, or that nothing came of it but by somebody's wish. */
function hasTrouble(run: RunView): boolean {
  if (run.phase === 'refused') return isRefused(run);
  const { snapshot } = run;
  if (snapshot === null) return false;
  const { certificate, failedDirectories } = snapshot;
  if (certificate !== null) return snapshot.chunks.failed > 0 || (!certificate.published && !certificate.interrupted);
  return snapshot.chunks.failed > 0 || failedDirectories > 0;
}

function isCutOff(run: RunView): boolean {
  return (run.snapshot?.hostLostAtMs ?? null) !== null;
}

function gapsOf(state: DesktopState): MountView[] {
  return (state.mounts ?? []).filter(({ verdict }) => verdict === 'gaps' || verdict === 'disagrees');
}

function filesOf(run: RunView | undefined): string {
  return run === undefined ? '' : `, ${formatCount(run.snapshot?.files ?? 0)} files`;
}

/** `counts`: what is put behind what is being scanned. */
function sentenceOf(state: DesktopState, runs: readonly RunView[], counts: string): string {
  if (state.catalogProblem !== null) return 'the catalog can’t be read';
  const busy = runs.filter(isBusy);
  const [first] = busy;
  if (first !== undefined) {
    const cutOff = busy.find(isCutOff);
    if (cutOff !== undefined) return `the host of ${cutOff.mountName} does not answer`;
    const failed = first.snapshot?.chunks.failed ?? 0;
    const more = busy.length > 1 ? ` and ${busy.length - 1} more` : '';
    const trouble = failed > 0 ? `, ${formatCount(failed)} ${failed === 1 ? 'chunk' : 'chunks'} failed` : '';
    const doing = first.snapshot?.phase === 'paused' ? 'paused at' : 'scanning';
    return `${doing} ${first.mountName}${more}${counts}${trouble}`;
  }
  const troubled = runs.find(hasTrouble);
  if (troubled !== undefined) return `the scan of ${troubled.mountName} needs a look`;
  const gaps = gapsOf(state).length;
  if (gaps > 0) return `${gaps} ${gaps === 1 ? 'inventory has' : 'inventories have'} gaps`;
  const mounts = state.mounts?.length ?? 0;
  return mounts === 0
    ? 'nothing scanned yet'
    : `${mounts} ${mounts === 1 ? 'mount point' : 'mount points'} inventoried`;
}

function clipped(text: string): string {
  const line = text.replace(/\s+/gu, ' ');
  return line.length <= LABEL_LENGTH ? line : `${line.slice(0, LABEL_LENGTH - 1)}…`;
}
