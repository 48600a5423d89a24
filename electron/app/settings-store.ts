import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { defaultDesktopSettings, DesktopSettingsSchema, type DesktopSettings } from '../../shared/desktop-settings.ts';

/** The settings of the app in one file, replaced as a whole. What can't be read is kept beside it and the defaults hold. */
export class SettingsStore {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<DesktopSettings> {
    const text = await readFile(this.#path, 'utf8').catch(() => null);
    if (text === null) return defaultDesktopSettings();
    try {
      return v.parse(DesktopSettingsSchema, JSON.parse(text));
    } catch {
      await rename(this.#path, `${this.#path}.unreadable`).catch(() => undefined);
      return defaultDesktopSettings();
    }
  }

  /** One after the other; rejects where the file can't be written. */
  write(settings: DesktopSettings): Promise<void> {
    const write = async (): Promise<void> => {
      await mkdir(dirname(this.#path), { recursive: true });
      const fresh = `${this.#path}.new`;
      await writeFile(fresh, `${JSON.stringify(settings, null, 2)}\n`);
      await rename(fresh, this.#path);
    };
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => undefined);
    return written;
  }
}
