import { existsSync } from 'node:fs';
import type { ScanHandle, ScanListener, TakeOverRequest } from './app.ts';
import type { AppShared } from './prepare.ts';
import { find, openExisting, planResumed } from './resume-scan.ts';
import { planNew, runScan, type ScanPlanned } from './start-scan.ts';
import { stopOwnerHere } from './take-over.ts';
import { requestedMount, resumedMount } from './which-mount.ts';

/**
 * Takes a mount over: its owner on this data directory is asked to stop, and its scan goes on here; where none was begun here, a new one starts. Who
 * holds the mount from elsewhere is asked once the host is known.
 */
export function takeOverScan(shared: AppShared, asked: TakeOverRequest, listener: ScanListener): ScanHandle {
  return runScan(shared, listener, async (signal): Promise<ScanPlanned> => {
    const { request, resume } = asked;
    if (request !== null && !existsSync(shared.places.catalog)) return planNew(shared, request, true, listener);
    await openExisting(shared);
    const { changes } = resume;
    const wanted = { ...resume, mountId: await meantMount(shared, asked, signal) };
    // Whoever scans a mount of this name on another host is not in the way.
    if (request !== null && wanted.mountId === null) return planNew(shared, request, true, listener);
    await stopOwnerHere(shared, wanted, (line) => listener.progress(line), signal);
    if (request !== null) {
      const { scans } = await shared.catalog().unfinishedScans({ mountName: resume.mountName });
      if (!scans.some((scan) => scan.mountId === wanted.mountId)) return planNew(shared, request, true, listener);
    }
    return planResumed(shared, await find(shared, wanted), changes, true, listener);
  });
}

async function meantMount(
  shared: AppShared,
  { request, resume }: TakeOverRequest,
  signal: AbortSignal,
): Promise<string | null> {
  if (request === null) return await resumedMount(shared, resume, signal);
  return resume.mountId ?? (await requestedMount(shared, request, signal));
}
