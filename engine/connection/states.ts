import type { ErrorJson } from '../../shared/errors.ts';
import { SmartScannerError } from '../../shared/errors.ts';

/** How it stands between us and one host. */
export type ConnectionState =
  | { readonly name: 'disconnected' | 'connecting' | 'ready' }
  /** It was there, and nobody answers: this is why. Tried again, also by itself. */
  | { readonly name: 'reconnecting'; readonly reason: string }
  /** Trying again would change nothing. */
  | { readonly name: 'failed'; readonly error: ErrorJson };

export type ConnectionEvent =
  | { readonly name: 'connect' | 'connected' | 'close' }
  | { readonly name: 'lost'; readonly reason: string }
  | { readonly name: 'refused'; readonly error: ErrorJson };

/** The one place that says what follows what. Throws INTERNAL for what can't happen. */
export function nextState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  switch (event.name) {
    case 'close':
      return { name: 'disconnected' };
    case 'connect':
      // One that reconnects goes on doing so until it is there.
      return state.name === 'reconnecting' ? state : { name: 'connecting' };
    case 'connected':
      return state.name === 'disconnected' ? impossible(state, event) : { name: 'ready' };
    case 'lost':
      if (state.name === 'disconnected' || state.name === 'failed') return state;
      return { name: 'reconnecting', reason: event.reason };
    case 'refused':
      return state.name === 'disconnected' ? impossible(state, event) : { name: 'failed', error: event.error };
  }
}

function impossible(state: ConnectionState, event: ConnectionEvent): never {
  throw new SmartScannerError('INTERNAL', `"${event.name}" can't happen in state "${state.name}".`);
}
