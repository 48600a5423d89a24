import { rm } from 'node:fs/promises';
import { v7 as uuidv7 } from 'uuid';
import { SmartScannerError } from '../../shared/errors.ts';
import type { ScanRequest } from '../../shared/settings.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import type { LogLine, ScanLog } from '../log/scan-log.ts';
import { createScanLog } from '../log/scan-log-file.ts';
import { systemClock } from '../scan/clock.ts';
import { probeLines } from '../scan/preflight.ts';
import { Patience, withPatience } from '../scan/patience.ts';
import { ScanRunner } from '../scan/runner.ts';
import type { ScanHandle, ScanListener, ScanOutcome } from './app.ts';
import { LiveStateWriter } from './live-state.ts';
import { hostOf, prepare, type AppShared, type Prepared } from './prepare.ts';

/** Starts a scan at once; what can go wrong before its first chunk rejects `done`. */
export function startScan(shared: AppShared, request: ScanRequest, listener: ScanListener): ScanHandle {
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
  };

  async function run(): Promise<ScanOutcome> {
    const startedAtMs = systemClock.now();
    const preparing = (): Promise<Prepared> => prepare(shared, request, listener, stopping.signal);
    const prepared = await patience.wait(preparing).catch((error: unknown) => {
      if (stopping.signal.aborted) throw new SmartScannerError('INTERRUPTED', 'Stopped before the scan began.');
      throw error;
    });
    const { log, scanId, mountId, hostId } = await register(shared, request, prepared, listener, startedAtMs);
    const live = new LiveStateWriter(shared.places.live, scanId);
    const { pick, tuning, way } = prepared;
    runner = new ScanRunner(
      {
        catalog: shared.catalog(),
        runtime: withPatience(pick.runtime, patience),
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
        fetchDir: shared.places.fetched,
        newId: uuidv7,
      },
      way,
      startedAtMs,
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

/** Makes the rows, the log and the lock. What was made is taken back where that is refused. */
async function register(
  shared: AppShared,
  request: ScanRequest,
  prepared: Prepared,
  listener: ScanListener,
  startedAtMs: number,
): Promise<{ log: ScanLog; scanId: string; mountId: string; hostId: string }> {
  const { places, owner } = shared;
  const { pick, probe, room, known, directories, way, tuning } = prepared;
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
    const hostId = known?.hostId ?? (await catalog.resolveHost(hostOf(pick.info))).hostId;
    const { mountId } = await catalog.resolveMount({ hostId, path: mountPath, name: mountName, create: true });
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
    log.info(pick.sentence);
    for (const line of [...probeLines(probe, mountPath), room]) log.info(line);
    log.info(
      `SETTINGS chunk size ${formatBytes(settings.chunkBytes)} or ${formatCount(settings.chunkEntries)} entries, ` +
        `up to ${tuning.maxContainers} workers of ${tuning.threads} threads, ${settings.retries} retries, plan: ${way}`,
    );
    const { cpus, memoryBytes } = tuning.limits;
    const clamped = cpus < settings.cpus || memoryBytes < settings.memoryBytes ? ' (the host has no more)' : '';
    if (pick.runtime.kind === 'docker')
      log.info(`LIMITS of a worker: ${cpus} CPUs, ${formatBytes(memoryBytes)} memory${clamped}`);
    return { log, scanId, mountId, hostId };
  } catch (error) {
    // A log of a scan that never was (another one runs) would only puzzle.
    if (made !== null) await rm(made.path, { force: true });
    await directories.takeBack();
    throw error;
  }
}
