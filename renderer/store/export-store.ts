import { createStore, type StoreApi } from 'zustand/vanilla';
import type { FindQuery } from '../../shared/files.ts';
import { errorToJson, type ErrorJson } from '../../shared/errors.ts';
import type { Transport } from '../transport/transport.ts';

/** The export of this window: it goes on, and can be stopped, whatever place is shown. */
export interface ExportStore {
  readonly isRunning: boolean;
  /** Written so far. */
  readonly rows: number;
  /** The last one that came to its end. */
  readonly saved: { readonly path: string; readonly rows: number } | null;
  readonly error: ErrorJson | null;
  readonly start: (query: FindQuery) => void;
  readonly stop: () => void;
}

export function createExportStore(transport: Transport): StoreApi<ExportStore> {
  const store = createStore<ExportStore>((set, get) => ({
    isRunning: false,
    rows: 0,
    saved: null,
    error: null,
    start: (query) => {
      if (get().isRunning) return;
      set({ isRunning: true, rows: 0, saved: null, error: null });
      transport.request('files.export', { query }).then(
        (saved) => set({ isRunning: false, saved }),
        (error: unknown) => set({ isRunning: false, error: errorToJson(error) }),
      );
    },
    stop: () => {
      transport.request('files.exportStop', undefined).catch((error: unknown) => set({ error: errorToJson(error) }));
    },
  }));
  transport.on('export', ({ rows }) => store.setState({ rows }));
  return store;
}
