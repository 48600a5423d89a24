import type { ScanDefaults } from '../../../shared/desktop-settings.ts';
import type { ScanChoices } from '../../../shared/ipc.ts';
import { EXCLUDE_PRESETS, GIB, LIMITS } from '../../../shared/settings.ts';

/** What Fine-tune holds, as it is typed and dragged. */
export interface Tuned {
  readonly chunkBytes: number;
  readonly chunkEntries: number;
  /** null: as many as the load allows. */
  readonly workers: number | null;
  readonly cpus: number;
  readonly memoryGib: number;
  readonly plan: 'usual' | 'fast-start' | 'measure';
  readonly presets: readonly string[];
  /** gitignore lines. */
  readonly excludes: string;
  /** `HH:MM` of the host's time; null: at any time. */
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly stallMinutes: number;
  readonly analysisMinutes: number;
  readonly retries: number;
  readonly crossFilesystems: boolean;
}

export const USUAL: Tuned = {
  chunkBytes: LIMITS.chunkBytesDefault,
  chunkEntries: LIMITS.chunkEntriesDefault,
  workers: null,
  cpus: LIMITS.cpus,
  memoryGib: LIMITS.memoryBytes / GIB,
  plan: 'usual',
  presets: [],
  excludes: '',
  window: null,
  stallMinutes: LIMITS.stallTimeoutMs / 60_000,
  analysisMinutes: LIMITS.analysisTimeoutSeconds / 60,
  retries: LIMITS.retries,
  crossFilesystems: false,
};

/** As usual, with what the settings say of new scans. */
export function usualOf(scans: ScanDefaults): Tuned {
  return {
    ...USUAL,
    chunkBytes: scans.chunkBytes,
    chunkEntries: scans.chunkEntries,
    workers: scans.maxContainers,
    cpus: scans.cpus,
    memoryGib: scans.memoryBytes / GIB,
    retries: scans.retries,
    presets: scans.withoutLitter ? ['nas'] : [],
  };
}

export const SIZES: readonly number[] = [5, 10, 25, 50, 100, 250, 500, 1000].map((gib) => gib * GIB);
export const ENTRIES: readonly number[] = [50_000, 100_000, 250_000, 500_000, 1_000_000, 2_000_000, 5_000_000];
export const MOST_WORKERS = 32;

/** `isKnown`: it has an inventory, which makes the best plan. */
export function choicesOf(tuned: Tuned, isKnown: boolean): ScanChoices {
  const lines = tuned.excludes.split('\n').map((line) => line.trim());
  return {
    planWay: tuned.plan === 'usual' ? (isKnown ? 'auto' : 'fast-start') : tuned.plan,
    chunkBytes: tuned.chunkBytes,
    chunkEntries: tuned.chunkEntries,
    maxContainers: tuned.workers,
    cpus: tuned.cpus,
    memoryBytes: Math.round(tuned.memoryGib * GIB),
    excludes: [...tuned.presets.flatMap((name) => EXCLUDE_PRESETS[name] ?? []), ...lines.filter((line) => line !== '')],
    window: tuned.window === null ? null : { from: minutes(tuned.window.from), to: minutes(tuned.window.to) },
    stallTimeoutMs: tuned.stallMinutes * 60_000,
    analysisTimeoutMs: tuned.analysisMinutes * 60_000,
    retries: tuned.retries,
    crossFilesystems: tuned.crossFilesystems,
  };
}

function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(':').map(Number);
  return hours * 60 + rest;
}

/** What is not as usual, in a few words; null: nothing. */
export function changedWords(tuned: Tuned): string | null {
  const keys = Object.keys(USUAL) as (keyof Tuned)[];
  const count = keys.filter((key) => JSON.stringify(tuned[key]) !== JSON.stringify(USUAL[key])).length;
  return count === 0 ? null : count === 1 ? '1 change' : `${count} changes`;
}

/** A chunk size, in what it means. */
export function chunkSizeMeans(bytes: number): string {
  if (bytes <= 25 * GIB)
    return 'Many small chunks: a bad folder holds up little, and more time goes into starting workers.';
  if (bytes <= 100 * GIB) return 'A good middle: few starts, and a bad folder holds up one small part.';
  return 'Few large chunks: fewest starts, and a bad folder holds up more of the share.';
}

/** How many at once, in what it means. */
export function workersMean(workers: number | null): string {
  if (workers === null) return 'As many as the load above allows and the disks take.';
  if (workers === 1) return 'One after the other: the NAS hardly notices.';
  if (workers <= 4) return 'A few: what hard disks bear beside other work.';
  if (workers <= 12) return 'Many: for arrays of several disks, and for solid-state disks.';
  return 'Very many: only where the disks are fast and nobody else wants them.';
}

/** What a worker gets of what it was given, where the host has less. */
export function clampedWords(wanted: number, has: number | null, words: (amount: number) => string): string | null {
  return has === null || has >= wanted ? null : `This host has ${words(has)}: that is what each worker gets.`;
}
