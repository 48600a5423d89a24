import { setTimeout as delay } from 'node:timers/promises';
import { SmartScannerError } from '../../shared/errors.ts';
import { defaultSettings } from '../../shared/settings.ts';
import { localStamp } from '../log/format.ts';
import type { ScanLog } from '../log/scan-log.ts';
import { createScanLog } from '../log/scan-log-file.ts';
import { systemClock } from '../scan/clock.ts';
import type { UnfinishedScan } from '../catalog/api.ts';
import type { ResumeRequest, ScanHandle, ScanListener } from './app.ts';
import type { AppShared, Prepared } from './prepare.ts';
import { readLiveStates } from './live-state.ts';
import { logPrepared, runScan, type Begun, type ScanPlanned } from './start-scan.ts';
import { TAKE_OVER_HINT } from './take-over.ts';
import { resumedMount } from './which-mount.ts';

/** The catalog process of an orchestrator that was killed ends after the call that it is in. It is waited for so long. */
const LAST_CALL_MS = 10_000;
const LOOK_MS = 100;
/** A live orchestrator says every second how it gets on. */
const SPEAKS_EVERY_MS = 2_000;

/**
 * Goes on with the newest unfinished scan (of this mount): workers that still run are found again, what ended meanwhile is harvested, the rest is
 * queued. Rejects NO_SUCH_SCAN where there is none, SCAN_RUNNING where its owner lives.
 */
export function resumeScan(shared: AppShared, asked: ResumeRequest, listener: ScanListener): ScanHandle {
  return runScan(shared, listener, async (signal): Promise<ScanPlanned> => {
    await openExisting(shared);
    const scan = await find(shared, { ...asked, mountId: await resumedMount(shared, asked, signal) });
    if (asked.mountPath !== undefined && asked.mountPath !== scan.mountPath) throw otherPath(scan, asked.mountPath);
    return planResumed(shared, scan, asked.changes, false, listener);
  });
}

export function planResumed(
  shared: AppShared,
  scan: UnfinishedScan,
  changes: ResumeRequest['changes'],
  takeOver: boolean,
  listener: ScanListener,
): ScanPlanned {
  const { scanId, mountPath, mountName } = scan;
  // The workers of before belong to the runtime of before.
  // A scan of an older version doesn't have all settings.
  const settings = { ...defaultSettings(), ...scan.settings, ...changes, runtime: scan.runtime };
  const request = { mountPath, mountName, settings };
  return { request, scanId, takeOver, begin: (prepared) => goOn(shared, scan, request, prepared, listener) };
}

export async function openExisting(shared: AppShared): Promise<void> {
  const { places, allowAnyFilesystem } = shared;
  await shared.catalog().open({ path: places.catalog, mustExist: true, allowAnyFilesystem });
}

export async function find(
  shared: AppShared,
  asked: Pick<ResumeRequest, 'mountName' | 'mountId'>,
  untilMs = systemClock.monotonic() + LAST_CALL_MS,
): Promise<UnfinishedScan> {
  const { mountName, mountId = null } = asked;
  const catalog = shared.catalog();
  const { scans } = await catalog.unfinishedScans({ mountName });
  const scan = scans.find((one) => mountId === null || one.mountId === mountId);
  if (scan !== undefined) return scan;
  const live = (await catalog.openScans(null)).scans.find(
    (open) =>
      open.alive &&
      (mountName === null || open.mountName === mountName) &&
      (mountId === null || open.mountId === mountId),
  );
  if (live !== undefined) {
    if (untilMs > systemClock.monotonic() && !(await isAlive(shared, live.scanId)))
      return await find(shared, asked, untilMs);
    throw new SmartScannerError(
      'SCAN_RUNNING',
      `Scan ${live.scanId} of ${live.mountName} is running (${live.owner}, since ${localStamp(live.startedAtMs)}).`,
      { hint: TAKE_OVER_HINT },
    );
  }
  throw new SmartScannerError(
    'NO_SUCH_SCAN',
    mountName === null ? 'There is no unfinished scan.' : `There is no unfinished scan of ${mountName}.`,
    { hint: 'Start one with `smart-scanner scan <mount_path> <mount_name>`.' },
  );
}

/** Whether its owner says something new within the time in which it would. Else it was killed, and only its catalog process is not over yet. */
async function isAlive(shared: AppShared, scanId: string): Promise<boolean> {
  const said = async (): Promise<number | undefined> =>
    (await readLiveStates(shared.places.live)).find((state) => state.scanId === scanId)?.revision;
  const before = await said();
  for (let waited = 0; waited < SPEAKS_EVERY_MS; waited += LOOK_MS) {
    await delay(LOOK_MS);
    const now = await said();
    if (now !== undefined && now !== before) return true;
    // Its lock may have fallen meanwhile.
    const { scans } = await shared.catalog().openScans(null);
    if (!scans.some((open) => open.scanId === scanId && open.alive)) return false;
  }
  return false;
}

async function goOn(
  shared: AppShared,
  scan: UnfinishedScan,
  request: ScanPlanned['request'],
  prepared: Prepared,
  listener: ScanListener,
): Promise<Begun> {
  if (prepared.known?.mount.mountId !== scan.mountId) throw anotherHost(scan, prepared);
  const opened = await shared.catalog().resumeScan({ scanId: scan.scanId, owner: shared.owner });
  await shared.catalog().changeSettings({ scanId: scan.scanId, settings: request.settings });
  const log = appendToLog(shared, opened.logPath, listener);
  log.info(`SMART SCAN of ${scan.mountPath} as "${scan.mountName}" goes on: scan ${scan.scanId} by ${shared.owner}`);
  logPrepared(log, request, prepared, opened.planWay);
  const { scanId, mountId, hostId } = opened;
  return { log, scanId, mountId, hostId, way: opened.planWay, opened, inParts: false };
}

function otherPath({ mountName, mountPath }: UnfinishedScan, asked: string): SmartScannerError {
  return new SmartScannerError('USAGE', `The unfinished scan of ${mountName} is of ${mountPath}, not of ${asked}.`, {
    hint: 'Go on with it by `smart-scanner scan --resume`, or start one of the other path under a name of its own.',
  });
}

/** What is below the same path there is another share, and its workers are not there. */
export function anotherHost(
  { scanId, mountPath }: Pick<UnfinishedScan, 'scanId' | 'mountPath'>,
  { pick }: Prepared,
): SmartScannerError {
  return new SmartScannerError(
    'MOUNT_NOT_FOUND',
    `${mountPath} of scan ${scanId} is on another host than ${pick.info.description}.`,
    { hint: 'Name the runtime that it was scanned with (--runtime), or that host (--host, DOCKER_HOST).' },
  );
}

/** The log of a scan that goes on. */
export function appendToLog(shared: AppShared, path: string, listener: ScanListener): ScanLog {
  return createScanLog({
    dir: shared.places.logs,
    startedAtMs: systemClock.now(),
    append: path,
    now: () => systemClock.now(),
    onLine: (line) => listener.log(line),
  });
}
