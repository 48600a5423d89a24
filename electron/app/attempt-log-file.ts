import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { toSmartScannerError } from '../../shared/errors.ts';

export type FollowAttempt = (attemptId: string, onText: (text: string) => void, signal: AbortSignal) => Promise<void>;

/** A file with what a running worker prints, for as long as somebody looks at it: then it is read as any other log. Gives what ends it. */
export function keepAttemptLog(follow: FollowAttempt, attemptId: string, path: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  const file = createWriteStream(path, { flags: 'w' });
  const ending = new AbortController();
  // A disk that is full: what is there stays to be seen.
  file.on('error', () => ending.abort());
  follow(attemptId, (text) => void file.write(text), ending.signal)
    .catch((error: unknown) => {
      const { message, hint } = toSmartScannerError(error);
      if (!ending.signal.aborted) file.write(`${message}${hint === undefined ? '' : ` ${hint}`}\n`);
    })
    .finally(() => file.end());
  return () => {
    ending.abort();
    file.end(() => rmSync(path, { force: true }));
  };
}
