import { mkdir, rmdir } from 'node:fs/promises';
import { SmartScannerError } from '../../shared/errors.ts';
import { dirname } from 'node:path';

/**
 * Makes directories and remembers which ones were not there before, so that a scan that can't start leaves nothing behind.
 */
export class MadeDirectories {
  readonly #made: string[] = [];

  /** Throws DATA_DIR with the path and the cause. */
  async make(path: string): Promise<void> {
    try {
      const first = await mkdir(path, { recursive: true, mode: 0o755 });
      if (first === undefined) return;
      for (let at = path; at.length >= first.length; at = dirname(at)) this.#made.push(at);
    } catch (error) {
      throw new SmartScannerError('DATA_DIR', `The data directory ${path} can't be made: ${String(error)}.`, {
        hint: 'Name one that can be written with --data-dir.',
        cause: error,
      });
    }
  }

  /** Removes those that are empty, deepest first. */
  async takeBack(): Promise<void> {
    const deepestFirst = this.#made.splice(0).sort((a, b) => b.length - a.length);
    for (const path of deepestFirst) await rmdir(path).catch(() => undefined);
  }
}
