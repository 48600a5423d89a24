import { isBusy, type DesktopState, type RunView } from '../../shared/desktop-state.ts';
import type { Destination } from '../../shared/ipc.ts';
import { formatCount } from '../../shared/units.ts';

export type TrayIcon = 'idle' | 'scanning' | 'attention' | 'disconnected';

export interface TrayItem {
  readonly id: string;
  readonly label: string;
  readonly enabled: boolean;
  readonly action: TrayAction | null;
}

export type TrayAction =
  | { readonly kind: 'open'; readonly destination: Destination }
  | { readonly kind: 'pause' | 'unpause' | 'stop'; readonly runId: string }
  | { readonly kind: 'quit' };

export interface TrayView {
  readonly icon: TrayIcon;
  readonly tooltip: string;
  /** null: a line between groups. */
  readonly menu: readonly (TrayItem | null)[];
}

/** What the tray shows of this state. */
export function trayView(state: DesktopState): TrayView {
  const runs = Object.values(state.runs);
  const busy = runs.filter(isBusy);
  const troubled = runs.filter(hasTrouble);
  const gaps = (state.mounts ?? []).filter(({ verdict }) => verdict === 'gaps' || verdict === 'disagrees');
  const sentence = sentenceOf(state, busy, troubled, gaps.length);
  const icon =
    state.catalogProblem !== null
      ? 'disconnected'
      : troubled.length > 0 || gaps.length > 0
        ? 'attention'
        : busy.length > 0
          ? 'scanning'
          : 'idle';
  return {
    icon,
    tooltip: `Smart Scanner: ${sentence}`,
    menu: [
      { id: 'status', label: sentence, enabled: false, action: null },
      { id: 'open', label: 'Open Smart Scanner', enabled: true, action: open({ place: 'overview' }) },
      null,
      ...busy.flatMap((run) => pauseItem(run)),
      ...busy.map((run) => ({
        id: `stop:${run.runId}`,
        label: run.stopping ? `Stopping ${run.mountName} …` : `Stop the scan of ${run.mountName}`,
        enabled: !run.stopping,
        action: { kind: 'stop', runId: run.runId } as const,
      })),
      ...troubled.map((run) => ({
        id: `problem:${run.runId}`,
        label: `Problems of ${run.mountName} …`,
        enabled: true,
        action: open({ place: 'scans', runId: run.runId, tab: 'problems' }),
      })),
      ...(busy.length + troubled.length > 0 ? [null] : []),
      { id: 'quit', label: 'Quit', enabled: true, action: { kind: 'quit' } },
    ],
  };
}

function pauseItem(run: RunView): TrayItem[] {
  if (run.snapshot === null || run.stopping) return [];
  const isPaused = run.snapshot.phase === 'paused';
  return [
    {
      id: `pause:${run.runId}`,
      label: isPaused ? `Resume the scan of ${run.mountName}` : `Pause the scan of ${run.mountName}`,
      enabled: true,
      action: { kind: isPaused ? 'unpause' : 'pause', runId: run.runId },
    },
  ];
}

function open(destination: Destination): TrayAction {
  return { kind: 'open', destination };
}

function hasTrouble(run: RunView): boolean {
  return run.phase === 'refused' || (run.snapshot?.chunks.failed ?? 0) > 0;
}

function sentenceOf(state: DesktopState, busy: readonly RunView[], troubled: readonly RunView[], gaps: number): string {
  if (state.catalogProblem !== null) return 'the catalog can’t be read';
  const [first] = busy;
  if (first !== undefined) {
    const files = first.snapshot?.files ?? 0;
    const failed = first.snapshot?.chunks.failed ?? 0;
    const more = busy.length > 1 ? ` and ${busy.length - 1} more` : '';
    const trouble = failed > 0 ? `, ${formatCount(failed)} ${failed === 1 ? 'chunk' : 'chunks'} failed` : '';
    return `scanning ${first.mountName}${more}, ${formatCount(files)} files${trouble}`;
  }
  if (troubled.length > 0) return `the scan of ${troubled[0]?.mountName ?? ''} needs a look`;
  if (gaps > 0) return `${gaps} ${gaps === 1 ? 'inventory has' : 'inventories have'} gaps`;
  const mounts = state.mounts?.length ?? 0;
  return mounts === 0
    ? 'nothing scanned yet'
    : `${mounts} ${mounts === 1 ? 'mount point' : 'mount points'} inventoried`;
}
