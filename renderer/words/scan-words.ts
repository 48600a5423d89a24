import type { DesktopState, MountView, RunView } from '../../shared/desktop-state.ts';
import type { Certificate } from '../../shared/certificate.ts';
import type { ScanRow } from '../../shared/inventory.ts';
import type { Plain } from '../../shared/plain.ts';
import { formatCount } from '../../shared/units.ts';
import { isBusy, isRefused } from '../../shared/desktop-state.ts';

/** "1 file", "2 files". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

export type Tone = 'good' | 'busy' | 'attention' | 'bad' | 'quiet';

export interface Said {
  readonly text: string;
  readonly tone: Tone;
}

/** The one sentence of the overview. */
export function overviewSentence(state: Pick<DesktopState, 'mounts' | 'runs' | 'catalogProblem'>): Said {
  if (state.catalogProblem !== null) return { text: 'The catalog can’t be read.', tone: 'bad' };
  const busy = Object.values(state.runs).filter(isBusy);
  const [first] = busy;
  if (first !== undefined && busy.length === 1) return { text: `${first.mountName} is being scanned.`, tone: 'busy' };
  if (busy.length > 1) return { text: `${counted(busy.length, 'mount point')} are being scanned.`, tone: 'busy' };
  const refused = Object.values(state.runs).filter(isRefused);
  const [one] = refused;
  if (one !== undefined)
    return {
      text:
        refused.length === 1
          ? `${one.mountName} was not scanned.`
          : `${formatCount(refused.length)} scans did not begin.`,
      tone: 'bad',
    };
  const mounts = state.mounts ?? [];
  const done = mounts.filter(({ verdict }) => verdict !== null);
  const gaps = done.filter(({ verdict }) => verdict !== 'covered');
  if (mounts.length === 0) return { text: 'Nothing is scanned yet.', tone: 'quiet' };
  if (done.length < mounts.length)
    return {
      text: `${formatCount(done.length)} of ${counted(mounts.length, 'mount point')} inventoried.`,
      tone: 'attention',
    };
  if (gaps.length > 0) {
    const missing = missingWords(gaps.map((mount) => mount.missing));
    const [only] = gaps;
    const what =
      only !== undefined && gaps.length === 1 ? `${only.name} has gaps` : `${formatCount(gaps.length)} have gaps`;
    return { text: `${all(mounts.length)} inventoried, ${missing ?? what}.`, tone: 'attention' };
  }
  return { text: `${all(mounts.length)} inventoried, nothing is missing.`, tone: 'good' };
}

/** "1 folder and 2 files missing"; null where nothing that is counted is: then sums disagree. */
export function missingWords(missing: readonly MountView['missing'][]): string | null {
  const folders = missing.reduce((sum, one) => sum + (one?.folders ?? 0), 0);
  const entries = missing.reduce((sum, one) => sum + (one?.entries ?? 0), 0);
  const parts = [
    ...(folders === 0 ? [] : [counted(folders, 'folder')]),
    ...(entries === 0 ? [] : [counted(entries, 'entry', 'entries')]),
  ];
  return parts.length === 0 ? null : `${parts.join(' and ')} missing`;
}

function all(count: number): string {
  return count === 1 ? 'Your mount point is' : `All ${formatCount(count)} mount points are`;
}

/** The sentence of a scan's page while this app runs it. */
export function runSentence(run: RunView): Said {
  const { snapshot, mountName } = run;
  if (run.phase === 'refused') {
    const stopped = run.error?.code === 'INTERRUPTED';
    return {
      text: stopped ? `${mountName} was stopped before it began.` : `${mountName} was not scanned.`,
      tone: stopped ? 'quiet' : 'bad',
    };
  }
  if (run.phase === 'starting' || snapshot === null) return { text: `${mountName} is being prepared.`, tone: 'busy' };
  if (run.phase === 'ended' && snapshot.certificate !== null)
    return certificateSentence(mountName, snapshot.certificate);
  const failed = snapshot.chunks.failed;
  if (run.stopping || snapshot.phase === 'stopping')
    return { text: `${mountName} is stopping. Workers commit what they have.`, tone: 'busy' };
  if (snapshot.phase === 'paused') {
    const [why] = snapshot.pauses;
    return { text: `${mountName} is paused${why === undefined ? '' : `, ${why.text}`}.`, tone: 'attention' };
  }
  if (snapshot.phase === 'reconnecting')
    return {
      text: `The host of ${mountName} does not answer. Its workers go on, and it is tried again and again.`,
      tone: 'attention',
    };
  if (snapshot.phase === 'closing') return { text: `${mountName} is being added up.`, tone: 'busy' };
  if (failed > 0)
    return {
      text: `${mountName} is being scanned, ${counted(failed, 'chunk')} failed. The rest goes on.`,
      tone: 'attention',
    };
  if (snapshot.planning && snapshot.files === 0)
    return { text: `${mountName} is being measured, to divide it well.`, tone: 'busy' };
  return { text: `${mountName} is being scanned.`, tone: 'busy' };
}

export function certificateSentence(mountName: string, certificate: Plain<Certificate>): Said {
  if (certificate.verdict === 'disagrees')
    return { text: `The sums of ${mountName} do not add up. Please report this.`, tone: 'bad' };
  if (certificate.interrupted)
    return { text: `The scan of ${mountName} was stopped. What it reached is in the catalog.`, tone: 'attention' };
  const gaps = certificate.gapCount;
  const { entries, published, unpublishedReason } = certificate;
  if (entries.files === 0 && entries.excluded > 0)
    return {
      text: `Nothing of ${mountName} is inventoried: its exclude rules leave everything out.`,
      tone: 'attention',
    };
  if (!published)
    return {
      text: `What was found of ${mountName} is not taken: ${unpublishedReason ?? 'it is less than before'}. The inventory from before stays.`,
      tone: 'attention',
    };
  if (gaps > 0)
    return { text: `${mountName} is inventoried but for ${counted(gaps, 'part')}, named below.`, tone: 'attention' };
  return { text: `All of ${mountName} is inventoried.`, tone: 'good' };
}

/** The sentence of a scan that ended before this app was started, or is run by another program. */
export function rowSentence(row: Pick<Plain<ScanRow>, 'state' | 'mountName'>): Said {
  if (row.state === 'open') return { text: `${row.mountName} is being scanned by another program.`, tone: 'busy' };
  return { text: `The scan of ${row.mountName} was interrupted.`, tone: 'attention' };
}

/** A card's certificate, in a few words. */
export function verdictWords(mount: Pick<MountView, 'verdict'> & Partial<Pick<MountView, 'missing'>>): Said {
  switch (mount.verdict) {
    case null:
      return { text: 'No inventory yet', tone: 'quiet' };
    case 'covered':
      return { text: 'Everything covered', tone: 'good' };
    case 'gaps':
      return { text: missingWords([mount.missing ?? null]) ?? 'Has gaps', tone: 'attention' };
    case 'disagrees':
      return { text: 'Sums disagree', tone: 'bad' };
  }
}

export const CHUNK_WORDS = {
  queued: 'Waiting for a worker',
  waiting: 'Waiting for another try',
  running: 'Being scanned',
  merging: 'Being merged',
  done: 'Done',
  failed: 'Failed',
} as const;
export type ChunkLook = keyof typeof CHUNK_WORDS;
export const CHUNK_LOOKS = Object.keys(CHUNK_WORDS) as readonly ChunkLook[];

/** A chunk, to a layman. */
export const WHAT_IS_A_CHUNK =
  'A chunk is a part of the share scanned on its own, so that one bad folder can’t hold up the rest.';
