import { watch } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScanSnapshot } from '../../shared/snapshot.ts';

const WRITE_INTERVAL_MS = 1000;
/** Where a file system tells of no changes (network, FUSE), the directory is read this often. */
const RECHECK_MS = 2000;
const SUFFIX = '.json';

/** bigints as decimal strings. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}

/**
 * Publishes the newest snapshot of a running scan as a file, replaced as a whole at most once a second. A file works where a
 * socket doesn't: on Unraid's FUSE shares, and between containers. It is removed at the end. Never throws: a scan doesn't fail because
 * nobody can watch it.
 */
export class LiveStateWriter {
  readonly #dir: string;
  readonly #path: string;
  #newest: ScanSnapshot | null = null;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(dir: string, scanId: string) {
    this.#dir = dir;
    this.#path = join(dir, `${scanId}${SUFFIX}`);
  }

  update(snapshot: ScanSnapshot): void {
    const changedPhase = this.#newest !== null && this.#newest.phase !== snapshot.phase;
    this.#newest = snapshot;
    if (changedPhase || this.#timer === null) this.#flush();
  }

  async end(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#writing;
    await rm(this.#path, { force: true }).catch(() => undefined);
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const snapshot = this.#newest;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#newest !== snapshot) this.#flush();
    }, WRITE_INTERVAL_MS);
    this.#timer.unref();
    if (snapshot === null) return;
    this.#writing = this.#writing.then(() => this.#write(snapshot)).catch(() => undefined);
  }

  async #write(snapshot: ScanSnapshot): Promise<void> {
    // Nothing above it: where the data directory is gone, none must stand in its place when it comes back.
    await mkdir(this.#dir).catch(() => undefined);
    const temporary = `${this.#path}.new`;
    try {
      await writeFile(temporary, toJson(snapshot));
      await rename(temporary, this.#path);
    } catch {
      // On a full disk, half a file would only take room. The one that is there has some, and may be seen half written.
      await rm(temporary, { force: true });
      await this.#overwrite(toJson(snapshot)).catch(() => undefined);
    }
  }

  async #overwrite(text: string): Promise<void> {
    const file = await open(this.#path, 'r+');
    try {
      await file.writeFile(text);
      await file.truncate(Buffer.byteLength(text));
    } finally {
      await file.close();
    }
  }
}

/** The snapshots that lie in the directory now. A file that is damaged or vanishes meanwhile is left out. */
export async function readLiveStates(dir: string): Promise<ScanSnapshot[]> {
  const names = await readdir(dir).catch(() => []);
  const texts = await Promise.all(
    names.filter((name) => name.endsWith(SUFFIX)).map((name) => readFile(join(dir, name), 'utf8').catch(() => '')),
  );
  return texts.flatMap((text) => parseSnapshot(text)).sort((a, b) => a.startedAtMs - b.startedAtMs);
}

export async function removeLiveState(dir: string, scanId: string): Promise<void> {
  await rm(join(dir, `${scanId}${SUFFIX}`), { force: true });
}

/** Calls back at once and then whenever a state file may have changed, until the signal aborts. */
export async function watchLiveStates(dir: string, changed: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const stopped = (): boolean => signal.aborted;
  await changed();
  while (!stopped()) {
    await nextChange(dir, signal);
    if (!stopped()) await changed();
  }
}

function nextChange(dir: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let watcher: ReturnType<typeof watch> | null = null;
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      watcher?.close();
      resolve();
    };
    const timer = setTimeout(done, RECHECK_MS);
    signal.addEventListener('abort', done);
    try {
      watcher = watch(dir, (_event, name) => {
        // Writing the temporary file is no news yet; its renaming is.
        if (name?.endsWith(SUFFIX) === true) done();
      });
      watcher.on('error', () => undefined);
    } catch {
      // The directory isn't there (no scan yet): the timer looks again.
    }
  });
}

function parseSnapshot(text: string): ScanSnapshot[] {
  try {
    const value: unknown = JSON.parse(text);
    return isSnapshot(value) ? [value] : [];
  } catch {
    return [];
  }
}

function isSnapshot(value: unknown): value is ScanSnapshot {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1 && 'scanId' in value;
}
