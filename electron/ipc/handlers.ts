import type { App } from '../../engine/app/app.ts';
import { plain } from '../../shared/plain.ts';
import type { Desktop } from '../app/desktop.ts';
import type { HostsKeeper } from '../app/hosts-keeper.ts';
import type { Questions } from '../app/questions.ts';
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
  readonly hosts: HostsKeeper;
  readonly questions: Questions;
  readonly logs: LogStreams;
  readonly files: FileContext;
  readonly askFolder: (from: string) => Promise<string | null>;
  readonly askFile: () => Promise<string | null>;
  readonly restart: () => void;
  readonly doctor: DoctorSessions;
  readonly copy: (text: string) => void;
  readonly testNotice: () => void;
  readonly hideWindow: () => void;
}

/** Each request of the map, answered by the engine or the app. */
export function handlersOf(context: HandlerContext): Handlers {
  const { app, desktop, hub, settings, hosts, questions, doctor } = context;
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
    'hosts.look': async () => {
      await hosts.look();
      return null;
    },
    'hosts.check': async ({ key }) => ({ key: await hosts.check(key) }),
    'hosts.add': async (entry) => ({ key: await hosts.add(entry) }),
    'hosts.edit': async ({ key, ...entry }) => ({ key: await hosts.edit(key, entry) }),
    'hosts.prepare': async ({ key }) => {
      await hosts.prepare(key);
      return null;
    },
    'hosts.remove': async ({ key }) => {
      await hosts.remove(key);
      return null;
    },
    'hosts.default': async ({ key }) => {
      await hosts.setDefault(key);
      return null;
    },
    'hosts.purge': ({ key, remove, catalog }) => hosts.purge(key, { remove, catalog }),
    'hosts.pickFile': async () => {
      const path = await context.askFile();
      return path === null ? null : { path };
    },
    'hosts.answer': ({ id, answer }) => {
      questions.answer(id, answer);
      return null;
    },
    'hosts.ours': async ({ key, remove }) => {
      const { kind, host } = hosts.view(key);
      const where = kind === 'process' ? ({ runtime: 'process' } as const) : ({ runtime: 'docker', host } as const);
      const [{ items }, images] = await Promise.all([app.commands.cleanup({ remove, where }), hosts.images(key)]);
      return { items, images };
    },
    'mounts.places': async (choice) =>
      plain(await app.queries.places(choice, () => undefined, AbortSignal.timeout(BROWSE_MS))),
    'mounts.browse': (request) => app.queries.browse(request, () => undefined, AbortSignal.timeout(BROWSE_MS)),
    'scan.preview': ({ mountId, choices: { chunkBytes: bytes, chunkEntries: entries } }) =>
      app.queries.planPreview({ mountId, limits: { bytes, entries } }),
    'scan.start': ({ mountPath, mountName, mountId, choices }) => ({
      runId: desktop.start(mountPath, { mountName, mountId }, choices),
    }),
    'scan.again': async (mount) => ({ runId: await desktop.again(mount) }),
    'scan.repeat': ({ runId }) => ({ runId: desktop.repeat(runId) }),
    'scan.resume': async (mount) => ({ runId: await desktop.resume(mount) }),
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
    'scan.sample': ({ runId, chunkId }) => desktop.sample(runId, chunkId),
    'scan.stopChunk': async ({ runId, chunkId }) => {
      await desktop.stopChunk(runId, chunkId);
      return null;
    },
    'scan.change': ({ runId, changes }) => {
      desktop.change(runId, changes);
      return null;
    },
    'scan.retry': async ({ scanId, ...mount }) => ({ runId: await desktop.retry(mount, scanId) }),
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
    'doctor.open': ({ symptom, scanId, host }, asker) => doctor.open(asker.id, symptom, scanId, host),
    'doctor.more': ({ session, symptom, wakeDisks }, asker) => doctor.more(asker.id, session, symptom, wakeDisks),
    'doctor.enough': ({ session }, asker) => {
      doctor.enough(asker.id, session);
      return null;
    },
    'doctor.fix': ({ session, findingKey, fixId }, asker) => {
      doctor.fix(asker.id, session, findingKey, fixId);
      return null;
    },
    'doctor.section': ({ findingId }) => app.queries.section(findingId),
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
