import { existsSync } from 'node:fs';
import { v7 as uuidv7 } from 'uuid';
import type { SmartScannerError } from '../../shared/errors.ts';
import type { PlanWay, ScanRequest } from '../../shared/settings.ts';
import type { ProbeResult } from '../../shared/worker-protocol.ts';
import type { CatalogApi, CatalogClient, MountInfo } from '../catalog/api.ts';
import { pickRuntime, type RuntimePick, type RuntimeSources, type SourceChoice } from '../runtime/pick.ts';
import type { NeighbourPaths, Runtime, RuntimeInfo } from '../runtime/runtime.ts';
import { systemClock } from '../scan/clock.ts';
import { tune, type Tuning } from '../scan/context.ts';
import { neighbourText } from '../scan/neighbours.ts';
import { judgeProbe, probeMount } from '../scan/preflight.ts';
import type { ScanListener } from './app.ts';
import { checkCatalogRoom, checkCatalogWritable } from './catalog-room.ts';
import type { MadeDirectories } from './made-directories.ts';
import type { Places } from './places.ts';

/** What commands share. */
export interface AppShared {
  readonly places: Places;
  readonly owner: string;
  readonly allowAnyFilesystem: boolean;
  readonly neighbours: NeighbourPaths;
  readonly catalog: () => CatalogClient;
  readonly runtimes: (choice: SourceChoice) => RuntimeSources;
  readonly opened: (runtime: Runtime) => void;
  /** Called when the catalog process ended by itself. */
  readonly catalogGone: Set<(error: SmartScannerError) => void>;
  readonly tuning: Partial<Tuning>;
  /** Called when this computer has slept, or somebody thinks so. */
  readonly wakers: Set<() => void>;
  /** Taken back when the app is closed, where nothing came of them. */
  readonly directories: MadeDirectories;
}

export interface Prepared {
  readonly pick: RuntimePick;
  readonly tuning: Tuning;
  readonly probe: ProbeResult;
  /** The mount point with its symbolic links resolved, where its host tells. */
  readonly boundPath: string;
  /** What the preflight says of the catalog's disk. */
  readonly room: string;
  readonly way: PlanWay;
  /** Of an existing catalog; null where there is none yet. */
  readonly known: { readonly mount: MountInfo } | null;
}

/**
 * Everything before a scan: runtime, image, an existing catalog, the mount point. Creates nothing that stays.
 */
export async function prepare(
  shared: AppShared,
  request: ScanRequest,
  listener: ScanListener,
  signal: AbortSignal,
): Promise<Prepared> {
  const { places, directories } = shared;
  const { settings, mountPath, mountName } = request;
  // Its process starts beside everything below; opening waits for its turn.
  shared.catalog();
  for (const dir of Object.values(places.spools)) await directories.make(dir);
  await directories.make(places.fetched);
  await checkCatalogWritable(places.catalog);
  const pick = await pickRuntime(settings.runtime, shared.runtimes(settings), signal);
  shared.opened(pick.runtime);
  listener.progress(pick.sentence);
  if (pick.info.warning !== null) listener.progress(`WARNING: ${pick.info.warning}`);
  await pick.runtime.prepare({
    onProgress: (line) => listener.progress(line),
    signal,
    // On this computer nobody wonders at what a scan needs; on another machine it is somebody's to allow.
    ...(pick.info.isRemote && listener.agree !== undefined ? { agree: listener.agree } : {}),
  });
  const tuning = { ...tune(settings, pick.info), ...shared.tuning };
  const attempt = uuidv7();
  const [looked, probed] = await Promise.allSettled([
    existsSync(places.catalog) ? lookUp(shared, pick, mountPath, mountName) : null,
    probeMount({
      runtime: pick.runtime,
      labels: { host: pick.info.ids[0], scan: 'none', chunk: '0', attempt, role: 'probe', owner: shared.owner },
      mountPath,
      settings,
      tuning,
      clock: systemClock,
      fetchDir: `${places.fetched}/${attempt}`,
      neighbours: shared.neighbours,
      signal,
    }),
  ]);
  // Each is waited for: none is left behind at work.
  if (looked.status === 'rejected') throw looked.reason;
  if (probed.status === 'rejected') throw probed.reason;
  const known = looked.value;
  const probe = probed.value;
  const publishedEntries = known?.mount.published?.entries ?? 0;
  judgeProbe(probe, mountPath, pick.runtime.kind, publishedEntries, settings.publish);
  const busy = neighbourText(probe.neighbours ?? null);
  if (busy !== null) listener.progress(`On this host ${busy}: that and the scan slow each other down.`);
  const room = await checkCatalogRoom(places.catalog, publishedEntries);
  const hasPublished = known?.mount.published !== null && known !== null;
  const way =
    settings.planWay === 'auto' || (settings.planWay === 'published' && !hasPublished)
      ? hasPublished
        ? 'published'
        : 'measure'
      : settings.planWay;
  // In a virtual machine what is bound lies where nobody may bind it from.
  const boundPath = (pick.info.isVirtualMachine ? null : probe.boundPath) ?? mountPath;
  return { pick, tuning, probe, boundPath, room, way, known };
}

/** What an existing catalog knows of this mount. Refuses catalogs that aren't ours, and names that are taken. */
async function lookUp(
  shared: AppShared,
  pick: RuntimePick,
  mountPath: string,
  mountName: string,
): Promise<{ mount: MountInfo }> {
  const catalog = shared.catalog();
  await catalog.open({
    path: shared.places.catalog,
    mustExist: true,
    allowAnyFilesystem: shared.allowAnyFilesystem,
  });
  // Nothing is written before it is sure that a scan begins.
  const { hostId } = await catalog.findHost({ ids: pick.info.ids });
  if (hostId === null) return { mount: { mountId: '', created: false, published: null } };
  return { mount: await catalog.resolveMount({ hostId, path: mountPath, name: mountName, create: false }) };
}

/** As the catalog knows it. */
export function hostOf(info: RuntimeInfo): CatalogApi['resolveHost']['request'] {
  return { kind: info.kind, ids: info.ids, address: info.address, name: info.hostName };
}
