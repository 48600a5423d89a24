/** A number between 0 and 1, as `Math.random`, but one that can be had again. */
export type Random = () => number;

/** mulberry32. */
export function random(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A fresh seed, or the one that SMART_SCANNER_SEED wants to see again; printed, so that it can be. */
export function seeded(what: string): { readonly seed: number; readonly next: Random } {
  const seed = Number(process.env['SMART_SCANNER_SEED'] ?? Date.now() % 1_000_000);
  console.log(`SMART_SCANNER_SEED=${seed} (${what})`);
  return { seed, next: random(seed) };
}

export function pick<T>(next: Random, from: readonly [T, ...T[]]): T {
  return from[Math.floor(next() * from.length)] ?? from[0];
}

export function between(next: Random, low: number, high: number): number {
  return low + next() * (high - low);
}
