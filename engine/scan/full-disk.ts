/** One worker after the other may meet the full disk this often before the rest is given up. */
const TRIES = 3;

/**
 * What a scan does once a disk is full. It may be so only for a moment (many workers at once, one huge chunk), so the next ones are tried
 * alone, one after the other; when that doesn't help either, starting more of them is of no use.
 */
export class FullDisk {
  #inRow = 0;
  #reason: string | null = null;

  /** One worker at a time. */
  get tight(): boolean {
    return this.#inRow > 0;
  }

  /** Why nothing is started any more, or null. */
  get givenUp(): string | null {
    return this.#reason;
  }

  /** `alone`: it was started while there was no room already. Those that ran beside one another met the same full disk, which counts once. */
  met(alone: boolean, reason: string): void {
    this.#inRow = Math.max(1, this.#inRow + (alone ? 1 : 0));
    if (this.#inRow >= TRIES) this.giveUp(reason);
  }

  /** Something could be merged. */
  eased(): void {
    this.#inRow = 0;
  }

  giveUp(reason: string): void {
    this.#reason ??= reason;
  }
}
