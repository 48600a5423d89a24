import type { Measure, RowState } from '../../../shared/files.ts';

/** Which size is meant: people ask for different ones. */
export const MEASURES: Readonly<Record<Measure, string>> = {
  allocatedBytes: 'on disk',
  apparentBytes: 'of the files',
  chargedBytes: 'hard links once',
};

/** What became of a folder, where it is no ordinary one. */
const STATES: Readonly<Record<RowState, string>> = {
  scanned: '',
  waiting: 'not scanned yet',
  failed: 'could not be read',
  excluded: 'left out',
  vanished: 'vanished meanwhile',
};

interface Sizes {
  readonly apparentBytes: string;
  readonly allocatedBytes: string;
  readonly chargedBytes?: string;
}

/** Totals by type and age know no charged size: what is on disk stands for it. */
export function sizeOf(sizes: Sizes, measure: Measure): bigint {
  return BigInt(sizes[measure] ?? sizes.allocatedBytes);
}

/** Part of the largest, for bars. */
export function fractionOf(size: bigint, largest: bigint): number {
  return largest === 0n ? 0 : Number((size * 10_000n) / largest) / 10_000;
}

export function largestOf(sizes: readonly bigint[]): bigint {
  return sizes.reduce((largest, size) => (size > largest ? size : largest), 0n);
}

/** Of a folder: what is to be said of it, or ''. A part of what is waited for may be there. */
export function stateWords({ state, files }: { readonly state: RowState; readonly files: number | null }): string {
  return state === 'waiting' && (files ?? 0) > 0 ? 'not whole yet' : STATES[state];
}
