import { formatCount } from '../../shared/units.ts';
import type { RetryFound } from '../catalog/api.ts';
import type { RetryRequest, ScanHandle, ScanListener } from './app.ts';
import type { AppShared, Prepared } from './prepare.ts';
import { anotherHost, appendToLog, openExisting } from './resume-scan.ts';
import { logPrepared, runScan, type Begun, type ScanPlanned } from './start-scan.ts';

/** About how many chunks a worker slot gets of failed directories: their sizes are unknown. */
const PARTS_PER_SLOT = 2;

/** Tries parts of a closed scan again: those only, through the same scheduler as any scan; then it is closed again. */
export function retryScan(shared: AppShared, asked: RetryRequest, listener: ScanListener): ScanHandle {
  return runScan(shared, listener, async (): Promise<ScanPlanned> => {
    await openExisting(shared);
    const { mountName, which } = asked;
    const found = await shared.catalog().findRetry({ scanId: asked.scanId, mountName, which });
    // Nothing of it runs any more: another runtime will do as well, if it is of the same host.
    const settings = { ...found.settings, runtime: found.runtime, ...asked.changes };
    const request = { mountPath: found.mountPath, mountName: found.mountName, settings };
    const begin = (prepared: Prepared): Promise<Begun> => open(shared, asked, found, request, prepared, listener);
    return { request, scanId: found.scanId, takeOver: false, begin };
  });
}

async function open(
  shared: AppShared,
  { which }: RetryRequest,
  found: RetryFound,
  request: ScanPlanned['request'],
  prepared: Prepared,
  listener: ScanListener,
): Promise<Begun> {
  const { pick, known, tuning } = prepared;
  if (known?.mount.mountId !== found.mountId) throw anotherHost(found, prepared);
  const opened = await shared.catalog().retryScan({
    scanId: found.scanId,
    mountName: null,
    which,
    owner: shared.owner,
    runtime: pick.runtime.kind,
    parts: PARTS_PER_SLOT * tuning.maxContainers,
  });
  const log = appendToLog(shared, opened.logPath, listener);
  const { scanId, mountId, hostId } = opened;
  log.info(
    `SMART SCAN of ${found.mountPath} as "${found.mountName}" is tried again in parts: scan ${scanId} by ${shared.owner}`,
  );
  const [chunks, directories] = [formatCount(found.chunks), formatCount(found.directories)];
  const toScan = formatCount(opened.chunks.length);
  if (found.entries === 0)
    log.info(`RETRY ${chunks} failed chunks and ${directories} failed directories: ${toScan} chunks to scan`);
  else
    log.info(
      `RETRY ${chunks} failed chunks, ${directories} failed directories and ${formatCount(found.entries)} entries that could not be looked at: ${toScan} chunks to scan`,
    );
  logPrepared(log, request, prepared, opened.planWay);
  return { log, scanId, mountId, hostId, way: opened.planWay, opened, inParts: true };
}
