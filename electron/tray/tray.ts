import { Menu, nativeImage, Tray } from 'electron';
import { join } from 'node:path';
import type { TrayAction, TrayIcon, TrayView } from './view-model.ts';

/** Counts in the tooltip change all the time; panels are told this often at most. */
const TOOLTIP_MS = 1_000;

/** The icon in the panel. Redrawn only where something of it changed: a new menu closes the one that is open. */
export class AppTray {
  readonly #tray: Tray;
  readonly #icons: string;
  readonly #act: (action: TrayAction) => void;
  #shown: { icon: TrayIcon; tooltip: string; menu: string; atMs: number } | null = null;

  constructor(icons: string, act: (action: TrayAction) => void) {
    this.#icons = icons;
    this.#act = act;
    this.#tray = new Tray(this.#image('idle'));
    this.#tray.on('click', () => act({ kind: 'open', destination: null }));
  }

  show(view: TrayView): void {
    const { icon, tooltip } = view;
    const menu = JSON.stringify(view.menu);
    const before = this.#shown;
    const now = performance.now();
    const isOther = before?.icon !== icon || before.menu !== menu;
    const isTold = before !== null && (before.tooltip === tooltip || (!isOther && now - before.atMs < TOOLTIP_MS));
    if (before?.icon !== icon) this.#tray.setImage(this.#image(icon));
    if (before?.menu !== menu) this.#tray.setContextMenu(this.#menu(view));
    if (!isTold) this.#tray.setToolTip(tooltip);
    this.#shown = isTold ? { ...before, icon, menu } : { icon, menu, tooltip, atMs: now };
  }

  destroy(): void {
    this.#tray.destroy();
  }

  #menu(view: TrayView): Electron.Menu {
    return Menu.buildFromTemplate(
      view.menu.map((item) => {
        if (item === null) return { type: 'separator' };
        const { enabled, action } = item;
        // A single one would underline the letter behind it.
        const label = item.label.replaceAll('&', '&&');
        return { label, enabled, ...(action === null ? {} : { click: () => this.#act(action) }) };
      }),
    );
  }

  #image(icon: TrayIcon): Electron.NativeImage {
    const isMac = process.platform === 'darwin';
    const image = nativeImage.createFromPath(join(this.#icons, `tray-${icon}${isMac ? 'Template' : ''}.png`));
    if (isMac) image.setTemplateImage(true);
    return image;
  }
}

/** null: the system gives none. */
export function openTray(
  icons: string,
  act: (action: TrayAction) => void,
  failed: (error: unknown) => void,
): AppTray | null {
  try {
    return new AppTray(icons, act);
  } catch (error) {
    failed(error);
    return null;
  }
}
