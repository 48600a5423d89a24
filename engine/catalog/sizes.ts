/** A 64-bit byte count: a number while that is exact, else decimal text, which SQLite's INTEGER columns take in whole. */
export type Size = number | string;

const MAX_INT64 = 2n ** 63n - 1n;

/** Saturates: sparse files of exabytes must not break a sum. */
export function addSizes(a: Size, b: Size): Size {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  return String(sum > MAX_INT64 ? MAX_INT64 : sum);
}
