import type { NoticeKind } from '../../shared/desktop-settings.ts';
import type { SymptomId } from '../../shared/diagnosis.ts';
import type { DesktopState, RunView } from '../../shared/desktop-state.ts';
import type { Destination } from '../../shared/ipc.ts';
import { symptomOf } from '../../shared/symptom-of.ts';
import { formatCount } from '../../shared/units.ts';

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

/** What became different enough to tell. Retries are never told; only what failed for good, and ends. */
export function noticeChanges(state: DesktopState, before: DesktopState): NoticeChanges {
  const show: Notice[] = [];
  for (const run of Object.values(state.runs)) {
    const notice = noticeOf(run, before.runs[run.runId]);
    if (notice !== null && state.settings.notices[notice.kind]) show.push(notice);
  }
  const withdraw = Object.keys(before.runs)
    .filter((runId) => state.runs[runId] === undefined)
    .map(keyOf);
  return { show, withdraw };
}

/** All that is told of a run is told under its key: its end replaces what was said on the way. */
function keyOf(runId: string): string {
  return `run:${runId}`;
}

function noticeOf(run: RunView, before: RunView | undefined): Notice | null {
  const progress: Destination = { place: 'scans', runId: run.runId, tab: 'progress' };
  const doctor = (symptom: SymptomId): Destination => ({ place: 'doctor', symptom, runId: run.runId });
  const base = { key: keyOf(run.runId) };
  if (run.phase === 'refused' && before?.phase !== 'refused') {
    if (run.error?.code === 'INTERRUPTED') return null;
    const body = [run.error?.message, run.error?.hint].filter((part) => part !== undefined).join(' ');
    return {
      ...base,
      kind: 'refused',
      title: `${run.mountName} was not scanned`,
      body,
      destination: doctor(symptomOf(run.error?.code ?? 'INTERNAL')),
    };
  }
  if (run.phase === 'ended' && before?.phase !== 'ended') {
    const { certificate } = run.snapshot ?? {};
    if (certificate === undefined || certificate === null) return null;
    const files = `${formatCount(certificate.entries.files)} files`;
    if (certificate.interrupted)
      return {
        ...base,
        kind: 'finished',
        title: `${run.mountName}: stopped`,
        body: `${files} are in the catalog.`,
        destination: progress,
      };
    const gaps = certificate.gapCount;
    return {
      ...base,
      kind: 'finished',
      title: gaps === 0 ? `${run.mountName}: all of it is inventoried` : `${run.mountName}: ${missing(gaps)}`,
      body: gaps === 0 ? `${files}, and nothing is missing.` : `${files}. See why, and what to do.`,
      destination: gaps === 0 ? progress : doctor('failed'),
    };
  }
  const failed = run.snapshot?.chunks.failed ?? 0;
  if (run.phase === 'scanning' && failed > (before?.snapshot?.chunks.failed ?? 0)) {
    const final = (run.snapshot?.problems ?? []).filter((problem) => problem.final);
    const causes = new Set(final.map(({ text }) => text));
    const [cause] = causes;
    const chunkId = final.at(-1)?.chunkId;
    const chunks = failed === 1 ? '1 chunk failed' : `${formatCount(failed)} chunks failed`;
    const one = causes.size === 1 && failed > 1 ? ', one cause' : '';
    return {
      ...base,
      kind: 'problems',
      title: `${run.mountName}: ${chunks}${one}`,
      body: final.at(-1)?.text ?? cause ?? 'The rest goes on.',
      // One chunk is shown itself, with its next step; of many, what they have in common.
      destination: failed === 1 && typeof chunkId === 'number' ? { ...progress, chunkId } : doctor('failed'),
    };
  }
  return null;
}

function missing(gaps: number): string {
  return gaps === 1 ? '1 part is missing' : `${formatCount(gaps)} parts are missing`;
}
