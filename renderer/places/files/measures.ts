/** Which size is meant: people ask for different ones. */
export const MEASURES = {
  allocatedBytes: 'on disk',
  apparentBytes: 'of the files',
  chargedBytes: 'hard links once',
} as const;
export type Measure = keyof typeof MEASURES;

interface Sizes {
  readonly apparentBytes: string;
  readonly allocatedBytes: string;
  readonly chargedBytes?: string;
}

/** Lists of files know no charged size: what a file takes on disk stands for it. */
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
