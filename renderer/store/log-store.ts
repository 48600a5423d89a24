import { createStore, type StoreApi } from 'zustand/vanilla';
import { errorToJson, type ErrorJson } from '../../shared/errors.ts';
import type { LogSource } from '../../shared/ipc.ts';
import type { Transport } from '../transport/transport.ts';

export interface LogStore {
  readonly source: LogSource | null;
  readonly path: string | null;
  /** Grows in place; `count` tells of new ones. */
  readonly lines: string[];
  readonly count: number;
  readonly caughtUp: boolean;
  readonly error: ErrorJson | null;
  readonly open: (source: LogSource) => void;
  readonly close: () => void;
}

/** The log that the drawer shows. Opening another one ends the one before. */
export function createLogStore(transport: Transport): StoreApi<LogStore> {
  let stream: number | null = null;
  let wanted = 0;
  const empty = { path: null, lines: [], count: 0, caughtUp: false, error: null };
  const store = createStore<LogStore>((set) => ({
    source: null,
    ...empty,
    open: (source) => {
      wanted += 1;
      const mine = wanted;
      stream = null;
      set({ source, ...empty, lines: [] });
      transport.request('log.open', { source }).then(
        (reply) => {
          if (mine !== wanted) return;
          stream = reply.stream;
          set({ path: reply.path });
        },
        (error: unknown) => (mine === wanted ? set({ error: errorToJson(error) }) : undefined),
      );
    },
    close: () => {
      wanted += 1;
      if (stream !== null) transport.request('log.close', { stream }).catch(() => undefined);
      stream = null;
      set({ source: null, ...empty, lines: [] });
    },
  }));
  transport.on('log', (batch) => {
    if (batch.stream !== stream) return;
    const { lines } = store.getState();
    for (const line of batch.lines) lines.push(line);
    store.setState({ count: lines.length, caughtUp: batch.caughtUp });
  });
  return store;
}
