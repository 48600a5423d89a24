import type { ErrorJson } from './errors.ts';
import type { EventName, RequestName } from './ipc.ts';

/** How a reply travels: errors keep their code and what to do. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorJson };

/** What the preload puts on `window`: exactly the map above. */
export interface Bridge {
  request(name: RequestName, payload: unknown): Promise<Answer<unknown>>;
  /** Gives the function that ends it. */
  on(name: EventName, listener: (event: unknown) => void): () => void;
}
export const BRIDGE_NAME = 'smartScanner';
/** Names of Electron's channels. */
export const channelOf = (name: RequestName | EventName): string => `smart-scanner:${name}`;
