import { SPOOL_FILES } from '../../shared/worker-protocol.ts';
import type { AttemptRef, FetchedFile, Runtime } from '../runtime/runtime.ts';
import { readResult, type ReadResult } from './helper-run.ts';

const SHARD_FILES = [SPOOL_FILES.shard, `${SPOOL_FILES.shard}-journal`] as const;

export interface FetchedShard extends ReadResult {
  /** The shard, as it is or packed; null: there is none. */
  readonly shard: FetchedFile | null;
  readonly isPacked: boolean;
}

/**
 * Brings what an attempt that has ended left. `travels`: it comes over a network, where its compressed form is asked for first; a worker that was
 * killed, or is an older one, has none, and then the shard itself comes, with its journal.
 */
export async function fetchShard(
  runtime: Pick<Runtime, 'fetch'>,
  ref: AttemptRef,
  travels: boolean,
  intoDir: string,
): Promise<FetchedShard> {
  if (!travels) {
    const files = await runtime.fetch(ref, [...SHARD_FILES, SPOOL_FILES.result], intoDir);
    return { ...(await readResult(files)), shard: shardIn(files), isPacked: false };
  }
  const read = await readResult(await runtime.fetch(ref, [SPOOL_FILES.result], intoDir));
  if (read.result?.packedBytes !== undefined) {
    const [packed] = await runtime.fetch(ref, [SPOOL_FILES.packed], intoDir);
    if (packed !== undefined) return { ...read, shard: packed, isPacked: true };
  }
  return { ...read, shard: shardIn(await runtime.fetch(ref, SHARD_FILES, intoDir)), isPacked: false };
}

function shardIn(files: readonly FetchedFile[]): FetchedFile | null {
  return files.find(({ name }) => name === SPOOL_FILES.shard) ?? null;
}
