import { Menu, nativeImage, Tray } from 'electron';
import { join } from 'node:path';
import type { TrayAction, TrayIcon, TrayView } from './view-model.ts';

/** The icon in the panel. Redrawn only where something of it changed: a new menu closes the one that is open. */
export class AppTray {
  readonly #tray: Tray;
  readonly #icons: string;
  readonly #act: (action: TrayAction) => void;
  #shown: { icon: TrayIcon; tooltip: string; menu: string } | null = null;

  constructor(icons: string, act: (action: TrayAction) => void) {
    this.#icons = icons;
    this.#act = act;
    this.#tray = new Tray(this.#image('idle'));
    this.#tray.on('click', () => act({ kind: 'open', destination: { place: 'overview' } }));
  }

  show(view: TrayView): void {
    const menu = JSON.stringify(view.menu);
    if (this.#shown?.icon !== view.icon) this.#tray.setImage(this.#image(view.icon));
    if (this.#shown?.tooltip !== view.tooltip) this.#tray.setToolTip(view.tooltip);
    if (this.#shown?.menu !== menu) this.#tray.setContextMenu(this.#menu(view));
    this.#shown = { icon: view.icon, tooltip: view.tooltip, menu };
  }

  destroy(): void {
    this.#tray.destroy();
  }

  #menu(view: TrayView): Electron.Menu {
    return Menu.buildFromTemplate(
      view.menu.map((item) => {
        if (item === null) return { type: 'separator' };
        const { label, enabled, action } = item;
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
