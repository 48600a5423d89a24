import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { isConnectionLost } from '../connection-lost.ts';
import type { PrepareOptions } from '../runtime.ts';
import { ensureImage, type ImageWish } from './image.ts';

/** A daemon ends a build when its client goes away, and keeps what it has of it for the next. */
const TRIES = 3;
const FIRST_WAIT_MS = 500;
/** How long a host that was just there may be away. */
const AWAY_AT_MOST_MS = 60_000;

/**
 * Makes sure of the image, also where the connection is lost meanwhile: then it is made again (`reconnect`, which throws why it can't be) and the
 * build with it. Nobody is asked twice. Gives its id; throws IMAGE_*.
 */
export async function ensureImageAgain(
  docker: () => Docker,
  reconnect: () => Promise<unknown>,
  wish: ImageWish,
  { onProgress, signal, agree }: PrepareOptions,
): Promise<string> {
  let agreed = false;
  const agreeOnce =
    agree === undefined ? undefined : async (question: string) => (agreed = agreed || (await agree(question)));
  for (let tried = 1; ; tried += 1) {
    try {
      return await ensureImage(docker(), wish, onProgress, signal, agreeOnce);
    } catch (error) {
      if (tried === TRIES || signal.aborted || !wasCut(error)) throw error;
      onProgress('The connection was lost meanwhile: connecting again.');
      await again(reconnect, signal);
    }
  }
}

async function again(reconnect: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  const since = performance.now();
  for (let wait = FIRST_WAIT_MS; ; wait *= 2) {
    await delay(wait, undefined, { signal }).catch(() => undefined);
    try {
      await reconnect();
      return;
    } catch (error) {
      if (signal.aborted || !isConnectionLost(error) || performance.now() - since > AWAY_AT_MOST_MS) throw error;
    }
  }
}

function wasCut(error: unknown): boolean {
  return isConnectionLost(error) || (error instanceof Error && isConnectionLost(error.cause));
}
