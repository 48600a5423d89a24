import type { NoticeKind } from '../../shared/desktop-settings.ts';
import type { SymptomId } from '../../shared/diagnosis.ts';
import type { DesktopState, RunView } from '../../shared/desktop-state.ts';
import type { Destination } from '../../shared/ipc.ts';
import { symptomOf } from '../../shared/symptom-of.ts';
import { formatCount } from '../../shared/units.ts';
import { causesOf, failedForGood } from './causes.ts';

export interface Notice {
  /** One at a time for each key: the newest replaces the one before. */
  readonly key: string;
  readonly kind: NoticeKind;
  readonly title: string;
  readonly body: string;
  readonly destination: Destination;
}

export interface NoticeChanges {
  readonly show: readonly Notice[];
  /** Keys of what is over. */
  readonly withdraw: readonly string[];
}

/** A host that is away for less comes back before anybody has to know. */
const HOST_LOST_MS = 60_000;

/** What became different enough to tell, and what is no longer so. Retries are never told; only what failed for good, and ends. */
export function noticeChanges(state: DesktopState, before: DesktopState): NoticeChanges {
  const show: Notice[] = [];
  const withdraw: string[] = [];
  for (const run of Object.values(state.runs)) {
    const was = before.runs[run.runId];
    for (const { key, isSo, tell } of conditions(run)) {
      const wasSo = was !== undefined && conditions(was).some((one) => one.key === key && one.isSo);
      if (isSo && !wasSo) show.push(tell());
      else if (wasSo && !isSo) withdraw.push(key);
    }
    const notice = ended(run, was) ?? failures(run, was);
    if (notice !== null) show.push(notice);
  }
  const gone = Object.keys(before.runs).filter((runId) => state.runs[runId] === undefined);
  return {
    show: show.filter(({ kind }) => state.settings.notices[kind]),
    withdraw: [...withdraw, ...gone.flatMap((runId) => [keyOf(runId), hostKey(runId), pauseKey(runId)])],
  };
}

/** All that is told of a run is told under its key: its end replaces what was said on the way. */
const keyOf = (runId: string): string => `run:${runId}`;
const hostKey = (runId: string): string => `host:${runId}`;
const pauseKey = (runId: string): string => `pause:${runId}`;

interface Condition {
  readonly key: string;
  readonly isSo: boolean;
  readonly tell: () => Notice;
}

/** What is told when it begins and withdrawn when it is over. */
function conditions(run: RunView): readonly Condition[] {
  const { snapshot } = run;
  if (snapshot === null) return [];
  const isScanning = run.phase === 'scanning';
  const { hostLostAtMs, updatedAtMs } = snapshot;
  const disk = snapshot.pauses.find(({ kind }) => kind === 'disk');
  return [
    {
      key: hostKey(run.runId),
      isSo: isScanning && hostLostAtMs !== null && updatedAtMs - hostLostAtMs > HOST_LOST_MS,
      tell: () => ({
        key: hostKey(run.runId),
        kind: 'host',
        title: `${run.mountName}: its host does not answer`,
        body: 'Chunks that run there go on. The scan goes on as soon as the host is back; nothing is lost.',
        destination: progress(run),
      }),
    },
    {
      key: pauseKey(run.runId),
      isSo: isScanning && disk !== undefined,
      tell: () => ({
        key: pauseKey(run.runId),
        kind: 'problems',
        title: `${run.mountName} is paused`,
        body: `It goes on by itself once that is over: ${disk?.text ?? ''}.`,
        destination: progress(run),
      }),
    },
  ];
}

function progress(run: RunView): Destination & { readonly place: 'scans' } {
  return { place: 'scans', runId: run.runId, tab: 'progress' };
}

function doctor(run: RunView, symptom: SymptomId): Destination {
  return { place: 'doctor', symptom, runId: run.runId };
}

function ended(run: RunView, before: RunView | undefined): Notice | null {
  const base = { key: keyOf(run.runId) };
  if (run.phase === 'refused' && before?.phase !== 'refused') {
    if (run.error?.code === 'INTERRUPTED') return null;
    const body = [run.error?.message, run.error?.hint].filter((part) => part !== undefined).join(' ');
    const title = `${run.mountName} was not scanned`;
    return {
      ...base,
      kind: 'refused',
      title,
      body,
      destination: doctor(run, symptomOf(run.error?.code ?? 'INTERNAL')),
    };
  }
  const { certificate } = run.snapshot ?? {};
  if (run.phase !== 'ended' || before?.phase === 'ended' || certificate === undefined || certificate === null)
    return null;
  const files = `${formatCount(certificate.entries.files)} files`;
  if (certificate.interrupted) {
    const title = `${run.mountName}: stopped`;
    return {
      ...base,
      kind: 'finished',
      title,
      body: `${files} are in the catalog.`,
      destination: progress(run),
    };
  }
  const gaps = certificate.gapCount;
  return {
    ...base,
    kind: 'finished',
    title: gaps === 0 ? `${run.mountName}: all of it is inventoried` : `${run.mountName}: ${missing(gaps)}`,
    body: gaps === 0 ? `${files}, and nothing is missing.` : `${files}. See why, and what to do.`,
    destination: gaps === 0 ? progress(run) : doctor(run, 'failed'),
  };
}

/**
 * One notice for all of them. It is told again only where there is another cause, or twice as many: a disk that fails takes hundreds of
 * chunks along, one after the other.
 */
function failures(run: RunView, before: RunView | undefined): Notice | null {
  if (run.phase !== 'scanning') return null;
  const failed = failedForGood(run);
  const failedBefore = before === undefined ? 0 : failedForGood(before);
  if (failed <= failedBefore) return null;
  const causes = causesOf(run);
  const causesBefore = before === undefined ? 0 : causesOf(before).length;
  if (causes.length <= causesBefore && Math.floor(Math.log2(failed)) === Math.floor(Math.log2(failedBefore)))
    return null;
  const [first, ...others] = causes;
  const chunks = failed === 1 ? '1 chunk failed' : `${formatCount(failed)} chunks failed`;
  const grouped = failed === 1 ? '' : others.length === 0 ? ', one cause' : `, ${others.length + 1} causes`;
  return {
    key: keyOf(run.runId),
    kind: 'problems',
    title: `${run.mountName}: ${chunks}${grouped}`,
    body: first === undefined ? 'The rest goes on.' : [first, ...others].map(({ text }) => text).join('\n'),
    destination:
      failed === 1 && first !== undefined && first.chunkId !== null
        ? { ...progress(run), chunkId: first.chunkId }
        : doctor(run, 'failed'),
  };
}

function missing(gaps: number): string {
  return gaps === 1 ? '1 part is missing' : `${formatCount(gaps)} parts are missing`;
}
