import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { deferred } from '../../shared/deferred.ts';
import { SmartScannerError } from '../../shared/errors.ts';
import type { PlanWay, ScanRequest } from '../../shared/settings.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import { withReconnect } from '../runtime/reconnecting.ts';
import type { OpenedScan, UnfinishedScan } from '../catalog/api.ts';
import type { LogLine, ScanLog } from '../log/scan-log.ts';
import { localStamp } from '../log/format.ts';
import { running } from '../catalog/running.ts';
import { createScanLog } from '../log/scan-log-file.ts';
import { systemClock } from '../scan/clock.ts';
import { catalogWithDiskPause, DiskPause, runtimeWithDiskPause } from '../scan/disk-pause.ts';
import { Gate } from '../scan/gate.ts';
import { HostSight } from '../scan/host-sight.ts';
import { probeLines } from '../scan/preflight.ts';
import { Patience, withPatience } from '../scan/patience.ts';
import { ScanRunner, type ScanEnd } from '../scan/runner.ts';
import { SleepWatch } from '../scan/sleep-watch.ts';
import type { Control, Controlled } from '../scan/scan-control.ts';
import type { ScanHandle, ScanListener, ScanOutcome } from './app.ts';
import { AskInbox } from './asks.ts';
import { LiveStateWriter } from './live-state.ts';
import { hostOf, prepare, type AppShared, type Prepared } from './prepare.ts';
import { holdMount, type HeldMount } from './take-over-lease.ts';

/** What stands in the catalog of a scan that begins or goes on: its row is open, its lock held. */
export interface Begun {
  readonly log: ScanLog;
  readonly scanId: string;
  readonly mountId: string;
  readonly hostId: string;
  readonly way: PlanWay;
  /** null: a new one. */
  readonly opened: OpenedScan | null;
  /** Only parts of a scan that was closed are tried again. */
  readonly inParts: boolean;
}

/** Starts a scan at once; what can go wrong before its first chunk rejects `done`. */
export function startScan(shared: AppShared, request: ScanRequest, listener: ScanListener): ScanHandle {
  return runScan(shared, listener, () => Promise.resolve(planNew(shared, request, false, listener)));
}

export function planNew(
  shared: AppShared,
  request: ScanRequest,
  takeOver: boolean,
  listener: ScanListener,
): ScanPlanned {
  const scanId = uuidv7();
  return { request, scanId, takeOver, begin: (prepared) => register(shared, scanId, request, prepared, listener) };
}

export interface ScanPlanned {
  readonly request: ScanRequest;
  readonly scanId: string;
  /** From whoever holds the mount on its host. */
  readonly takeOver: boolean;
  readonly begin: (prepared: Prepared) => Promise<Begun>;
}

/** `decide`: what is to be scanned, and how it gets into the catalog once everything is checked. */
export function runScan(
  shared: AppShared,
  listener: ScanListener,
  decide: (signal: AbortSignal) => Promise<ScanPlanned>,
): ScanHandle {
  const stopping = new AbortController();
  const hurry = new AbortController();
  const patience = new Patience(hurry.signal, systemClock);
  let runner: ScanRunner | null = null;
  let wanted: 'graceful' | 'now' | null = null;
  const running = deferred<ScanRunner>();
  // Nobody may ever ask anything of it.
  running.promise.catch(() => undefined);
  const done = run();
  // Whoever asked awaits it; a stop before that must not count as unhandled.
  done.catch((error: unknown) => running.reject(error));
  const control = async (kind: Control['kind'], chunkId: number | null, by: string): Promise<Controlled> =>
    await (await running.promise).control({ kind, chunkId, by });
  return {
    done,
    stop,
    change: (change) => runner?.change(change),
    sample: async (id) => (await runner?.sample(id)) ?? null,
    pause: (by) => control('pause', null, by),
    resume: (by) => control('resume', null, by),
    pauseChunk: (id, by) => control('pause', id, by),
    resumeChunk: (id, by) => control('resume', id, by),
    stopChunk: (id, by) => control('stop', id, by),
  };

  function stop(mode: 'graceful' | 'now'): void {
    wanted = mode;
    stopping.abort();
    if (mode === 'now') hurry.abort();
    runner?.stop(mode);
  }

  async function run(): Promise<ScanOutcome> {
    const startedAtMs = systemClock.now();
    const planned = await decide(stopping.signal);
    const { request } = planned;
    const preparing = (): Promise<Prepared> => prepare(shared, request, listener, stopping.signal);
    const prepared = await patience.wait(preparing).catch((error: unknown) => {
      if (stopping.signal.aborted) throw new SmartScannerError('INTERRUPTED', 'Stopped before the scan began.');
      throw error;
    });
    const wantedMount = { ...planned, mountPath: request.mountPath, mountName: request.mountName };
    const holding = (): Promise<HeldMount> =>
      holdMount(shared, prepared, wantedMount, (line) => listener.progress(line), stopping.signal);
    const held = await patience.wait(holding);
    try {
      return await goThrough(planned, prepared, held, startedAtMs);
    } finally {
      // Begun in any case: only how long it is waited for depends on who is in a hurry.
      const ended = held.end();
      await patience.wait(() => ended).catch(() => undefined);
    }
  }

  async function goThrough(
    { request, begin }: ScanPlanned,
    prepared: Prepared,
    held: HeldMount,
    startedAtMs: number,
  ): Promise<ScanOutcome> {
    const begun = await begin(prepared);
    shared.directories.keep();
    const { log, scanId } = begun;
    held.watch(log, () => stop('graceful'));
    const inbox = new AskInbox(shared.places.live, scanId, ({ kind, chunkId, by }) => control(kind, chunkId, by));
    const live = new LiveStateWriter(shared.places.live, scanId);
    try {
      const end = await runWith(begun, request, prepared, live, startedAtMs);
      return { ...end, logPath: log.path, published: end.certificate.published };
    } catch (error) {
      // Nobody must wait for a scan that never came to run.
      running.reject(error);
      throw error;
    } finally {
      await inbox.end();
      await live.end();
      await log.close();
    }
  }

  async function runWith(
    { log, scanId, mountId, hostId, way, opened, inParts }: Begun,
    request: ScanRequest,
    { pick, tuning, probe, boundPath }: Prepared,
    live: LiveStateWriter,
    startedAtMs: number,
  ): Promise<ScanEnd> {
    const { items } = await shared.catalog().quarantined({ mountId });
    if (items.length > 0 && !inParts)
      log.warn(`QUARANTINE ${items.length} directories set aside by earlier scans are tried last, alone`);
    const gate = new Gate(() => systemClock.now());
    const { dataDir } = shared.places;
    const disk = new DiskPause({
      gate,
      clock: systemClock,
      log,
      dirs: [dataDir, shared.places.spools[pick.runtime.kind]],
      timeoutMs: request.settings.pauseTimeoutMs,
    });
    const host = new HostSight(log, () => systemClock.now());
    const reconnecting = withReconnect(pick.runtime, host, hurry.signal);
    runner = new ScanRunner(
      {
        catalog: catalogWithDiskPause(shared.catalog(), disk),
        runtime: runtimeWithDiskPause(withPatience(reconnecting, patience), disk),
        host,
        gate,
        disk,
        neighbours: shared.neighbours,
        foundNeighbours: probe.neighbours ?? null,
        info: pick.info,
        log,
        clock: systemClock,
        hostId,
        scanId,
        mountId,
        mountPath: request.mountPath,
        boundPath,
        mountName: request.mountName,
        owner: shared.owner,
        settings: request.settings,
        tuning,
        setAside: items.map(({ path }) => path),
        fetchDir: shared.places.fetched,
        disks: { catalog: dirname(shared.places.catalog), spool: shared.places.spools[pick.runtime.kind] },
        newId: uuidv7,
      },
      way,
      startedAtMs,
      opened,
      (snapshot) => {
        live.update(snapshot);
        listener.snapshot(snapshot);
      },
    );
    const scan = runner;
    const catalogGone = (error: SmartScannerError): void => scan.catalogGone(error);
    shared.catalogGone.add(catalogGone);
    const sleep = new SleepWatch(
      { woke: () => reconnecting.wake?.(), slept: () => void scan.slept() },
      tuning.asleepMs,
    );
    const wake = (): void => sleep.wake();
    sleep.start();
    shared.wakers.add(wake);
    running.resolve(scan);
    if (wanted !== null) scan.stop(wanted);
    try {
      return await scan.run();
    } finally {
      shared.catalogGone.delete(catalogGone);
      shared.wakers.delete(wake);
      sleep.end();
    }
  }
}

/** From then on the older one can't be gone on with: who can be asked is. Throws INTERRUPTED where that is not wanted. */
async function beginAnew({ startedAtMs, openChunks }: UnfinishedScan, listener: ScanListener): Promise<void> {
  const since = localStamp(startedAtMs);
  const left = openChunks > 0 ? ` (${formatCount(openChunks)} chunks are left)` : '';
  listener.progress(`The scan of ${since} was not finished${left}: \`scan --resume\` goes on with it.`);
  if (listener.agree === undefined) {
    listener.progress('This one starts anew; the other can not be gone on with any more.');
  } else if (!(await listener.agree('Start anew, and give up what that one has left to do?'))) {
    throw new SmartScannerError('INTERRUPTED', 'Nothing was started.', {
      hint: 'Go on with the unfinished scan: `smart-scanner scan --resume`.',
    });
  }
}

/** Makes the rows, the log and the lock. A log is taken back where that is refused. */
async function register(
  shared: AppShared,
  scanId: string,
  request: ScanRequest,
  prepared: Prepared,
  listener: ScanListener,
): Promise<Begun> {
  const startedAtMs = systemClock.now();
  const { places, owner, directories } = shared;
  const { pick, known, way } = prepared;
  const { settings, mountPath, mountName } = request;
  const catalog = shared.catalog();
  let made: ScanLog | null = null;
  try {
    if (known === null) {
      await catalog.open({
        path: places.catalog,
        mustExist: false,
        allowAnyFilesystem: shared.allowAnyFilesystem,
      });
    } else {
      // Said before anything is written: whoever runs may stand still in the middle of writing.
      const { scans } = await catalog.openScans(null);
      const other = scans.find(({ mountId, alive }) => alive && mountId === known.mount.mountId);
      if (other !== undefined) throw running(other);
    }
    const { hostId } = await catalog.resolveHost(hostOf(pick.info));
    const { mountId } = await catalog.resolveMount({ hostId, path: mountPath, name: mountName, create: true });
    const [unfinished] = (await catalog.unfinishedScans({ mountName })).scans.filter(
      (scan) => scan.mountId === mountId,
    );
    if (unfinished !== undefined) await beginAnew(unfinished, listener);
    await directories.make(places.logs);
    const log = createScanLog({
      dir: places.logs,
      startedAtMs,
      now: () => systemClock.now(),
      onLine: (line: LogLine) => listener.log(line),
    });
    made = log;
    await catalog.createScan({
      scanId,
      mountId,
      settings,
      planWay: way,
      runtime: pick.runtime.kind,
      owner,
      logPath: log.path,
      startedAtMs,
    });
    log.info(`SMART SCAN of ${mountPath} as "${mountName}" starts: scan ${scanId} by ${owner}`);
    logPrepared(log, request, prepared, way);
    return { log, scanId, mountId, hostId, way, opened: null, inParts: false };
  } catch (error) {
    // A log of a scan that never was (another one runs) would only puzzle.
    if (made !== null) await rm(made.path, { force: true });
    throw error;
  }
}

/** The checks, settings and limits that a scan begins or goes on with. */
export function logPrepared(
  log: ScanLog,
  { mountPath, settings }: ScanRequest,
  prepared: Prepared,
  way: PlanWay,
): void {
  const { pick, probe, boundPath, room, tuning } = prepared;
  log.info(pick.sentence);
  if (pick.info.warning !== null) log.warn(pick.info.warning);
  for (const line of [...probeLines(probe, mountPath, boundPath), room]) log.info(line);
  log.info(
    `SETTINGS chunk size ${formatBytes(settings.chunkBytes)} or ${formatCount(settings.chunkEntries)} entries, ` +
      `load ${settings.load}, up to ${tuning.maxContainers} workers of ${tuning.threads} ${tuning.threads === 1 ? 'thread' : 'threads'}, ${settings.retries} retries, plan: ${way}`,
  );
  const { cpus, memoryBytes } = tuning.limits;
  const clamped = (is: number, wanted: number): string => (is < wanted ? ' (the host has no more)' : '');
  if (pick.runtime.kind === 'docker')
    log.info(
      `LIMITS of a worker: ${cpus} CPUs${clamped(cpus, settings.cpus)}, ${formatBytes(memoryBytes)} memory${clamped(memoryBytes, settings.memoryBytes)}`,
    );
}
