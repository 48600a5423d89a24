import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SmartScannerError } from '../../shared/errors.ts';

/** Who in this program uses a directory: the app looks at hosts while a scan begins in the same data directory. */
const users = new Map<string, Set<MadeDirectories>>();

/**
 * Makes directories and remembers which ones were not there before, so that a scan that can't start leaves nothing behind.
 */
export class MadeDirectories {
  readonly #made: string[] = [];
  readonly #used = new Set<string>();

  /** Throws DATA_DIR with the path and the cause. */
  async make(path: string): Promise<void> {
    // Before it is looked whether it is there: from here on nobody else takes it back.
    this.#used.add(path);
    users.set(path, (users.get(path) ?? new Set()).add(this));
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

  /** Removes those that are empty, deepest first; where somebody else uses one of them, it is theirs to do that. */
  async takeBack(): Promise<void> {
    const heir = this.#leave();
    const deepestFirst = this.#made.splice(0).sort((a, b) => b.length - a.length);
    if (heir !== null) heir.#made.push(...deepestFirst);
    else for (const path of deepestFirst) await rmdir(path).catch(() => undefined);
  }

  /** Uses nothing any more. Somebody who still uses what this one did, or null. */
  #leave(): MadeDirectories | null {
    let heir: MadeDirectories | null = null;
    for (const path of this.#used) {
      const all = users.get(path);
      all?.delete(this);
      heir ??= all?.values().next().value ?? null;
      if (all?.size === 0) users.delete(path);
    }
    this.#used.clear();
    return heir;
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
