import type { App, FixScans, ScanHandle, ScanListener } from '../../engine/app/app.ts';
import type { AttemptStats } from '../../engine/runtime/runtime.ts';
import { isBusy, type RunView } from '../../shared/desktop-state.ts';
import { errorToJson, SmartScannerError, toSmartScannerError } from '../../shared/errors.ts';
import type { ScanChoices } from '../../shared/ipc.ts';
import { plain } from '../../shared/plain.ts';
import {
  defaultSettings,
  EXCLUDE_PRESETS,
  type LoadName,
  type ScanRequest,
  type ScanSettings,
} from '../../shared/settings.ts';
import type { StateHub } from './state-hub.ts';

const MAX_LINES = 20;
/** Scans that ended stay in the list until the app ends; more than this many make it no clearer. */
const MAX_RUNS = 20;

export interface DesktopOptions {
  readonly app: App;
  readonly hub: StateHub;
  readonly newId: () => string;
  readonly now: () => number;
  /** `<user>@<computer>`, for the log of who paused a scan. */
  readonly owner: string;
  /** Lines of every scan log, for the app's own log. */
  readonly log: (text: string) => void;
}

/** What can be otherwise while a scan runs. */
export interface ScanChange {
  readonly maxContainers?: number | null | undefined;
  readonly load?: LoadName | undefined;
}

/** What a run is of, before anything is known of it. */
type RunAbout = Pick<RunView, 'mountId' | 'mountPath' | 'mountName' | 'runtime' | 'host'>;

/** Which mount; without its id: the newest that has the name. */
export interface MountWish {
  readonly mountName: string;
  readonly mountId?: string | null | undefined;
}

function aboutOf(
  { mountPath, mountName, settings: { runtime, host } }: ScanRequest,
  { mountId = null }: Partial<MountWish> = {},
): RunAbout {
  return { mountId, mountPath, mountName, runtime, host };
}

/** What the app does with the engine: starts scans, keeps their state, and reads the catalog again after each. Knows no window. */
export class Desktop {
  readonly #options: DesktopOptions;
  readonly #handles = new Map<string, ScanHandle>();
  /** How each run of the list was begun. */
  readonly #begun = new Map<string, () => string>();
  #reading: Promise<void> = Promise.resolve();

  constructor(options: DesktopOptions) {
    this.#options = options;
  }

  get running(): readonly RunView[] {
    return Object.values(this.#options.hub.now.runs).filter(isBusy);
  }

  start(mountPath: string, mount: MountWish, choices: ScanChoices): string {
    const settings = { ...defaultSettings(), ...this.#usual(), ...defined(choices) };
    const request = { mountPath, mountName: mount.mountName, settings };
    return this.#begin(aboutOf(request, mount), (listener) => this.#options.app.commands.scan(request, listener));
  }

  /** With the settings of the last time; what is known by now makes a better plan than the first one was. */
  async again(mount: MountWish): Promise<string> {
    const last = await this.#last(mount);
    const { keepScans } = this.#options.hub.now.settings.scans;
    const request: ScanRequest = { ...last, settings: { ...last.settings, planWay: 'auto', keepScans } };
    return this.#begin(aboutOf(request, mount), (listener) => this.#options.app.commands.scan(request, listener));
  }

  async resume(mount: MountWish): Promise<string> {
    return this.#begin(aboutOf(await this.#last(mount), mount), (listener) =>
      this.#options.app.commands.resume(
        { mountName: mount.mountName, mountId: mount.mountId ?? null, changes: {} },
        listener,
      ),
    );
  }

  /** What was refused, as it was asked for. */
  repeat(runId: string): string {
    const begin = this.#begun.get(runId);
    if (begin !== undefined) return begin();
    throw new SmartScannerError('NO_SUCH_SCAN', 'That scan is not in the list any more.', { hint: 'Start it anew.' });
  }

  stop(runId: string, mode: 'graceful' | 'now'): void {
    this.#handles.get(runId)?.stop(mode);
    if (this.#handles.has(runId)) this.#change(runId, { stopping: true });
  }

  /** What is not there any more has ended meanwhile: nothing to pause. */
  async pause(runId: string): Promise<void> {
    await this.#handles.get(runId)?.pause(this.#options.owner);
  }

  async unpause(runId: string): Promise<void> {
    await this.#handles.get(runId)?.resume(this.#options.owner);
  }

  async sample(runId: string, chunkId: number): Promise<AttemptStats | null> {
    return (await this.#handles.get(runId)?.sample(chunkId)) ?? null;
  }

  async stopChunk(runId: string, chunkId: number): Promise<void> {
    await this.#handles.get(runId)?.stopChunk(chunkId, this.#options.owner);
  }

  change(runId: string, changes: ScanChange): void {
    this.#handles.get(runId)?.change(Object.fromEntries(Object.entries(changes).filter(([, is]) => is !== undefined)));
  }

  async retry(mount: MountWish, scanId: string): Promise<string> {
    const { mountName } = mount;
    return this.#begin(aboutOf(await this.#last(mount), mount), (listener) =>
      this.#options.app.commands.retry({ scanId, mountName, which: 'failed', changes: {} }, listener),
    );
  }

  /** Scans that a fix of the doctor starts: runs like any other, which end by themselves and not with the look that began them. */
  fixScans(began: (runId: string) => void): FixScans {
    const { commands } = this.#options.app;
    const pathOf = (mountName: string | null): string =>
      this.#options.hub.now.mounts?.find(({ name }) => name === mountName)?.path ?? '';
    const partly = (mountName: string | null): RunAbout => ({
      mountId: null,
      mountPath: pathOf(mountName),
      mountName: mountName ?? '',
      runtime: 'auto',
      host: null,
    });
    const keep = (about: RunAbout, heard: ScanListener, begin: (listener: ScanListener) => ScanHandle): ScanHandle => {
      const runId = this.#begin(about, (own) => begin(both(own, heard)));
      began(runId);
      const handle = this.#handles.get(runId);
      if (handle === undefined) throw new SmartScannerError('INTERNAL', 'The scan of a fix is not there.');
      return { ...handle, stop: () => undefined };
    };
    return {
      scan: (request, heard) => keep(aboutOf(request), heard, (listener) => commands.scan(request, listener)),
      resume: (request, heard) =>
        keep(partly(request.mountName), heard, (listener) => commands.resume(request, listener)),
      retry: (request, heard) =>
        keep(partly(request.mountName), heard, (listener) => commands.retry(request, listener)),
    };
  }

  /** null: no such scan runs in this app. Never rejects. */
  ended(scanId: string): Promise<unknown> | null {
    const run = this.running.find(({ snapshot }) => snapshot?.scanId === scanId);
    return (run === undefined ? undefined : this.#handles.get(run.runId))?.done.catch(() => null) ?? null;
  }

  dismiss(runId: string): void {
    if (!this.#handles.has(runId)) this.#forget(runId);
  }

  /** Stops every scan so that its workers commit what they have; settles when all have ended, or after the deadline. */
  async stopAll(deadlineMs: number): Promise<void> {
    const ends = [...this.#handles.values()].map((handle) => handle.done.catch(() => null));
    for (const runId of this.#handles.keys()) this.stop(runId, 'graceful');
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, deadlineMs).unref());
    await Promise.race([Promise.all(ends), deadline]);
  }

  /** Reads what the catalog knows; one after the other, never rejects. */
  readCatalog(): Promise<void> {
    this.#reading = this.#reading.then(async () => {
      const { app, hub } = this.#options;
      const catalogVersion = hub.now.catalogVersion + 1;
      try {
        const { mounts } = await app.queries.stats({ mountName: null, top: 0 });
        const unfinished = await app.queries.unfinished();
        hub.change({ mounts: plain(mounts), unfinished, catalogVersion, catalogProblem: null });
      } catch (error) {
        const failure = toSmartScannerError(error);
        // No catalog yet: nothing was scanned so far.
        const isNone = failure.code === 'CATALOG_OPEN' && /no catalog/iu.test(failure.message);
        hub.change({
          mounts: [],
          unfinished: [],
          catalogVersion,
          catalogProblem: isNone ? null : errorToJson(failure),
        });
      }
    });
    return this.#reading;
  }

  /** What the settings say of every new scan, but for the load: that is chosen anew in the sheet, which begins with theirs. */
  #usual(): Partial<ScanSettings> {
    const { chunkBytes, chunkEntries, maxContainers, cpus, memoryBytes, retries, keepScans, withoutLitter } =
      this.#options.hub.now.settings.scans;
    const scans = { chunkBytes, chunkEntries, maxContainers, cpus, memoryBytes, retries, keepScans };
    return { ...scans, excludes: withoutLitter ? [...(EXCLUDE_PRESETS['nas'] ?? [])] : [] };
  }

  /** What its newest scan was asked to do. */
  async #last({ mountName, mountId = null }: MountWish): Promise<ScanRequest> {
    const last = await this.#options.app.queries.lastRequest(mountName, mountId);
    if (last !== null) return last;
    throw new SmartScannerError('NO_SUCH_MOUNT', `"${mountName}" has not been scanned yet.`, {
      hint: 'Start a scan of it first.',
    });
  }

  #begin(about: RunAbout, begin: (listener: ScanListener) => ScanHandle): string {
    const { hub, newId, now } = this.#options;
    this.#forgetOld(about);
    const runId = newId();
    const run: RunView = {
      runId,
      ...about,
      phase: 'starting',
      stopping: false,
      startedAtMs: now(),
      lines: [],
      snapshot: null,
      error: null,
      durationMs: null,
    };
    hub.change({ runs: { [runId]: run } });
    this.#begun.set(runId, () => this.#begin(about, begin));
    const handle = begin(this.#listener(runId));
    this.#handles.set(runId, handle);
    void this.#follow(runId, handle);
    return runId;
  }

  async #follow(runId: string, handle: ScanHandle): Promise<void> {
    try {
      const outcome = await handle.done;
      this.#change(runId, { phase: 'ended', durationMs: outcome.durationMs });
    } catch (error) {
      const failure = toSmartScannerError(error);
      this.#options.log(`${failure.code}: ${failure.message}`);
      this.#change(runId, { phase: 'refused', error: errorToJson(failure) });
    } finally {
      this.#handles.delete(runId);
      await this.readCatalog();
    }
  }

  #listener(runId: string): ScanListener {
    let merged = -1;
    return {
      snapshot: (snapshot) => {
        this.#change(runId, { phase: 'scanning', snapshot: plain(snapshot) });
        // The first snapshot: its scan can be seen in the catalog by now.
        if (merged < 0) void this.readCatalog();
        merged = snapshot.chunks.done;
      },
      log: (line) => (line.level === 'ERROR' ? this.#options.log(line.text) : undefined),
      progress: (line) => {
        const lines = this.#options.hub.now.runs[runId]?.lines ?? [];
        this.#change(runId, { lines: [...lines, line].slice(-MAX_LINES) });
      },
    };
  }

  #change(runId: string, change: Partial<RunView>): void {
    const run = this.#options.hub.now.runs[runId];
    if (run !== undefined) this.#options.hub.change({ runs: { [runId]: { ...run, ...change } } });
  }

  /** Those that ended before, of this mount first. */
  #forgetOld({ mountName, mountPath }: RunAbout): void {
    const ended = Object.values(this.#options.hub.now.runs).filter((run) => !isBusy(run));
    const old = ended.filter((run) => run.mountName === mountName && run.mountPath === mountPath);
    const tooMany = ended.slice(0, Math.max(0, ended.length - MAX_RUNS));
    for (const { runId } of new Set([...old, ...tooMany])) this.#forget(runId);
  }

  #forget(runId: string): void {
    this.#begun.delete(runId);
    this.#options.hub.dismiss(runId);
  }
}

function both(own: ScanListener, heard: ScanListener): ScanListener {
  return {
    snapshot: (snapshot) => {
      own.snapshot(snapshot);
      heard.snapshot(snapshot);
    },
    log: (line) => {
      own.log(line);
      heard.log(line);
    },
    progress: (line) => {
      own.progress(line);
      heard.progress(line);
    },
  };
}

function defined(choices: ScanChoices): Partial<ScanRequest['settings']> {
  return Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== undefined));
}
