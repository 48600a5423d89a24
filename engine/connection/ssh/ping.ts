import type { Duplex } from 'node:stream';

const PROBE_MS = 5_000;

/** Whether a daemon is at the other end: it says something, or at least doesn't hang up. The stream is of no use any more then. */
export function answersPing(stream: Duplex): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (answers: boolean): void => {
      clearTimeout(timer);
      resolve(answers);
      stream.destroy();
    };
    const timer = setTimeout(() => settle(true), PROBE_MS);
    stream.on('error', () => settle(false));
    stream.once('data', () => settle(true));
    stream.once('end', () => settle(false));
    stream.once('close', () => settle(false));
    stream.write('GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n');
  });
}
