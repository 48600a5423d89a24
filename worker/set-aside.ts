import { Buffer } from 'node:buffer';
import { nameToBytes, type RelativePath } from '../shared/names.ts';
import type { Job } from '../shared/worker-protocol.ts';
import { joinFs, mountLength, type FsPath } from './paths.ts';

/** Directories that are met and not entered: they stay pending. */
export class SetAside {
  /** Paths relative to the mount point, a character a byte. */
  readonly #paths: ReadonlySet<string>;
  readonly #mountLength: number;

  private constructor(paths: readonly RelativePath[], length: number) {
    this.#paths = new Set(paths.map((path) => Buffer.from(nameToBytes(path)).toString('latin1')));
    this.#mountLength = length;
  }

  /** null where nothing is set aside, which costs nothing then. */
  static of(job: Job): SetAside | null {
    const paths = job.kind === 'scan' ? (job.setAside ?? []) : [];
    return paths.length === 0 ? null : new SetAside(paths, mountLength(job));
  }

  has(parent: FsPath, name: string | Buffer): boolean {
    const whole = joinFs(parent, name);
    const bytes = typeof whole === 'string' ? Buffer.from(whole) : whole;
    return this.#paths.has(bytes.subarray(this.#mountLength + 1).toString('latin1'));
  }
}
