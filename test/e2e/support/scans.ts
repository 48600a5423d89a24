import { expect } from 'vitest';
import type { RunView } from '../../../shared/desktop-state.ts';
import type { DesktopApp } from './desktop.ts';

/** Many small chunks, one worker: long enough to do something to it meanwhile. */
export const SLOW = { chunkEntries: 12, maxContainers: 1, planWay: 'measure' } as const;
const MERGED_MS = 30_000;

/** The newest run of a mount. */
export async function runOf(desktop: DesktopApp, mountName: string): Promise<RunView | undefined> {
  const { runs } = await desktop.request('state.get', undefined);
  return Object.values(runs).findLast((run) => run.mountName === mountName);
}

/** Settles when so many chunks of it are merged. `timeout`: where a worker image may be built before. */
export async function merged(
  desktop: DesktopApp,
  mountName: string,
  atLeast: number,
  timeout = MERGED_MS,
): Promise<void> {
  const done = async (): Promise<number> => (await runOf(desktop, mountName))?.snapshot?.chunks.done ?? 0;
  await expect.poll(done, { timeout }).toBeGreaterThanOrEqual(atLeast);
}
