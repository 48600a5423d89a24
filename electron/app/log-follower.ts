import { open } from 'node:fs/promises';

const READ_BYTES = 256 * 1024;
/** A file that nobody writes to is looked at this often while a window shows it. */
const LOOK_MS = 1_000;
const LINE_END = 0x0a;

export interface LogBatch {
  readonly lines: readonly string[];
  /** Everything that was there has been sent. */
  readonly caughtUp: boolean;
}

/**
 * Reads a log from its beginning and goes on as it grows, until the signal aborts. Whole lines only. A file that isn't there yet is waited
 * for; one that became shorter is read again.
 */
export async function followLog(path: string, send: (batch: LogBatch) => void, signal: AbortSignal): Promise<void> {
  let offset = 0;
  let rest = Buffer.alloc(0);
  const stopped = (): boolean => signal.aborted;
  while (!stopped()) {
    const read = await readSome(path, offset);
    if (stopped()) return;
    if (read === null || read.size < offset) {
      offset = 0;
      rest = Buffer.alloc(0);
    } else if (read.bytes.length > 0) {
      offset += read.bytes.length;
      const all = Buffer.concat([rest, read.bytes]);
      const end = all.lastIndexOf(LINE_END) + 1;
      rest = Buffer.from(all.subarray(end));
      const lines = all.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
      const caughtUp = offset >= read.size;
      if (lines.length > 0 || caughtUp) send({ lines, caughtUp });
      if (!caughtUp) continue;
    } else if (offset === 0) {
      send({ lines: [], caughtUp: true });
    }
    await pause(LOOK_MS, signal);
  }
}

async function readSome(path: string, offset: number): Promise<{ bytes: Buffer; size: number } | null> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return null;
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(READ_BYTES, Math.max(0, size - offset)));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
    return { bytes: buffer.subarray(0, bytesRead), size };
  } catch {
    return null;
  } finally {
    await file.close().catch(() => undefined);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
