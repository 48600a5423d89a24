const TWO_32 = 4_294_967_296;
const SAFE_HIGH = 2 ** 21;

/** Reads signed 64-bit columns as numbers where they are exact, else as bigints: making a bigint of each costs more than the insert. */
export class StatReader {
  readonly #wide: BigInt64Array;
  readonly #low: Uint32Array;
  readonly #high: Int32Array;

  constructor(stats: BigInt64Array) {
    this.#wide = stats;
    this.#low = new Uint32Array(stats.buffer, stats.byteOffset, stats.length * 2);
    this.#high = new Int32Array(stats.buffer, stats.byteOffset, stats.length * 2);
  }

  get(index: number): number | bigint {
    const high = this.#high[index * 2 + 1] ?? 0;
    if (high >= -SAFE_HIGH && high < SAFE_HIGH) return high * TWO_32 + (this.#low[index * 2] ?? 0);
    return this.#wide[index] ?? 0n;
  }
}
