import { assertNever } from '../../shared/errors.ts';
import type { ScanPhase } from '../../shared/snapshot.ts';
import { from } from '../catalog/chunk-state.ts';

/**
 * The state machines of a scan and of an attempt (a chunk's is the catalog's: engine/catalog/chunk-state.ts): one pure transition
 * function each. An event that a state doesn't know is a defect of ours and throws INTERNAL.
 */

/** Without `paused`, which is no state of its own: a scan that scans, or closes, and waits. */
export type ScanState = Exclude<ScanPhase, 'paused' | 'reconnecting'>;
export type ScanEvent = 'prepared' | 'stop-requested' | 'all-chunks-ended' | 'closed' | 'closed-interrupted' | 'broken';

export function nextScanPhase(phase: ScanState, event: ScanEvent): ScanState {
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
