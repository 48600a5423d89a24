import { app, BrowserWindow, dialog, nativeTheme, screen, type WebContents } from 'electron';
import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import type { Destination, EventName, Events } from '../../shared/ipc.ts';
import { sendEvent } from '../ipc/serve.ts';
import { START_URL } from './app-protocol.ts';
import { placeWindow, SMALLEST, WindowStateSchema, type WindowState } from './window-state.ts';

/** A page that hangs is reloaded after this long; it may only be busy. */
const HANG_MS = 15_000;
/** So often in a row: a page that ends again and again has a reason that loading it does not cure. */
const MAX_RELOADS = 3;
const SETTLED_MS = 60_000;

export interface MainWindowOptions {
  readonly preload: string;
  readonly icon: string;
  readonly stateFile: string;
  readonly log: (text: string) => void;
  /** A person closed it: hidden where a panel shows the app's icon, else minimised. */
  readonly closing: () => Promise<'hide' | 'minimize'>;
  readonly gone: (contentsId: number) => void;
}

/** The one window. It is made when it is first wanted, and again after it was closed. */
export class MainWindow {
  readonly #options: MainWindowOptions;
  #window: BrowserWindow | null = null;
  #ready: Promise<void> = Promise.resolve();
  #reloads = 0;
  /** When its page ended last; monotonic. */
  #endedAtMs = -Infinity;
  #isQuitting = false;
  /** Its page ended too often in a row, and is not loaded again by itself. */
  #isDead = false;

  constructor(options: MainWindowOptions) {
    this.#options = options;
  }

  get isShown(): boolean {
    return this.#window?.isVisible() === true;
  }

  show(destination: Destination | null = null): void {
    this.#window ??= this.#make();
    if (this.#isDead) {
      // Whoever opens it wants to see something: its page is given another chance.
      this.#isDead = false;
      this.#reloads = 0;
      this.#window.webContents.reload();
    }
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
    if (destination !== null) {
      const { webContents } = this.#window;
      void this.#ready.then(() => sendEvent(webContents, 'navigate', destination));
    }
  }

  /** Where to save a support bundle; null: nowhere. */
  async askPlace(suggested: string): Promise<string | null> {
    const options = {
      title: 'Save the support bundle',
      defaultPath: suggested,
      filters: [{ name: 'Zip', extensions: ['zip'] }],
    };
    const asked = this.#window === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(this.#window, options);
    const { canceled, filePath } = await asked;
    return canceled || filePath === '' ? null : filePath;
  }

  hide(): void {
    this.#window?.hide();
  }

  /** From now on closing closes. */
  quitting(): void {
    this.#isQuitting = true;
  }

  /** At once: a page that hangs would never be done with closing, and the app with ending. */
  end(): void {
    if (this.#window === null) return;
    this.#saveState(this.#window);
    this.#window.destroy();
  }

  send<K extends EventName>(name: K, event: Events[K]): void {
    if (this.#window !== null) sendEvent(this.#window.webContents, name, event);
  }

  /** Only to the window that asked. */
  sendTo<K extends EventName>(contentsId: number, name: K, event: Events[K]): void {
    if (this.#window?.webContents.id === contentsId) sendEvent(this.#window.webContents, name, event);
  }

  #make(): BrowserWindow {
    const { preload, icon, log, gone } = this.#options;
    const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
    const { x, y, width, height, maximized } = placeWindow(this.#savedState(), areas);
    const window = new BrowserWindow({
      ...(x === null || y === null ? {} : { x, y }),
      width,
      height,
      minWidth: SMALLEST.width,
      minHeight: SMALLEST.height,
      show: false,
      title: 'Smart Scanner',
      icon,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#14181f' : '#f6f7f9',
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
        spellcheck: false,
        navigateOnDragDrop: false,
      },
    });
    if (maximized) window.maximize();
    const contents = window.webContents;
    const { id } = contents;
    const loaded = (): Promise<void> => new Promise((resolve) => contents.once('did-finish-load', () => resolve()));
    this.#ready = loaded();
    window.on('close', (event) => {
      this.#saveState(window);
      if (this.#isQuitting) return;
      event.preventDefault();
      void this.#options.closing().then((how) => {
        if (!window.isDestroyed()) window[how]();
      });
    });
    window.on('closed', () => {
      this.#window = null;
      gone(id);
    });
    // Another document, be it the same page loaded again: what the one before had asked for ends.
    contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
      if (!isMainFrame || isSameDocument) return;
      this.#ready = loaded();
      gone(id);
    });
    this.#healOn(contents, id);
    window.loadURL(START_URL).catch((error: unknown) => log(`The window could not be loaded: ${String(error)}`));
    return window;
  }

  /** A page that crashed or hangs is loaded again; the scans run in main and don't notice. */
  #healOn(contents: WebContents, id: number): void {
    const { log, gone } = this.#options;
    contents.on('render-process-gone', (_event, { reason, exitCode }) => {
      gone(id);
      log(`The window's page ended: ${reason} (exit code ${exitCode})`);
      const now = performance.now();
      if (now - this.#endedAtMs > SETTLED_MS) this.#reloads = 0;
      this.#endedAtMs = now;
      if (reason === 'clean-exit' || this.#isQuitting) return;
      this.#isDead = this.#reloads >= MAX_RELOADS;
      if (this.#isDead) return;
      this.#reloads += 1;
      setImmediate(() => {
        if (!contents.isDestroyed()) contents.reload();
      });
    });
    let hanging: NodeJS.Timeout | null = null;
    contents.on('unresponsive', () => {
      log('The window hangs');
      hanging ??= setTimeout(() => {
        hanging = null;
        if (!contents.isDestroyed()) contents.forcefullyCrashRenderer();
      }, HANG_MS);
    });
    contents.on('responsive', () => {
      if (hanging !== null) clearTimeout(hanging);
      hanging = null;
    });
  }

  #savedState(): WindowState | null {
    try {
      const text = readFileSync(this.#options.stateFile, 'utf8');
      const parsed = v.safeParse(WindowStateSchema, JSON.parse(text));
      return parsed.success ? parsed.output : null;
    } catch {
      return null;
    }
  }

  #saveState(window: BrowserWindow): void {
    const { x, y, width, height } = window.getNormalBounds();
    const state: WindowState = { x, y, width, height, maximized: window.isMaximized() };
    try {
      writeFileSync(this.#options.stateFile, JSON.stringify(state));
    } catch (error) {
      this.#options.log(`Where the window is could not be kept in ${app.getPath('userData')}: ${String(error)}`);
    }
  }
}
