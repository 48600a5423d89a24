import { closeSync, openSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { SPOOL_FILES } from '../shared/worker-protocol.ts';

/** The file is touched this often at most: each touch may be a write to a disk. */
const EVERY_MS = 5_000;
/** The main thread says that it lives once a second; one that was silent for this long may hang. */
const SILENT_MS = 4_000;

/**
 * A file whose time tells whoever looks from outside that the worker lives: its keeper, which touches it, and its main thread, which must have
 * said so just before. It says nothing about the mount, whose calls may block without harm to others.
 */
export class Heartbeat {
  readonly #path: string;
  #touched = -Infinity;
  readonly #now: () => number;
  #heard: number;

  constructor(spool: string, now = (): number => performance.now()) {
    this.#path = join(spool, SPOOL_FILES.heartbeat);
    this.#now = now;
    this.#heard = now();
  }

  mainThreadLives(): void {
    this.#heard = this.#now();
  }

  /** Called more often than it has to touch the file. Never throws: a spool that can't be written is noticed where the results go. */
  tick(): void {
    const now = this.#now();
    if (now - this.#touched < EVERY_MS || now - this.#heard > SILENT_MS) return;
    this.#touched = now;
    try {
      const time = new Date();
      utimesSync(this.#path, time, time);
    } catch {
      this.#create();
    }
  }

  #create(): void {
    try {
      closeSync(openSync(this.#path, 'w'));
    } catch {
      // Shows as a heartbeat that grows old.
    }
  }
}
