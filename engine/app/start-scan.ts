import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { SmartScannerError } from '../../shared/errors.ts';
import type { PlanWay, ScanRequest } from '../../shared/settings.ts';
import { formatBytes, formatCount, formatDuration } from '../../shared/units.ts';
import { withReconnect, type ReconnectHooks } from '../runtime/reconnecting.ts';
import type { OpenedScan } from '../catalog/api.ts';
import type { LogLine, ScanLog } from '../log/scan-log.ts';
import { localStamp } from '../log/format.ts';
import { createScanLog } from '../log/scan-log-file.ts';
import { systemClock } from '../scan/clock.ts';
import { probeLines } from '../scan/preflight.ts';
import { Patience, withPatience } from '../scan/patience.ts';
import { ScanRunner } from '../scan/runner.ts';
import type { ScanHandle, ScanListener, ScanOutcome } from './app.ts';
import { LiveStateWriter } from './live-state.ts';
import { hostOf, prepare, type AppShared, type Prepared } from './prepare.ts';

/** What stands in the catalog of a scan that begins or goes on: its row is open, its lock held. */
export interface Begun {
  readonly log: ScanLog;
  readonly scanId: string;
  readonly mountId: string;
  readonly hostId: string;
  readonly way: PlanWay;
  /** null: a new one. */
  readonly opened: OpenedScan | null;
}

/** Starts a scan at once; what can go wrong before its first chunk rejects `done`. */
export function startScan(shared: AppShared, request: ScanRequest, listener: ScanListener): ScanHandle {
  return runScan(shared, listener, () =>
    Promise.resolve({ request, begin: (prepared) => register(shared, request, prepared, listener) }),
  );
}

export interface ScanPlanned {
  readonly request: ScanRequest;
  readonly begin: (prepared: Prepared) => Promise<Begun>;
}

/** `decide`: what is to be scanned, and how it gets into the catalog once everything is checked. */
export function runScan(shared: AppShared, listener: ScanListener, decide: () => Promise<ScanPlanned>): ScanHandle {
  const stopping = new AbortController();
  const hurry = new AbortController();
  const patience = new Patience(hurry.signal, systemClock);
  let runner: ScanRunner | null = null;
  let wanted: 'graceful' | 'now' | null = null;
  const done = run();
  // Whoever asked awaits it; a stop before that must not count as unhandled.
  done.catch(() => undefined);
  return {
    done,
    stop: (mode) => {
      wanted = mode;
      stopping.abort();
      if (mode === 'now') hurry.abort();
      runner?.stop(mode);
    },
    change: (change) => runner?.change(change),
  };

  async function run(): Promise<ScanOutcome> {
    const startedAtMs = systemClock.now();
    const { request, begin } = await decide();
    const preparing = (): Promise<Prepared> => prepare(shared, request, listener, stopping.signal);
    const prepared = await patience.wait(preparing).catch((error: unknown) => {
      if (stopping.signal.aborted) throw new SmartScannerError('INTERRUPTED', 'Stopped before the scan began.');
      throw error;
    });
    const { log, scanId, mountId, hostId, way, opened } = await begin(prepared);
    const { items } = await shared.catalog().quarantined({ mountId });
    if (items.length > 0)
      log.warn(`QUARANTINE ${items.length} directories set aside by earlier scans are tried last, alone`);
    const live = new LiveStateWriter(shared.places.live, scanId);
    const { pick, tuning } = prepared;
    runner = new ScanRunner(
      {
        catalog: shared.catalog(),
        runtime: withPatience(withReconnect(pick.runtime, reconnectHooks(log), hurry.signal), patience),
        info: pick.info,
        log,
        clock: systemClock,
        hostId,
        scanId,
        mountId,
        mountPath: request.mountPath,
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
    if (wanted !== null) runner.stop(wanted);
    try {
      const end = await runner.run();
      return { ...end, logPath: log.path, published: end.certificate.published };
    } finally {
      await live.end();
      await log.close();
    }
  }
}

function reconnectHooks(log: ScanLog): ReconnectHooks {
  return {
    lost: (reason) => log.warn(`RECONNECTING: the host does not answer (${reason}); its workers go on`),
    found: (afterMs) => log.info(`RECONNECTED after ${formatDuration(afterMs)}`),
  };
}

/** Makes the rows, the log and the lock. What was made is taken back where that is refused. */
async function register(
  shared: AppShared,
  request: ScanRequest,
  prepared: Prepared,
  listener: ScanListener,
): Promise<Begun> {
  const startedAtMs = systemClock.now();
  const { places, owner } = shared;
  const { pick, known, directories, way } = prepared;
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
    }
    const { hostId } = await catalog.resolveHost(hostOf(pick.info));
    const { mountId } = await catalog.resolveMount({ hostId, path: mountPath, name: mountName, create: true });
    const [unfinished] = (await catalog.unfinishedScans({ mountName })).scans.filter(
      (scan) => scan.mountId === mountId,
    );
    if (unfinished !== undefined) {
      const since = localStamp(unfinished.startedAtMs);
      listener.progress(
        `The scan of ${since} was not finished: \`scan --resume\` goes on with it. This one starts anew.`,
      );
    }
    await directories.make(places.logs);
    const log = createScanLog({
      dir: places.logs,
      startedAtMs,
      now: () => systemClock.now(),
      onLine: (line: LogLine) => listener.log(line),
    });
    made = log;
    const { scanId } = await catalog.createScan({
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
    return { log, scanId, mountId, hostId, way, opened: null };
  } catch (error) {
    // A log of a scan that never was (another one runs) would only puzzle.
    if (made !== null) await rm(made.path, { force: true });
    await directories.takeBack();
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
  const { pick, probe, room, tuning } = prepared;
  log.info(pick.sentence);
  if (pick.info.warning !== null) log.warn(pick.info.warning);
  for (const line of [...probeLines(probe, mountPath), room]) log.info(line);
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
