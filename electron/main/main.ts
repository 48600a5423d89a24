import './older-electron.ts';
import { app, clipboard, dialog, nativeTheme, powerMonitor, shell } from 'electron';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { dataDirOf } from '../../engine/app/data-dir.ts';
import { ownerOf } from '../../engine/app/places.ts';
import type { DesktopSettings } from '../../shared/desktop-settings.ts';
import type { Destination } from '../../shared/ipc.ts';
import { Desktop } from '../app/desktop.ts';
import { HostsKeeper } from '../app/hosts-keeper.ts';
import { Questions } from '../app/questions.ts';
import { DoctorSessions } from '../app/doctor-sessions.ts';
import { SettingsKeeper } from '../app/settings-keeper.ts';
import { SettingsStore } from '../app/settings-store.ts';
import { StateHub } from '../app/state-hub.ts';
import { handlersOf } from '../ipc/handlers.ts';
import { FileAsks } from '../ipc/file-handlers.ts';
import { LogStreams } from '../ipc/log-handlers.ts';
import { serveRequests } from '../ipc/serve.ts';
import { Notifier } from '../notify/notifier.ts';
import { noticeChanges } from '../notify/view-model.ts';
import { hasPanel } from '../tray/has-panel.ts';
import { openTray } from '../tray/tray.ts';
import { trayView, type TrayAction } from '../tray/view-model.ts';
import { declareScheme, serveFiles } from '../windows/app-protocol.ts';
import { setAppMenu } from '../windows/app-menu.ts';
import { MainWindow } from '../windows/main-window.ts';
import { refuseEverythingElse } from '../windows/refusals.ts';
import { openAppLog } from './app-log.ts';
import { askFile, askFolder, askWhere } from './ask.ts';
import { HIDDEN } from './autostart.ts';
import { composeEngine } from './compose.ts';
import { lacksGraphicsCard } from './graphics.ts';
import { KeepAwake } from './keep-awake.ts';
import { locations } from './locations.ts';
import { startAtLogin } from './login-item.ts';
import { quitInOrder } from './quit.ts';
import { appSecrets } from './secrets.ts';

/** How long a scan gets to stop when the app is to end; its workers commit within 3 s. */
const STOP_MS = 20_000;

/** The composition root of the desktop app: builds everything, and nothing else. */
async function main(): Promise<void> {
  const userData = app.getPath('userData');
  const { path: appLogPath, note, failed } = openAppLog();
  const store = new SettingsStore(join(userData, 'settings.json'));
  const places = locations();
  const panel = hasPanel();
  const [saved] = await Promise.all([store.read(), app.whenReady()]);
  refuseEverythingElse(note);
  await serveFiles(places.pages);
  const isDataDirFixed = (process.env['SMART_SCANNER_DATA_DIR'] ?? '') !== '';
  const dataDir = dataDirOf(isDataDirFixed ? undefined : (saved.settings.dataDir ?? undefined), process.env);
  const hub = new StateHub({
    version: app.getVersion(),
    platform: process.platform,
    dataDir,
    usualDataDir: isDataDirFixed ? dataDir : dataDirOf(undefined, process.env),
    isDataDirFixed,
    computer: hostname(),
    hasTray: false,
    settings: saved.settings,
    settingsNote: saved.note,
    runs: {},
    mounts: null,
    unfinished: null,
    hosts: {},
    question: null,
    catalogVersion: 0,
    catalogProblem: null,
  });
  const questions = new Questions(hub, uuidv7, () => window.show());
  const engine = composeEngine(places, dataDir, {
    version: app.getVersion(),
    hostKeys: questions,
    secrets: appSecrets(join(userData, 'secrets.json'), questions),
  });
  const hosts = new HostsKeeper({
    app: engine,
    hub,
    now: Date.now,
    keys: questions.keys,
    quietly: (work) => questions.quietly(work),
  });
  const desktop = new Desktop({
    app: engine,
    hub,
    newId: uuidv7,
    now: Date.now,
    owner: ownerOf(process.env),
    log: note,
  });
  const keepAwake = new KeepAwake();
  let atLogin: boolean | null = null;
  const settings = new SettingsKeeper(store, hub, process.platform, (now: DesktopSettings) => {
    nativeTheme.themeSource = now.theme;
    if (app.isPackaged && atLogin !== now.startAtLogin) startAtLogin(now.startAtLogin).catch(failed('start at login'));
    atLogin = now.startAtLogin;
    keepAwake.look(hub.now);
  });
  const window = new MainWindow({
    preload: places.preload,
    icon: join(places.icons, 'icon-256.png'),
    stateFile: join(userData, 'window.json'),
    log: note,
    closing: async () => {
      const hasTrayNow = await hasPanel();
      hub.change({ hasTray: hasTrayNow });
      if (!hub.now.settings.trayHintShown) {
        notifier.hint(hasTrayNow);
        settings.change({ trayHintShown: true }).catch(failed('settings'));
      }
      return hasTrayNow ? 'hide' : 'minimize';
    },
    gone: (contentsId) => {
      logs.closeAll(contentsId);
      doctor.closeAll(contentsId);
      files.closeAll(contentsId);
    },
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
  const doctor = new DoctorSessions({
    app: engine,
    desktop,
    send: (contentsId, event) => window.sendTo(contentsId, 'doctor', event),
    askPlace: (name) => window.askPlace(join(app.getPath('documents'), name)),
    now: Date.now,
  });
  const go = (destination: Destination): void => window.show(destination);
  const notifier = new Notifier(go);
  const act = (action: TrayAction): void => {
    if (action.kind === 'open') window.show(action.destination);
    else if (action.kind === 'stop') desktop.stop(action.runId, 'graceful');
    else if (action.kind === 'pause') desktop.pause(action.runId).catch(failed('pause'));
    else if (action.kind === 'unpause') desktop.unpause(action.runId).catch(failed('resume'));
    else app.quit();
  };
  setAppMenu(process.platform);
  const files = new FileAsks();
  /** Where a person says yes to quitting, it starts again. */
  let isRestarting = false;
  const tray = openTray(places.icons, act, failed('tray'));
  hub.onPatch((patch) => window.send('state', patch));
  hub.onChange((state, before) => {
    tray?.show(trayView(state));
    notifier.apply(noticeChanges(state, before));
    keepAwake.look(state);
  });
  serveRequests(
    handlersOf({
      app: engine,
      desktop,
      hub,
      settings,
      hosts,
      questions,
      logs,
      doctor,
      files: {
        app: engine,
        asks: files,
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
      askFile,
      restart: () => {
        isRestarting = true;
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
  // After a sleep, timers are late and sockets dead: what is shown is read again at once.
  powerMonitor.on('resume', () => {
    engine.commands.wake();
    void desktop.readCatalog();
    hosts.look().catch((error: unknown) => note(String(error)));
  });
  quitInOrder({
    running: () => desktop.running,
    hasTray: () => hub.now.hasTray,
    begin: () => window.quitting(),
    end: async () => {
      logs.end();
      await desktop.stopAll(STOP_MS);
      await engine.close();
      tray?.destroy();
      window.end();
      if (isRestarting) app.relaunch();
    },
    kept: () => {
      isRestarting = false;
    },
    failed: failed('ending'),
  });
  note(`Smart Scanner ${app.getVersion()} on Electron ${process.versions.electron}, data in ${dataDir}`);
  hub.flush();
  tray?.show(trayView(hub.now));
  // Whoever started it by hand waits for nothing but the window.
  if (!process.argv.includes(HIDDEN)) window.show();
  const reading = desktop.readCatalog();
  const hasTray = await panel;
  hub.change({ hasTray });
  if (!hasTray) window.show();
  await reading;
}

if (lacksGraphicsCard(process.platform, existsSync)) app.disableHardwareAcceleration();
declareScheme();
if (app.requestSingleInstanceLock()) {
  main().catch((error: unknown) => {
    dialog.showErrorBox('Smart Scanner could not start', error instanceof Error ? error.message : String(error));
    app.exit(1);
  });
} else {
  app.quit();
}
