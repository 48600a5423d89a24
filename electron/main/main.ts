import './older-electron.ts';
import { app, clipboard, dialog, nativeTheme, powerMonitor, powerSaveBlocker, shell } from 'electron';
import appLog from 'electron-log/node.js';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { dataDirOf } from '../../engine/app/data-dir.ts';
import { ownerOf } from '../../engine/app/places.ts';
import type { DesktopSettings } from '../../shared/desktop-settings.ts';
import { isBusy } from '../../shared/desktop-state.ts';
import type { Destination } from '../../shared/ipc.ts';
import { Desktop } from '../app/desktop.ts';
import { SettingsKeeper } from '../app/settings-keeper.ts';
import { SettingsStore } from '../app/settings-store.ts';
import { StateHub } from '../app/state-hub.ts';
import { handlersOf } from '../ipc/handlers.ts';
import { LogStreams } from '../ipc/log-handlers.ts';
import { serveRequests } from '../ipc/serve.ts';
import { Notifier } from '../notify/notifier.ts';
import { noticeChanges } from '../notify/view-model.ts';
import { AppTray } from '../tray/tray.ts';
import { trayView, type TrayAction } from '../tray/view-model.ts';
import { declareScheme, serveFiles } from '../windows/app-protocol.ts';
import { MainWindow } from '../windows/main-window.ts';
import { refuseEverythingElse } from '../windows/refusals.ts';
import { HIDDEN } from '../app/autostart.ts';
import { askFolder, askWhere } from './ask.ts';
import { composeEngine } from './compose.ts';
import { locations } from './locations.ts';
import { mayQuit } from './quit.ts';
import { startAtLogin } from './start-at-login.ts';

/** How long a scan gets to stop when the app is to end; its workers commit within 3 s. */
const STOP_MS = 20_000;
const MAX_LOG_BYTES = 5_000_000;

/** The composition root of the desktop app: builds everything, and nothing else. */
async function main(): Promise<void> {
  const userData = app.getPath('userData');
  const appLogPath = join(userData, 'app.log');
  appLog.transports.file.resolvePathFn = () => appLogPath;
  appLog.transports.file.maxSize = MAX_LOG_BYTES;
  appLog.transports.console.level = false;
  const note = (text: string): void => appLog.info(text);
  process.on('uncaughtException', (error) => appLog.error('uncaught', error));
  process.on('unhandledRejection', (error) => appLog.error('unhandled', error));

  await app.whenReady();
  refuseEverythingElse(note);
  const places = locations();
  await serveFiles(places.pages);
  const store = new SettingsStore(join(userData, 'settings.json'));
  const { settings: stored, note: settingsNote } = await store.read();
  const isDataDirFixed = (process.env['SMART_SCANNER_DATA_DIR'] ?? '') !== '';
  const dataDir = dataDirOf(isDataDirFixed ? undefined : (stored.dataDir ?? undefined), process.env);
  const engine = composeEngine(places, dataDir);
  const hub = new StateHub({
    version: app.getVersion(),
    platform: process.platform,
    dataDir,
    isDataDirFixed,
    computer: hostname(),
    hasTray: false,
    settings: stored,
    settingsNote,
    runs: {},
    mounts: null,
    catalogVersion: 0,
    catalogProblem: null,
  });
  const desktop = new Desktop({
    app: engine,
    hub,
    newId: uuidv7,
    now: Date.now,
    owner: ownerOf(process.env),
    log: note,
  });
  let blocker: number | null = null;
  const keepAwake = (): void => {
    const wanted = hub.now.settings.keepAwake && Object.values(hub.now.runs).some(isBusy);
    if (wanted) blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (blocker !== null) {
      powerSaveBlocker.stop(blocker);
      blocker = null;
    }
  };
  const settings = new SettingsKeeper(store, hub, process.platform, (now: DesktopSettings) => {
    nativeTheme.themeSource = now.theme;
    startAtLogin(now.startAtLogin, note);
    keepAwake();
  });
  const window = new MainWindow({
    preload: places.preload,
    icon: join(places.icons, 'icon-256.png'),
    stateFile: join(userData, 'window.json'),
    log: note,
    staysInTray: () => hub.now.hasTray,
    hidden: () => {
      if (hub.now.settings.trayHintShown) return;
      notifier.hint();
      settings.change({ trayHintShown: true }).catch((error: unknown) => note(String(error)));
    },
    gone: (contentsId) => logs.closeAll(contentsId),
  });
  const copy = (text: string): void => {
    // Newer Electrons answer with a promise.
    void clipboard.writeText(text);
  };
  const logs = new LogStreams({
    app: engine,
    hub,
    appLogPath,
    liveLogs: join(userData, 'live-logs'),
    viewer: { bundle: places.logBundle, nodePath: places.node },
    copy,
    askWhere: (suggested) => askWhere(suggested, 'log'),
    reveal: (path) => shell.showItemInFolder(path),
    send: (contentsId, event) => window.sendTo(contentsId, 'log', event),
  });
  const go = (destination: Destination): void => window.show(destination);
  const notifier = new Notifier(go);
  const act = (action: TrayAction): void => {
    if (action.kind === 'open') go(action.destination);
    else if (action.kind === 'stop') desktop.stop(action.runId, 'graceful');
    else if (action.kind === 'pause') desktop.pause(action.runId).catch((error: unknown) => note(String(error)));
    else if (action.kind === 'unpause') desktop.unpause(action.runId).catch((error: unknown) => note(String(error)));
    else app.quit();
  };
  const tray = makeTray(places.icons, act, note);
  hub.change({ hasTray: tray !== null });
  hub.onPatch((patch) => window.send('state', patch));
  hub.onChange((state, before) => {
    tray?.show(trayView(state));
    notifier.apply(noticeChanges(state, before));
    keepAwake();
  });
  serveRequests(
    handlersOf({
      app: engine,
      desktop,
      hub,
      settings,
      logs,
      files: {
        app: engine,
        hub,
        platform: process.platform,
        opener: {
          openFolder: (path) => shell.openPath(path),
          reveal: (path) => shell.showItemInFolder(path),
          openUrl: (url) => shell.openExternal(url),
        },
        askWhere: (suggested) => askWhere(suggested, 'csv'),
        send: (contentsId, event) => window.sendTo(contentsId, 'export', event),
      },
      askFolder,
      restart: () => {
        app.relaunch();
        app.quit();
      },
      copy,
      testNotice: () => notifier.test(),
      hideWindow: () => window.hide(),
    }),
    note,
  );
  app.on('second-instance', () => window.show());
  app.on('activate', () => window.show());
  app.on('window-all-closed', () => {
    if (!hub.now.hasTray) app.quit();
  });
  // After a sleep, timers are late and sockets dead: what is shown is read again at once.
  powerMonitor.on('resume', () => void desktop.readCatalog());
  quitInOrder(desktop, window, async () => {
    logs.end();
    await desktop.stopAll(STOP_MS);
    await engine.close();
    tray?.destroy();
  });
  note(`Smart Scanner ${app.getVersion()} on Electron ${process.versions.electron}, data in ${dataDir}`);
  hub.flush();
  if (!(process.argv.includes(HIDDEN) && tray !== null)) window.show();
  await desktop.readCatalog();
}

/** Asks where scans run, then ends them before the app ends. */
function quitInOrder(desktop: Desktop, window: MainWindow, end: () => Promise<void>): void {
  let state: 'running' | 'asking' | 'ending' | 'ended' = 'running';
  app.on('before-quit', (event) => {
    if (state === 'ended') return;
    event.preventDefault();
    if (state !== 'running') return;
    state = 'asking';
    void (async () => {
      if (!(await mayQuit(desktop.running))) {
        state = 'running';
        return;
      }
      state = 'ending';
      window.quitting();
      await end().catch((error: unknown) => appLog.error('ending', error));
      state = 'ended';
      app.quit();
    })();
  });
}

function makeTray(icons: string, act: (action: TrayAction) => void, note: (text: string) => void): AppTray | null {
  try {
    return new AppTray(icons, act);
  } catch (error) {
    note(`There is no tray: ${String(error)}`);
    return null;
  }
}

declareScheme();
if (app.requestSingleInstanceLock()) {
  main().catch((error: unknown) => {
    appLog.error('start', error);
    dialog.showErrorBox('Smart Scanner could not start', error instanceof Error ? error.message : String(error));
    app.exit(1);
  });
} else {
  app.quit();
}
