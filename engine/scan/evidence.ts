import type { AttemptEnd, ChunkRow } from '../catalog/api.ts';
import type { AttemptRef, AttemptStatus } from '../runtime/runtime.ts';
import type { ScanContext } from './context.ts';

/** All of it: what Docker keeps of a container's log (10 MB twice), and a bound on a process's. */
const LOG_BYTES = 20 * 1024 ** 2;

/** A failed container's full log and inspect belong into the scan log: `--rm` would have thrown them away. */
export async function logEvidence(
  { log, runtime }: ScanContext,
  attempt: { readonly id: string; readonly chunk: ChunkRow },
  ref: AttemptRef,
  status: AttemptStatus,
  end: AttemptEnd,
): Promise<void> {
  const { id, chunk } = attempt;
  log.error(`Chunk ${chunk.id} attempt ${id}: ${end.reason ?? end.outcome}`);
  log.error(`INSPECT chunk ${chunk.id}: ${JSON.stringify(status.raw)}`);
  const text = await runtime.logs(ref, LOG_BYTES).catch((error: unknown) => `(log unreadable: ${String(error)})`);
  for (const line of text.split('\n')) if (line !== '') log.error(`CONTAINER LOG chunk ${chunk.id}: ${line}`);
}
