import { Notification } from 'electron';
import type { Destination } from '../../shared/ipc.ts';
import { asText } from './as-text.ts';
import type { Notice, NoticeChanges } from './view-model.ts';

/** Shows notices of the system, one for each key. Electron forgets what nobody holds: they are held until they go. */
export class Notifier {
  readonly #shown = new Map<string, Notification>();
  readonly #go: (destination: Destination) => void;

  constructor(go: (destination: Destination) => void) {
    this.#go = go;
  }

  apply({ show, withdraw }: NoticeChanges): void {
    for (const key of withdraw) this.#withdraw(key);
    for (const notice of show) this.#show(notice);
  }

  test(): void {
    this.#show({
      key: 'test',
      kind: 'finished',
      title: 'Smart Scanner',
      body: 'Notifications look like this.',
      destination: { place: 'settings' },
    });
  }

  /** Once, when the window was closed for the first time: where it went. */
  hint(hasTray: boolean): void {
    this.#show({
      key: 'tray',
      kind: 'finished',
      title: hasTray ? 'Smart Scanner stays in the tray' : 'Smart Scanner is minimised',
      body: hasTray
        ? 'Scans go on. Click its icon to open it again; Quit in its menu ends it.'
        : 'Scans go on. This desktop shows no tray icons, so its window stays in the list of windows; Ctrl+Q in it ends it.',
      destination: { place: 'overview' },
    });
  }

  #show({ key, title, body, destination }: Notice): void {
    if (!Notification.isSupported()) return;
    this.#withdraw(key);
    const notification = new Notification(asText({ title, body }));
    notification.on('click', () => this.#go(destination));
    notification.on('close', () => {
      if (this.#shown.get(key) === notification) this.#shown.delete(key);
    });
    this.#shown.set(key, notification);
    notification.show();
  }

  #withdraw(key: string): void {
    const before = this.#shown.get(key);
    this.#shown.delete(key);
    before?.close();
  }
}
