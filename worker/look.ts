import type { Buffer } from 'node:buffer';
import { lstatSync, type BigIntStats } from 'node:fs';
import { joinFs, type FsPath } from './paths.ts';
import type { Pace } from './pace.ts';
import { errorCode } from './roots.ts';
import { SYSCALLS, type Slot } from './slots.ts';

const LSTAT = SYSCALLS.indexOf('lstat');
const SAMPLE_EVERY = 64;
const LSTAT_OPTIONS = { bigint: true, throwIfNoEntry: false } as const;

/** What lstat said: undefined where there is nothing any more. */
export type Look = BigIntStats | { readonly code: string; readonly syscall: string } | undefined;

/** Looks at the names of a directory, and tells the slot what each call waits for and how long some of them take. */
export class Looker {
  readonly #slot: Slot;
  readonly #pace: Pace;
  #calls = 0;

  constructor(slot: Slot, pace: Pace) {
    this.#slot = slot;
    this.#pace = pace;
  }

  /** In the order of the names. Never throws. */
  names(directory: FsPath, names: readonly (string | Buffer)[]): Look[] {
    const looks: Look[] = [];
    if (names.length === 0) return looks;
    this.#slot.enterNames(names.join('\0'));
    const base = typeof directory === 'string' ? (directory.endsWith('/') ? directory : `${directory}/`) : null;
    for (const name of names) {
      this.#pace.step();
      try {
        const path = base !== null && typeof name === 'string' ? base + name : joinFs(directory, name);
        looks.push(this.#lstat(path, looks.length));
      } catch (error) {
        looks.push(errorCode(error));
      }
    }
    return looks;
  }

  #lstat(path: FsPath, index: number): BigIntStats | undefined {
    this.#calls += 1;
    if (this.#calls % SAMPLE_EVERY !== 0) {
      this.#slot.call(LSTAT, index);
      const stat = lstatSync(path, LSTAT_OPTIONS);
      this.#slot.returned();
      return stat;
    }
    const before = process.hrtime.bigint();
    this.#slot.call(LSTAT, index);
    const stat = lstatSync(path, LSTAT_OPTIONS);
    this.#slot.returned();
    this.#slot.sample(Number((process.hrtime.bigint() - before) / 1000n));
    return stat;
  }
}
