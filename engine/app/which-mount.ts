import type { ScanRequest, ScanSettings } from '../../shared/settings.ts';
import { pickRuntime } from '../runtime/pick.ts';
import type { ResumeRequest } from './app.ts';
import type { AppShared } from './prepare.ts';

// A name stands for one mount point on each host: where several hosts have it, the one that is asked for now tells which is meant.
type HostAsked = Pick<ScanSettings, 'runtime' | 'host'>;

/**
 * The mount that a resume means; null: its name (or none) says enough, or the host that is asked for has none of this name: then it is the newest.
 * A host that was asked for and can't be reached rejects as a scan of it would.
 */
export async function resumedMount(
  shared: AppShared,
  asked: Pick<ResumeRequest, 'mountName' | 'mountId'>,
  signal: AbortSignal,
): Promise<string | null> {
  const { mountName, mountId = null } = asked;
  if (mountId !== null || mountName === null) return mountId;
  const mounts = await begunMounts(shared, mountName);
  if (mounts.size < 2) return null;
  const hostId = await hostAsked(shared, { runtime: 'auto', host: null }, signal);
  return [...mounts].find(([, host]) => host === hostId)?.[0] ?? null;
}

/**
 * The mount that a request means, where a scan of its name was begun anywhere; null: none on its host. Throws MOUNT_NAME_TAKEN and
 * MOUNT_PATH_NAMED_OTHERWISE.
 */
export async function requestedMount(
  shared: AppShared,
  { mountName, mountPath, settings }: ScanRequest,
  signal: AbortSignal,
): Promise<string | null> {
  if ((await begunMounts(shared, mountName)).size === 0) return null;
  const hostId = await hostAsked(shared, settings, signal);
  if (hostId === null) return null;
  const wanted = { hostId, path: mountPath, name: mountName, create: false };
  return (await shared.catalog().resolveMount(wanted)).mountId || null;
}

/** Mounts of this name with a scan that runs or was not finished; with their hosts. */
async function begunMounts(shared: AppShared, mountName: string): Promise<Map<string, string>> {
  const catalog = shared.catalog();
  const { scans: unfinished } = await catalog.unfinishedScans({ mountName });
  const { scans: open } = await catalog.openScans(null);
  const running = open.filter((scan) => scan.alive && scan.mountName === mountName);
  return new Map([...unfinished, ...running].map(({ mountId, hostId }) => [mountId, hostId]));
}

async function hostAsked(
  shared: AppShared,
  { runtime: kind, host }: HostAsked,
  signal: AbortSignal,
): Promise<string | null> {
  const { runtime, info } = await pickRuntime(kind, shared.runtimes({ image: null, host }), signal);
  await runtime.close();
  return (await shared.catalog().findHost({ ids: info.ids })).hostId;
}
