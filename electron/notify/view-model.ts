import type { NoticeKind } from '../../shared/desktop-settings.ts';
import type { SymptomId } from '../../shared/diagnosis.ts';
import { isBusy, type DesktopState, type RunView } from '../../shared/desktop-state.ts';
import type { Destination } from '../../shared/ipc.ts';
import { problemText } from '../../shared/problem-text.ts';
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
  const left = unfinished(state);
  const leftBefore = unfinished(before);
  // Only what is found at the start: who stops a scan now knows of it.
  if (before.unfinished === null) show.push(...left);
  withdraw.push(...leftBefore.map(({ key }) => key).filter((key) => !left.some((one) => one.key === key)));
  const gone = Object.keys(before.runs).filter((runId) => state.runs[runId] === undefined);
  return {
    show: show.filter(({ kind }) => state.settings.notices[kind]),
    withdraw: [...withdraw, ...gone.flatMap((runId) => [keyOf(runId), hostKey(runId), pauseKey(runId)])],
  };
}

/** Scans that wait for somebody to go on with them. */
function unfinished(state: DesktopState): Notice[] {
  const runs = Object.values(state.runs).filter(isBusy);
  return (state.unfinished ?? [])
    .filter(({ mountName }) => !runs.some((run) => run.mountName === mountName))
    .map(({ scanId, mountName }) => ({
      key: `unfinished:${scanId}`,
      kind: 'problems',
      title: `${mountName}: its scan was broken off`,
      body: 'What was merged is safe. See what happened, and go on.',
      destination: { place: 'doctor', symptom: 'stuck', scanId },
    }));
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
  const { entries, published, unpublishedReason } = certificate;
  const finished = (title: string, body: string, destination: Destination): Notice => ({
    ...base,
    kind: 'finished',
    title: `${run.mountName}: ${title}`,
    body,
    destination,
  });
  if (gaps > 0) return finished(missing(gaps), `${files}. See why, and what to do.`, doctor(run, 'failed'));
  if (entries.files === 0 && entries.excluded > 0)
    return finished(
      'nothing is inventoried',
      'Its exclude rules leave everything out. See what to do.',
      doctor(run, 'missing'),
    );
  if (!published && unpublishedReason !== null)
    return finished(
      'the inventory stays as it was',
      `${files} were found, and not taken: ${unpublishedReason}. See what to do.`,
      doctor(run, 'missing'),
    );
  return finished('all of it is inventoried', `${files}, and nothing is missing.`, progress(run));
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
    body:
      first === undefined
        ? 'The rest goes on.'
        : failed === 1
          ? problemText(first)
          : [first, ...others].map(({ text }) => text).join('\n'),
    destination:
      failed === 1 && first !== undefined && first.chunkId !== null
        ? { ...progress(run), chunkId: first.chunkId }
        : doctor(run, 'failed'),
  };
}

function missing(gaps: number): string {
  return gaps === 1 ? '1 part is missing' : `${formatCount(gaps)} parts are missing`;
}
