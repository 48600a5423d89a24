import type { DesktopSettings } from './desktop-settings.ts';
import type { ErrorJson } from './errors.ts';
import type { HostQuestion, HostView } from './hosts.ts';
import type { Stats } from './inventory.ts';
import type { Plain } from './plain.ts';
import type { RuntimeChoice } from './settings.ts';
import type { ScanSnapshot } from './snapshot.ts';

/** A scan that this app runs or ran since it was started. */
export interface RunView {
  readonly runId: string;
  /** Of a mount that the catalog knew when it began; null: its snapshots tell. */
  readonly mountId: string | null;
  readonly mountName: string;
  readonly mountPath: string;
  /** As in its settings. */
  readonly runtime: RuntimeChoice;
  readonly host: string | null;
  /** starting: checks, image, plan; ended: it has a certificate; refused: it could not start or broke off, see `error`. */
  readonly phase: 'starting' | 'scanning' | 'ended' | 'refused';
  readonly stopping: boolean;
  readonly startedAtMs: number;
  /** What was said while it was prepared, newest last, at most 20. */
  readonly lines: readonly string[];
  readonly snapshot: Plain<ScanSnapshot> | null;
  readonly error: ErrorJson | null;
  readonly durationMs: number | null;
}

export interface Unfinished {
  readonly scanId: string;
  readonly mountName: string;
}

export type MountView = Plain<Stats['mounts'][number]>;

/** What every window shows; main holds it, windows get a copy and then patches. */
export interface DesktopState {
  /** Grows by one with each patch. */
  readonly revision: number;
  readonly version: string;
  readonly platform: string;
  readonly dataDir: string;
  /** Where it is if nobody chooses another. */
  readonly usualDataDir: string;
  /** It was named by the environment, which the settings don't change. */
  readonly isDataDirFixed: boolean;
  readonly computer: string;
  readonly hasTray: boolean;
  readonly settings: DesktopSettings;
  /** What became of settings that could not be read; null: nothing. */
  readonly settingsNote: string | null;
  readonly runs: Readonly<Record<string, RunView>>;
  /** The inventories; null until the catalog was read. */
  readonly mounts: readonly MountView[] | null;
  /** Scans that can be gone on with, at most one a mount; null until the catalog was read. */
  readonly unfinished: readonly Unfinished[] | null;
  /** By key; empty until they were looked for. */
  readonly hosts: Readonly<Record<string, HostView>>;
  /** What somebody is to answer before a connection goes on. */
  readonly question: HostQuestion | null;
  /** Grows when an inventory or the list of scans changed: what was asked for is asked again. */
  readonly catalogVersion: number;
  /** Why the catalog can't be read, or null. */
  readonly catalogProblem: ErrorJson | null;
}

/** What changed since the revision before; `runs` holds only those that changed. */
export type StatePatch = Pick<DesktopState, 'revision'> & Partial<Omit<DesktopState, 'revision'>>;

/** Whether this is a run of that mount: hosts may have mounts of the same name. Before the first snapshot of a new one its path must do. */
export function isRunOf(
  run: Pick<RunView, 'mountId' | 'mountName' | 'mountPath' | 'snapshot' | 'runtime'>,
  mount: Pick<MountView, 'mountId' | 'name' | 'path' | 'hostKind'>,
): boolean {
  const mountId = run.snapshot?.mountId ?? run.mountId;
  if (mountId !== null) return mountId === mount.mountId;
  const isKind = run.runtime === 'auto' || run.runtime === mount.hostKind;
  return isKind && run.mountName === mount.name && run.mountPath === mount.path;
}

/** It could not begin, and not because somebody stopped it. */
export const isRefused = ({ phase, error }: RunView): boolean => phase === 'refused' && error?.code !== 'INTERRUPTED';

export const isBusy = (run: RunView): boolean => run.phase === 'starting' || run.phase === 'scanning';
