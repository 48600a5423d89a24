import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SmartScannerError } from '../../shared/errors.ts';

/**
 * Makes directories and remembers which ones were not there before, so that a program that only looked, or whose scan could not start, leaves
 * nothing behind. One for the whole life of an app: what one of its looks made, another one or a scan, of this program or of another, may be using.
 */
export class MadeDirectories {
  readonly #made: string[] = [];

  /** Throws DATA_DIR with the path and the cause. */
  async make(path: string): Promise<void> {
    try {
      await this.#make(path);
    } catch (error) {
      throw new SmartScannerError(
        'DATA_DIR',
        `The data directory ${path} can't be made: ${await nearest(path)} can't be written (${wordsOf(error)}).`,
        { hint: 'Name one that can be written with --data-dir.', cause: error },
      );
    }
  }

  /**
   * One at a time, from the deepest: `recursive` hides the cause (ENOENT on a read-only file system), and never returns where a file
   * system answers ENOENT although the parent is there (/proc).
   */
  async #make(path: string, again = true): Promise<void> {
    try {
      await mkdir(path, { mode: 0o755 });
      this.#made.push(path);
    } catch (error) {
      if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return;
      if (codeOf(error) !== 'ENOENT' || !again) throw error;
      // Another program may have made it meanwhile.
      if (!(await isVisible(dirname(path)))) await this.#make(dirname(path));
      await this.#make(path, false);
    }
  }

  /** Something came of it: all of it stays. */
  keep(): void {
    this.#made.length = 0;
  }

  /** Removes those that are empty, deepest first. */
  async takeBack(): Promise<void> {
    for (const path of this.#made.splice(0).sort((a, b) => b.length - a.length))
      await rmdir(path).catch(() => undefined);
  }
}

/** The path itself, or the nearest above it that can be seen. */
async function nearest(path: string): Promise<string> {
  let at = path;
  while (at !== dirname(at) && !(await isVisible(at))) at = dirname(at);
  return at;
}

function isVisible(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null;
}

/** "EROFS: read-only file system", without the call and its path. */
function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/, \w+ '.*'$/su, '');
}
