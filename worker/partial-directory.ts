import { mergeTotals, RECORD, type Totals } from './batch.ts';

/** A directory that comes in parts, maybe from several walkers: what is known of it so far. */
export class PartialDirectory {
  readonly sums = new Float64Array(RECORD.length);
  readonly types: Totals<string> = new Map();
  readonly ages: Totals<number> = new Map();
  bigSize = 0n;
  #received = 0;
  #total = 0;

  /** Gives whether that was all. */
  add(
    record: Float64Array,
    big: bigint,
    batch: { readonly types: Totals<string>; readonly ages: Totals<number> },
  ): boolean {
    this.#received += 1;
    this.bigSize += big;
    for (let column: number = RECORD.returned; column <= RECORD.ownCharged; column += 1) {
      this.sums[column] = (this.sums[column] ?? 0) + (record[column] ?? 0);
    }
    const parts = record[RECORD.parts] ?? 0;
    if (parts > 0) this.#total = parts;
    else {
      mergeTotals(this.types, batch.types);
      mergeTotals(this.ages, batch.ages);
    }
    return this.#received === this.#total;
  }
}
