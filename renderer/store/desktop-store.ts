import { createStore, type StoreApi } from 'zustand/vanilla';
import type { DesktopState, StatePatch } from '../../shared/desktop-state.ts';
import { errorToJson, type ErrorJson } from '../../shared/errors.ts';
import type { Transport } from '../transport/transport.ts';
import { applyPatch } from './apply-patch.ts';

export interface DesktopStore {
  /** null until the app has told it. */
  readonly state: DesktopState | null;
  readonly error: ErrorJson | null;
}

/** The app's state as this window has it: a copy, then patches; after a gap a copy again. */
export function createDesktopStore(transport: Transport): StoreApi<DesktopStore> {
  const store = createStore<DesktopStore>(() => ({ state: null, error: null }));
  let asking = false;
  const ask = (): void => {
    if (asking) return;
    asking = true;
    transport.request('state.get', undefined).then(
      (state) => {
        asking = false;
        store.setState({ state, error: null });
      },
      (error: unknown) => {
        asking = false;
        store.setState({ error: errorToJson(error) });
      },
    );
  };
  transport.on('state', (patch: StatePatch) => {
    const { state } = store.getState();
    if (state === null) return;
    const next = applyPatch(state, patch);
    if (next === 'gap') ask();
    else if (next !== 'old') store.setState({ state: next });
  });
  ask();
  return store;
}
