import { assertNever, SmartScannerError } from '../../shared/errors.ts';
import type { ChunkState } from '../../shared/inventory.ts';

export type ChunkEvent =
  | { readonly type: 'attempt-started' }
  /** The shard is merged. What it left is in child chunks. */
  | { readonly type: 'harvested' }
  /** The attempt left nothing to merge. `failures` counts this one, if it is held against the chunk. */
  | { readonly type: 'attempt-failed'; readonly failures: number; readonly maxRetries: number }
  /** The attempt was stopped by us before it had anything: nothing is held against the chunk. */
  | { readonly type: 'released' }
  /** Somebody asked that it isn't tried (any more). */
  | { readonly type: 'stopped' }
  /** Somebody wants a chunk that failed for good tried again. */
  | { readonly type: 'retried' };

export function nextChunkState(state: ChunkState, event: ChunkEvent): ChunkState {
  switch (event.type) {
    case 'attempt-started':
      return from(state, event.type, ['queued', 'waiting'], 'running');
    case 'harvested':
      return from(state, event.type, ['running'], 'done');
    case 'attempt-failed':
      return from(state, event.type, ['running'], event.failures > event.maxRetries ? 'failed' : 'waiting');
    case 'released':
      return from(state, event.type, ['running'], 'queued');
    case 'stopped':
      return from(state, event.type, ['queued', 'waiting'], 'failed');
    case 'retried':
      return from(state, event.type, ['failed'], 'queued');
    default:
      return assertNever(event);
  }
}

/** `next` where the event is allowed in this state; a defect of ours otherwise (INTERNAL). */
export function from<S extends string>(state: S, event: string, allowed: readonly S[], next: S): S {
  if (allowed.includes(state)) return next;
  throw new SmartScannerError('INTERNAL', `"${event}" can't happen in state "${state}".`);
}
