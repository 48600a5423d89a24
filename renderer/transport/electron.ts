import { errorFromJson, SmartScannerError } from '../../shared/errors.ts';
import { BRIDGE_NAME, type Bridge } from '../../shared/bridge.ts';
import type { EventName, Events, Reply, RequestName } from '../../shared/ipc.ts';
import type { Transport } from './transport.ts';

/** Over the preload's bridge. */
export function electronTransport(): Transport {
  const bridge = (window as unknown as Partial<Record<string, Bridge>>)[BRIDGE_NAME];
  if (bridge === undefined) throw new SmartScannerError('INTERNAL', 'The window has no connection to the app.');
  return {
    request: async <K extends RequestName>(name: K, payload: unknown) => {
      const answer = await bridge.request(name, payload);
      if (!answer.ok) throw errorFromJson(answer.error);
      return answer.value as Reply<K>;
    },
    on: <K extends EventName>(name: K, listener: (event: Events[K]) => void) =>
      bridge.on(name, (event) => listener(event as Events[K])),
  };
}
