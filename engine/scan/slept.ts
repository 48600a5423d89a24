import { formatCount } from '../../shared/units.ts';
import type { SleptThrough } from '../../shared/snapshot.ts';
import type { AttemptRef } from '../runtime/runtime.ts';
import type { ScanContext } from './context.ts';

/**
 * What became of the workers that ran when this computer fell asleep. Waits until the host can be seen again; null where nobody wants to wait
 * for that. `waiting`: chunks without a worker.
 */
export async function sleptThrough(
  { runtime, clock }: Pick<ScanContext, 'runtime' | 'clock'>,
  running: readonly AttemptRef[],
  waiting: number,
): Promise<SleptThrough | null> {
  const atMs = clock.now();
  try {
    const states = await Promise.all(running.map(async (ref) => (await runtime.inspect(ref)).state));
    const finished = states.filter((state) => state === 'exited' || state === 'gone').length;
    return { atMs, finished, waiting, text: sleptText(finished, waiting) };
  } catch {
    return null;
  }
}

function sleptText(finished: number, waiting: number): string {
  const chunks = `${formatCount(finished)} ${finished === 1 ? 'chunk' : 'chunks'}`;
  return `While this computer slept, ${chunks} finished and ${formatCount(waiting)} waited. Continuing.`;
}
