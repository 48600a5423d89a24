import type { App } from '../../engine/app/app.ts';
import { SmartScannerError } from '../../shared/errors.ts';
import type { Events } from '../../shared/ipc.ts';
import { plain } from '../../shared/plain.ts';
import { parseShareTarget, shareKey, type ShareTarget } from '../../shared/share-target.ts';
import { openHere, type Opener } from '../app/open-here.ts';
import type { StateHub } from '../app/state-hub.ts';
import type { Handlers } from './answer.ts';

/** What windows look for and write just now: one search a list, one export a window. Ends with the window. */
export class FileAsks {
  readonly searches = new Map<string, AbortController>();
  readonly exports = new Map<number, AbortController>();

  closeAll(window: number): void {
    for (const [key, ending] of this.searches) if (key.startsWith(`${window} `)) ending.abort(gone());
    this.exports.get(window)?.abort(gone());
  }
}

function gone(): SmartScannerError {
  return new SmartScannerError('INTERRUPTED', 'The window that asked is gone.');
}

export interface FileContext {
  readonly app: App;
  readonly asks: FileAsks;
  readonly hub: StateHub;
  readonly platform: string;
  readonly opener: Opener;
  /** Asks where to save; null: nowhere. */
  readonly askWhere: (suggested: string) => Promise<string | null>;
  readonly send: (window: number, event: Events['export']) => void;
}

type FileRequests =
  'files.listing' | 'files.find' | 'files.totals' | 'files.open' | 'files.export' | 'files.exportStop';

/** What the place Files asks for. A search ends when its window asks for another one; an export, when it is told to; both with the window. */
export function fileHandlers(context: FileContext): Pick<Handlers, FileRequests> {
  const { app, hub, platform } = context;
  const { searches, exports } = context.asks;
  const mountOf = (mountId: string) => {
    const mount = hub.now.mounts?.find((one) => one.mountId === mountId);
    if (mount === undefined) throw new SmartScannerError('NO_SUCH_MOUNT', 'There is no such mount point.');
    return mount;
  };
  return {
    'files.listing': async (request) => plain(await app.queries.filesIn(request)),
    'files.totals': async (request) => plain(await app.queries.totals(request)),
    'files.find': async ({ query, after, limit, list }, asker) => {
      const key = `${asker.id} ${list}`;
      searches.get(key)?.abort(new SmartScannerError('INTERRUPTED', 'Another search took its place.'));
      const ending = new AbortController();
      searches.set(key, ending);
      try {
        return plain(await app.queries.find(query, after, limit, ending.signal));
      } finally {
        if (searches.get(key) === ending) searches.delete(key);
      }
    },
    'files.open': async ({ mountId, path, isDirectory }) => {
      const mount = mountOf(mountId);
      const typed = hub.now.settings.shares[shareKey(mount)];
      const parsed = typed === undefined ? null : parseShareTarget(typed, platform);
      const target: ShareTarget | null =
        parsed?.ok === true ? parsed.value : mount.hostKind === 'process' ? { kind: 'local', root: mount.path } : null;
      if (target === null)
        throw new SmartScannerError('NOT_MAPPED', `Where ${mount.name} is on this computer is not known yet.`, {
          hint: 'Say it in the settings, under Shares.',
        });
      await openHere({ target, path, isDirectory, platform }, context.opener);
      return null;
    },
    'files.export': async ({ query }, asker) => {
      const mount = mountOf(query.mountId);
      const path = await context.askWhere(`${fileName(mount.name)}.csv`);
      if (path === null) return null;
      exports.get(asker.id)?.abort();
      const ending = new AbortController();
      exports.set(asker.id, ending);
      try {
        const onRows = (rows: number): void => context.send(asker.id, { rows });
        const rows = await app.commands.exportFiles(query, { path, mountPath: mount.path }, onRows, ending.signal);
        return { path, rows };
      } catch (error) {
        if (ending.signal.aborted) return null;
        throw error;
      } finally {
        if (exports.get(asker.id) === ending) exports.delete(asker.id);
      }
    },
    'files.exportStop': (_nothing, asker) => {
      exports.get(asker.id)?.abort();
      return null;
    },
  };
}

/** What every file system takes for a name. */
function fileName(name: string): string {
  return (
    name
      .replace(/[^\p{L}\p{N} ._-]/gu, '_')
      .replace(/^\.+/u, '')
      .slice(0, 80) || 'files'
  );
}
