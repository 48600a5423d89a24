import { watch, type FSWatcher } from 'node:fs';
import { open } from 'node:fs/promises';

/** Where watching tells nothing (network file systems), the file is read this often. */
const RECHECK_MS = 1_000;
const READ_BYTES = 256 * 1024;

/** Lines of a file that grows, until the signal aborts; then what is there is still read to its end. */
export async function* followLines(path: string, signal: AbortSignal): AsyncGenerator<string> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return;
  const buffer = Buffer.alloc(READ_BYTES);
  const decoder = new TextDecoder();
  let position = 0;
  let rest = '';
  try {
    for (;;) {
      const last = signal.aborted;
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, READ_BYTES, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
      if (last) return;
      await changed(path, signal);
    }
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** Resolves at the next change of the file, when the signal aborts, or after a while. Never rejects. */
export function changed(path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    let watcher: FSWatcher | null = null;
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      watcher?.close();
      resolve();
    };
    const timer = setTimeout(done, RECHECK_MS);
    signal.addEventListener('abort', done);
    try {
      watcher = watch(path, done);
      watcher.on('error', () => undefined);
    } catch {
      // Not there (yet): the timer looks again.
    }
  });
}
