import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { defaultDesktopSettings, readDesktopSettings, type DesktopSettings } from '../../shared/desktop-settings.ts';

export interface SettingsRead {
  readonly settings: DesktopSettings;
  /** What a person must know: their settings could not be read, and where they are now. */
  readonly note: string | null;
}

/** The settings of the app in one file, replaced as a whole. What can't be read is kept beside it and the defaults hold. */
export class SettingsStore {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<SettingsRead> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      const isNone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      return {
        settings: defaultDesktopSettings(),
        note: isNone ? null : `The settings in ${this.#path} can’t be read, and the usual ones hold.`,
      };
    }
    let settings: DesktopSettings | null = null;
    let why = '';
    try {
      settings = readDesktopSettings(JSON.parse(text));
      if (settings === null) why = 'are of a newer version of the app';
    } catch {
      why = 'are damaged';
    }
    if (settings !== null) return { settings, note: null };
    const aside = `${this.#path}.unreadable`;
    const isKept = await rename(this.#path, aside).then(
      () => true,
      () => false,
    );
    const where = isKept ? `They are kept as ${aside}` : `They are still in ${this.#path}`;
    return { settings: defaultDesktopSettings(), note: `Your settings ${why}, and the usual ones hold. ${where}.` };
  }

  /** One after the other; rejects where the file can't be written. A crash leaves the old ones or the new ones. */
  write(settings: DesktopSettings): Promise<void> {
    const write = async (): Promise<void> => {
      await mkdir(dirname(this.#path), { recursive: true });
      const fresh = `${this.#path}.new`;
      const file = await open(fresh, 'w', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(settings, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, this.#path);
    };
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => undefined);
    return written;
  }
}
