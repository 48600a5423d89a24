import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, statSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** What noting the end of every chunk and closing a scan of millions of files takes, with room to spare. */
const RESERVE_BYTES = 4 * 1024 ** 2;
/** Of what is free, at most: the reserve must not be what fills a small disk. */
const MAX_SHARE = 4;
/** Given back in as many steps: workers that still write must not get all of it at once. */
const STEPS = 8;
const BLOCK_BYTES = 1024 ** 2;

/**
 * Room that is kept while a scan runs, so that its end can still be noted when a merge, a worker or another program has filled the disk:
 * a file of written bytes.
 */
export class Reserve {
  readonly #path: string;
  #step = 0;
  /** A part was given back. */
  #isUsed = false;

  constructor(path: string) {
    this.#path = path;
    this.#take();
  }

  /** Takes again what was given back, now that there is room. */
  restore(): void {
    if (!this.#isUsed) return;
    this.#isUsed = false;
    this.remove();
    this.#take();
  }

  /** Where there is no room, nothing is kept: that alone stops no scan. */
  #take(): void {
    const path = this.#path;
    try {
      const { bavail, bsize } = statfsSync(dirname(path));
      const wanted = Math.min(RESERVE_BYTES, Math.floor((bavail * bsize) / MAX_SHARE));
      this.#step = Math.ceil(wanted / STEPS);
      fill(path, wanted);
    } catch {
      this.remove();
    }
  }

  /** Gives a part of it back to the file system. false: there was nothing left. */
  give(): boolean {
    this.#isUsed = true;
    try {
      const { size } = statSync(this.#path);
      if (size > this.#step) truncateSync(this.#path, size - this.#step);
      else this.remove();
      return true;
    } catch {
      return false;
    }
  }

  /** A disk that can't be written keeps it: the next scan removes it. */
  remove(): void {
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // See above.
    }
  }
}

/** Random bytes: a file system that compresses would keep no room for zeros. */
function fill(path: string, bytes: number): void {
  const block = randomFillSync(Buffer.allocUnsafe(Math.min(bytes, BLOCK_BYTES)));
  const file = openSync(path, 'w', 0o600);
  try {
    for (let left = bytes; left > 0;) left -= writeSync(file, block, 0, Math.min(left, block.length));
  } finally {
    closeSync(file);
  }
}
