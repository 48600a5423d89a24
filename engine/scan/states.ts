import { assertNever, SmartScannerError } from '../../shared/errors.ts';
import type { ScanPhase } from '../../shared/snapshot.ts';
import type { ChunkState } from '../catalog/api.ts';

/**
 * The state machines of a scan, a chunk and an attempt: one pure transition function each. An event that a state
 * doesn't know is a defect of ours and throws INTERNAL.
 */

export type ScanEvent = 'prepared' | 'stop-requested' | 'all-chunks-ended' | 'closed' | 'closed-interrupted' | 'broken';

export function nextScanPhase(phase: ScanPhase, event: ScanEvent): ScanPhase {
  switch (event) {
    case 'prepared':
      return from(phase, event, ['preparing'], 'scanning');
    case 'stop-requested':
      // Closing is short and leaves a whole catalog; it isn't stopped.
      return phase === 'preparing' || phase === 'scanning' ? 'stopping' : phase;
    case 'all-chunks-ended':
      return from(phase, event, ['scanning', 'stopping'], 'closing');
    case 'closed':
      return from(phase, event, ['closing'], 'finished');
    case 'closed-interrupted':
      return from(phase, event, ['closing'], 'interrupted');
    case 'broken':
      return 'failed';
    default:
      return assertNever(event);
  }
}

export type ChunkEvent =
  | { readonly type: 'attempt-started' }
  /** The shard is merged. What it left is in child chunks. */
  | { readonly type: 'harvested' }
  /** The attempt left nothing to merge. `failures` counts this one. */
  | { readonly type: 'attempt-failed'; readonly failures: number; readonly maxRetries: number }
  /** The attempt was stopped by us before it had anything: nothing is held against the chunk. */
  | { readonly type: 'released' }
  | { readonly type: 'retry-due' };

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
    case 'retry-due':
      return from(state, event.type, ['waiting'], 'queued');
    default:
      return assertNever(event);
  }
}

export type AttemptState =
  'preparing' | 'starting' | 'running' | 'ended' | 'harvesting' | 'harvested' | 'failed' | 'released';
export type AttemptEvent =
  'job-made' | 'started' | 'start-failed' | 'worker-ended' | 'harvest-begun' | 'merged' | 'nothing-merged' | 'let-go';

export function nextAttemptState(state: AttemptState, event: AttemptEvent): AttemptState {
  switch (event) {
    case 'job-made':
      return from(state, event, ['preparing'], 'starting');
    case 'started':
      return from(state, event, ['starting'], 'running');
    case 'start-failed':
      return from(state, event, ['preparing', 'starting'], 'failed');
    case 'worker-ended':
      return from(state, event, ['running'], 'ended');
    case 'harvest-begun':
      return from(state, event, ['ended'], 'harvesting');
    case 'merged':
      return from(state, event, ['harvesting'], 'harvested');
    case 'nothing-merged':
      return from(state, event, ['ended', 'harvesting'], 'failed');
    case 'let-go':
      return from(state, event, ['preparing', 'starting', 'running', 'ended', 'harvesting'], 'released');
    default:
      return assertNever(event);
  }
}

function from<S extends string>(state: S, event: string, allowed: readonly S[], next: S): S {
  if (allowed.includes(state)) return next;
  throw new SmartScannerError('INTERNAL', `"${event}" can't happen in state "${state}".`);
}
