import { join } from 'node:path';
import type { App } from '../../engine/app/app.ts';
import type { LogSection } from '../../engine/log/log-filter.ts';
import { LogViewer, type ViewerOptions } from '../../engine/log/viewer.ts';
import { SmartScannerError } from '../../shared/errors.ts';
import type { Events, LogSource } from '../../shared/ipc.ts';
import { keepAttemptLog } from '../app/attempt-log-file.ts';
import type { StateHub } from '../app/state-hub.ts';
import type { Asker, Handlers } from './answer.ts';

/** Enough to find a scan in the list of all of them. */
const MANY_SCANS = 10_000;
/** What a clipboard takes without a hitch. */
const COPY_CHARACTERS = 5_000_000;

export interface LogContext {
  readonly app: App;
  readonly hub: StateHub;
  readonly appLogPath: string;
  /** For logs of workers that run. */
  readonly liveLogs: string;
  readonly viewer: Pick<ViewerOptions, 'bundle' | 'nodePath'>;
  readonly copy: (text: string) => void;
  readonly askWhere: (suggested: string) => Promise<string | null>;
  readonly reveal: (path: string) => void;
  readonly send: (window: number, event: Events['log']) => void;
}

interface Stream {
  readonly stream: number;
  readonly path: string;
  readonly viewer: LogViewer;
  readonly end: () => void;
}

type LogRequests =
  'log.open' | 'log.filter' | 'log.lines' | 'log.problem' | 'log.copy' | 'log.export' | 'log.reveal' | 'log.close';

/** Logs that windows look at, one each: opening another ends the one before, and a window that goes ends its own. */
export class LogStreams {
  readonly #context: LogContext;
  readonly #open = new Map<number, Stream>();
  #last = 0;

  constructor(context: LogContext) {
    this.#context = context;
  }

  readonly handlers: Pick<Handlers, LogRequests> = {
    'log.open': async ({ source, filter }, asker) => {
      const { path, section, end } = await this.#find(source);
      this.closeAll(asker.id);
      this.#last += 1;
      const stream = this.#last;
      const viewer = new LogViewer({
        ...this.#context.viewer,
        path,
        section,
        filter,
        onStatus: (status) => this.#context.send(asker.id, { stream, status }),
      });
      this.#open.set(asker.id, { stream, path, viewer, end });
      return { stream, path };
    },
    'log.filter': async ({ stream, filter }, asker) => {
      await this.#of(stream, asker).viewer.filter(filter);
      return null;
    },
    'log.lines': ({ stream, from, count }, asker) => this.#of(stream, asker).viewer.ask('lines', { from, count }),
    'log.problem': async ({ stream, from, forward }, asker) => ({
      position: await this.#of(stream, asker).viewer.ask('problem', { from, forward }),
    }),
    'log.copy': async ({ stream, from, to }, asker) => {
      const request = { from, to, maxCharacters: COPY_CHARACTERS };
      const { text, lines } = await this.#of(stream, asker).viewer.ask('text', request);
      this.#context.copy(text);
      return { lines };
    },
    'log.export': async ({ stream }, asker) => {
      const { viewer, path } = this.#of(stream, asker);
      const to = await this.#context.askWhere(path.replace(/^.*[/\\]/u, ''));
      if (to === null) return null;
      if (to === path)
        throw new SmartScannerError('EXPORT_FAILED', 'This is the log itself.', { hint: 'Choose another place.' });
      return { path: to, lines: await viewer.ask('save', { path: to }) };
    },
    'log.reveal': ({ stream }, asker) => {
      this.#context.reveal(this.#of(stream, asker).path);
      return null;
    },
    'log.close': ({ stream }, asker) => {
      if (this.#open.get(asker.id)?.stream === stream) this.closeAll(asker.id);
      return null;
    },
  };

  closeAll(window: number): void {
    const open = this.#open.get(window);
    this.#open.delete(window);
    open?.viewer.close();
    open?.end();
  }

  end(): void {
    for (const window of [...this.#open.keys()]) this.closeAll(window);
  }

  #of(stream: number, asker: Asker): Stream {
    const open = this.#open.get(asker.id);
    if (open?.stream !== stream) throw new SmartScannerError('INTERRUPTED', 'This log is not shown any more.');
    return open;
  }

  async #find(source: LogSource): Promise<{ path: string; section: LogSection | null; end: () => void }> {
    const { app, appLogPath, liveLogs } = this.#context;
    const nothing = (): void => undefined;
    if (source.kind === 'app') return { path: appLogPath, section: null, end: nothing };
    if (source.kind === 'scan') return { path: await this.#scanLog(source.scanId), section: null, end: nothing };
    const { scanId, chunkId, attemptId } = source;
    const { attempts } = await app.queries.chunk(scanId, chunkId);
    const attempt = attempts.find((one) => one.attemptId === attemptId);
    if (attempt === undefined) throw new SmartScannerError('NO_SUCH_CHUNK', `Chunk ${chunkId} has no such try.`);
    if (attempt.endedAtMs !== null)
      return { path: await this.#scanLog(scanId), section: { chunkId, attemptId }, end: nothing };
    const path = join(liveLogs, `${attemptId}.log`);
    return {
      path,
      section: null,
      end: keepAttemptLog((...asked) => app.queries.followAttempt(...asked), attemptId, path),
    };
  }

  async #scanLog(scanId: string): Promise<string> {
    const { app, hub } = this.#context;
    const live = Object.values(hub.now.runs).find((run) => run.snapshot?.scanId === scanId)?.snapshot;
    if (live !== undefined && live !== null) return live.logPath;
    const scans = await app.queries.scans({ mountName: null, limit: MANY_SCANS });
    const scan = scans.find((one) => one.scanId === scanId);
    if (scan === undefined) throw new SmartScannerError('NO_SUCH_SCAN', `There is no scan ${scanId}.`);
    return scan.logPath;
  }
}
