import type { EventName, Events, Payload, Reply, RequestName } from '../../shared/ipc.ts';

/** How a page reaches the app. Injected: a page knows neither Electron nor the preload. */
export interface Transport {
  /** Rejects with SmartScannerError. */
  request<K extends RequestName>(name: K, payload: Payload<K>): Promise<Reply<K>>;
  /** Gives the function that ends it. */
  on<K extends EventName>(name: K, listener: (event: Events[K]) => void): () => void;
}
