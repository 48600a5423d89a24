import { setTimeout as delay } from 'node:timers/promises';
import { logText } from './log-frames.ts';

/** Between two looks at one log; where many wait for their turn it is longer. */
const TURN_MS = 1_000;

/** Docker's own stamp of a line: `2026-11-24T21:55:17.123456789Z`. */
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) (.*)$/su;

/**
 * What came to a log since the last look, again and again, until `ended` and everything has been read: for hosts where only a few streams can
 * be open. A hint by contract, as a followed log: an error ends it quietly. `read`: since this time (`seconds.nanoseconds`), with stamps.
 */
export async function* logInTurns(
  read: (since: string) => Promise<Buffer>,
  ended: AbortSignal,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let since = '0';
  // Lines with the very stamp that is asked for come again.
  let seenThen = 0;
  while (!signal.aborted) {
    const isLast = ended.aborted;
    let text: string;
    try {
      text = logText(await read(since));
    } catch {
      return;
    }
    let skip = seenThen;
    for (const line of text.split('\n')) {
      const found = STAMPED.exec(line);
      if (found === null) continue;
      const [, seconds = '', fraction = '', zone = '', words = ''] = found;
      const stamp = `${Math.floor(Date.parse(`${seconds}${zone}`) / 1000)}.${fraction.padEnd(9, '0')}`;
      if (stamp === since && skip > 0) {
        skip -= 1;
        continue;
      }
      seenThen = stamp === since ? seenThen + 1 : 1;
      since = stamp;
      yield words;
    }
    if (isLast) return;
    await delay(TURN_MS, undefined, { signal: AbortSignal.any([ended, signal]) }).catch(() => undefined);
  }
}
