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
    if ('trayHintShown' in change) {
      await this.#keep(change);
      return;
    }
    const { notices, scans, shares, ...rest } = change;
    const now = this.#hub.now.settings;
    if (shares !== undefined) this.#checkShares(Object.values(shares));
    await this.#keep({
      ...defined(rest),
      notices: { ...now.notices, ...defined(notices ?? {}) },
      scans: { ...now.scans, ...defined(scans ?? {}) },
      shares: Object.fromEntries(
        Object.entries({ ...now.shares, ...shares }).flatMap(([key, share]) => (share === null ? [] : [[key, share]])),
      ),
    });
  }

  /** From the next start on; null: the usual place. Makes the directory where it isn't there. SETTING where it can't be used. */
  async changeDataDir(dataDir: string | null): Promise<void> {
    if (dataDir !== null) {
      if (!isAbsolute(dataDir))
        throw new SmartScannerError('SETTING', `${dataDir} is no whole path.`, {
          hint: 'Choose a folder of this computer.',
        });
      try {
        await makeDirectory(dataDir);
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

  async #keep(change: Partial<DesktopSettings>): Promise<void> {
    const settings = { ...this.#hub.now.settings, ...change };
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

  #checkShares(shares: readonly (string | null)[]): void {
    for (const typed of shares) {
      if (typed === null) continue;
      const parsed = parseShareTarget(typed, this.#platform);
      if (!parsed.ok) throw new SmartScannerError('SETTING', parsed.reason);
    }
  }
}

/** Without those above it: below some file systems (/proc) making them all never returns. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function defined<T extends object>(change: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as never;
}
