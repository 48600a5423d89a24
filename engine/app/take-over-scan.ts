import { existsSync } from 'node:fs';
import type { ScanHandle, ScanListener, TakeOverRequest } from './app.ts';
import type { AppShared } from './prepare.ts';
import { find, openExisting, planResumed } from './resume-scan.ts';
import { planNew, runScan, type ScanPlanned } from './start-scan.ts';
import { stopOwnerHere } from './take-over.ts';

/**
 * Takes a mount over: its owner on this data directory is asked to stop, and its scan goes on here; where none was begun here, a new one starts. Who
 * holds the mount from elsewhere is asked once the host is known.
 */
export function takeOverScan(shared: AppShared, asked: TakeOverRequest, listener: ScanListener): ScanHandle {
  return runScan(shared, listener, async (signal): Promise<ScanPlanned> => {
    const { request, resume } = asked;
    if (request !== null && !existsSync(shared.places.catalog)) return planNew(shared, request, true, listener);
    await openExisting(shared);
    const { mountName, changes } = resume;
    await stopOwnerHere(shared, resume, (line) => listener.progress(line), signal);
    if (request !== null) {
      const { scans } = await shared.catalog().unfinishedScans({ mountName });
      if (!scans.some((scan) => scan.mountPath === request.mountPath)) return planNew(shared, request, true, listener);
    }
    return planResumed(shared, await find(shared, resume), changes, true, listener);
  });
}
