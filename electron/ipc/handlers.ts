import type { App } from '../../engine/app/app.ts';
import { plain } from '../../shared/plain.ts';
import type { Desktop } from '../app/desktop.ts';
import type { DoctorSessions } from '../app/doctor-sessions.ts';
import type { SettingsKeeper } from '../app/settings-keeper.ts';
import type { StateHub } from '../app/state-hub.ts';
import type { Handlers } from './answer.ts';
import { fileHandlers, type FileContext } from './file-handlers.ts';
import type { LogStreams } from './log-handlers.ts';

/** Building the image may be part of it. */
const BROWSE_MS = 600_000;
export interface HandlerContext {
  readonly app: App;
  readonly desktop: Desktop;
  readonly hub: StateHub;
  readonly settings: SettingsKeeper;
  readonly logs: LogStreams;
  readonly files: FileContext;
  readonly askFolder: (from: string) => Promise<string | null>;
  readonly restart: () => void;
  readonly doctor: DoctorSessions;
  readonly copy: (text: string) => void;
  readonly testNotice: () => void;
  readonly hideWindow: () => void;
}

/** Each request of the map, answered by the engine or the app. */
export function handlersOf(context: HandlerContext): Handlers {
  const { app, desktop, hub, settings, doctor } = context;
  return {
    'state.get': () => {
      hub.flush();
      return hub.shown;
    },
    'settings.change': async (change) => {
      await settings.change(change);
      return null;
    },
    'settings.dataDir': async ({ usual }) => {
      const dataDir = usual ? null : await context.askFolder(hub.now.dataDir);
      if (!usual && dataDir === null) return null;
      await settings.changeDataDir(dataDir);
      return { dataDir };
    },
    'app.restart': () => {
      context.restart();
      return null;
    },
    'hosts.look': () => app.queries.hostReports(),
    'mounts.browse': (request) => app.queries.browse(request, () => undefined, AbortSignal.timeout(BROWSE_MS)),
    'scan.start': ({ mountPath, mountName, choices }) => ({ runId: desktop.start(mountPath, mountName, choices) }),
    'scan.again': async ({ mountName }) => ({ runId: await desktop.again(mountName) }),
    'scan.resume': async ({ mountName }) => ({ runId: await desktop.resume(mountName) }),
    'scan.stop': ({ runId, mode }) => {
      desktop.stop(runId, mode);
      return null;
    },
    'scan.pause': async ({ runId }) => {
      await desktop.pause(runId);
      return null;
    },
    'scan.unpause': async ({ runId }) => {
      await desktop.unpause(runId);
      return null;
    },
    'scan.change': ({ runId, changes }) => {
      desktop.change(runId, changes);
      return null;
    },
    'scan.retry': ({ mountName, mountPath, scanId }) => ({ runId: desktop.retry(mountName, mountPath, scanId) }),
    'scan.dismiss': ({ runId }) => {
      desktop.dismiss(runId);
      return null;
    },
    'scan.history': async ({ limit }) => plain(await app.queries.scans({ mountName: null, limit })),
    'scan.certificate': async ({ scanId }) => plain(await app.queries.certificate({ scanId, mountName: null })),
    'scan.chunks': ({ scanId }) => app.queries.chunks(scanId),
    'scan.chunk': ({ scanId, chunkId }) => app.queries.chunk(scanId, chunkId),
    ...fileHandlers(context.files),
    ...context.logs.handlers,
    'doctor.open': ({ symptom, scanId }, asker) => doctor.open(asker.id, symptom, scanId),
    'doctor.more': ({ session, symptom, wakeDisks }, asker) => doctor.more(asker.id, session, symptom, wakeDisks),
    'doctor.enough': ({ session }, asker) => {
      doctor.enough(asker.id, session);
      return null;
    },
    'doctor.fix': ({ session, fixId }, asker) => {
      doctor.fix(asker.id, session, fixId);
      return null;
    },
    'doctor.mute': async (request) => {
      await app.commands.mute(request);
      return null;
    },
    'doctor.bundle': ({ session, hashPaths }, asker) => doctor.contents(asker.id, session, hashPaths),
    'doctor.save': async ({ session }, asker) => ({ path: await doctor.save(asker.id, session) }),
    'doctor.close': ({ session }, asker) => {
      doctor.close(asker.id, session);
      return null;
    },
    'clipboard.copy': ({ text }) => {
      context.copy(text);
      return null;
    },
    'notice.test': () => {
      context.testNotice();
      return null;
    },
    'window.hide': () => {
      context.hideWindow();
      return null;
    },
  };
}
