import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { DesktopSettings, DesktopSettingsChange } from '../../shared/desktop-settings.ts';
import { SmartScannerError } from '../../shared/errors.ts';
import { parseShareTarget } from '../../shared/share-target.ts';
import type { SettingsStore } from './settings-store.ts';
import type { StateHub } from './state-hub.ts';

/** The settings in force: a change holds at once, in every window, and is then written. */
export class SettingsKeeper {
  readonly #store: SettingsStore;
  readonly #hub: StateHub;
  readonly #platform: string;
  readonly #apply: (settings: DesktopSettings) => void;

  constructor(store: SettingsStore, hub: StateHub, platform: string, apply: (settings: DesktopSettings) => void) {
    this.#store = store;
    this.#hub = hub;
    this.#platform = platform;
    this.#apply = apply;
    apply(hub.now.settings);
  }

  /** SETTING where it can't be so, or can't be written; then it holds until the app ends. */
  async change(change: DesktopSettingsChange | Pick<DesktopSettings, 'trayHintShown'>): Promise<void> {
    if ('shares' in change) this.#checkShares(change.shares ?? {});
    await this.#keep(change);
  }

  /** From the next start on; null: the usual place. Makes the directory where it isn't there. SETTING where it can't be used. */
  async changeDataDir(dataDir: string | null): Promise<void> {
    if (dataDir !== null) {
      if (!isAbsolute(dataDir))
        throw new SmartScannerError('SETTING', `${dataDir} is no whole path.`, {
          hint: 'Choose a folder of this computer.',
        });
      try {
        await mkdir(dataDir, { recursive: true });
        await access(dataDir, constants.R_OK | constants.W_OK);
      } catch (error) {
        throw new SmartScannerError('SETTING', `${dataDir} can't be written.`, {
          hint: 'Choose a folder that you may write, on a disk of this computer.',
          cause: error,
        });
      }
    }
    await this.#keep({ dataDir });
  }

  async #keep(change: Partial<DesktopSettings> | DesktopSettingsChange): Promise<void> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const settings = { ...this.#hub.now.settings, ...given };
    this.#hub.change({ settings });
    this.#apply(settings);
    try {
      await this.#store.write(settings);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new SmartScannerError('SETTING', `The settings can't be written: ${why}.`, {
        hint: 'They hold until the app ends; make room, or make the file writable.',
        cause: error,
      });
    }
  }

  #checkShares(shares: DesktopSettings['shares']): void {
    for (const typed of Object.values(shares)) {
      const parsed = parseShareTarget(typed, this.#platform);
      if (!parsed.ok) throw new SmartScannerError('SETTING', parsed.reason);
    }
  }
}
