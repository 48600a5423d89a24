import type { DesktopSettings, DesktopSettingsChange } from '../../shared/desktop-settings.ts';
import type { SettingsStore } from './settings-store.ts';
import type { StateHub } from './state-hub.ts';

/** The settings in force: a change holds at once, in every window, and is then written. */
export class SettingsKeeper {
  readonly #store: SettingsStore;
  readonly #hub: StateHub;
  readonly #apply: (settings: DesktopSettings) => void;

  constructor(store: SettingsStore, hub: StateHub, apply: (settings: DesktopSettings) => void) {
    this.#store = store;
    this.#hub = hub;
    this.#apply = apply;
    apply(hub.now.settings);
  }

  async change(change: DesktopSettingsChange | Pick<DesktopSettings, 'trayHintShown'>): Promise<void> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const settings = { ...this.#hub.now.settings, ...given };
    this.#hub.change({ settings });
    this.#apply(settings);
    await this.#store.write(settings);
  }
}
