import { SmartScannerError } from '../../shared/errors.ts';
import { formatCount } from '../../shared/units.ts';
import type { CatalogClient } from '../catalog/api.ts';
import type { HostInventory } from '../catalog/forget.ts';
import type { Endpoint } from '../connection/endpoint.ts';
import type { StoredHost } from '../connection/host-store.ts';
import { removeKey } from '../connection/ssh/key-setup.ts';
import type { DockerHost, FoundAttempt, RuntimeInfo } from '../runtime/runtime.ts';
import { scansHere } from './cleanup.ts';
import { seeLeases, whyHeld, type HeardOwners } from './cleanup-leases.ts';

/** One go: others get their turn at the catalog between two. */
const FORGET_MS = 500;

export interface PurgeItem {
  readonly kind: 'container' | 'volume' | 'lease' | 'image' | 'key' | 'inventory';
  readonly description: string;
  readonly bytes: number | null;
}

/** Everything of ours on a host, and what was asked for of it here. */
export interface PurgeReport {
  readonly items: readonly PurgeItem[];
  readonly removed: boolean;
}

export interface Purge {
  readonly host: StoredHost;
  readonly endpoint: Endpoint;
  readonly docker: DockerHost;
  /** null where there is none yet. */
  readonly catalog: CatalogClient | null;
  /** The inventories of the host go as well. */
  readonly forget: boolean;
  readonly heard: HeardOwners;
  /** `<user>@<computer>`. */
  readonly owner: string;
  /** false: only tells. */
  readonly remove: boolean;
  readonly signal: AbortSignal;
}

/**
 * Removes all that Smart Scanner ever put on a host: containers, volumes, images, and last the key that we installed, since it is what we log in by.
 * Throws SCAN_RUNNING where a scan of anybody runs there, also one that pauses.
 */
export async function purgeHost(purge: Purge): Promise<PurgeReport> {
  const { host, endpoint, docker, forget, remove, signal } = purge;
  const { ids } = await docker.connect(signal);
  const attempts = await docker.list();
  const busy = attempts.find(({ state, labels }) => state === 'running' && labels !== null && labels.scan !== 'none');
  const scanning = busy?.labels?.owner ?? (await liveHolder(purge));
  if (scanning !== null) {
    throw new SmartScannerError('SCAN_RUNNING', `A scan by ${scanning} runs on ${host.name}.`, {
      hint: 'Stop it first (`smart-scanner stop`), or wait until it has ended.',
    });
  }
  const { leases = [], asks = [] } = (await docker.leases?.look()) ?? {};
  const images = await docker.ourImages();
  const key = endpoint.kind === 'ssh' ? host.installedKey : null;
  const catalog = forget ? purge.catalog : null;
  const inventories = (await catalog?.hostInventories({ ids }))?.inventories ?? [];
  const items: PurgeItem[] = [
    ...attempts.map(attemptItem),
    ...leases.map(({ mountPath, owner }): PurgeItem => {
      return { kind: 'lease', description: `note that ${owner} scans ${mountPath}`, bytes: null };
    }),
    ...asks.map(({ by }): PurgeItem => {
      return { kind: 'volume', description: `question of ${by} to a scan that is over`, bytes: null };
    }),
    ...images.map(({ names, bytes }): PurgeItem => {
      return { kind: 'image', description: names.join(', ') || 'a worker image without a name', bytes };
    }),
    ...(key === null ? [] : [{ kind: 'key', description: keyName(key), bytes: null } as const]),
    ...inventories.map(inventoryItem),
  ];
  if (!remove) return { items, removed: false };
  // What a scan that runs refuses comes first.
  if (catalog !== null) await forgetInventories(catalog, ids, signal);
  for (const { ref } of attempts) await docker.remove(ref);
  for (const lease of leases) await docker.leases?.drop(lease);
  for (const { id } of asks) await docker.leases?.withdraw(id);
  for (const { id } of images) await docker.removeImage(id);
  if (key !== null && endpoint.kind === 'ssh') await removeKey(endpoint, key, (script) => docker.shell(script, signal));
  return { items, removed: true };
}

/** Who holds a mount of this host and lives, though no worker may run just now; null: nobody. */
async function liveHolder({ docker, catalog, heard, owner }: Purge): Promise<string | null> {
  const { live, known } = await scansHere(catalog);
  const { leases, elsewhere } = await seeLeases([docker], known, heard, owner);
  return leases.find(({ lease }) => whyHeld(lease.scanId, live, elsewhere) !== null)?.lease.owner ?? null;
}

async function forgetInventories(
  catalog: Pick<CatalogClient, 'forgetHost'>,
  ids: RuntimeInfo['ids'],
  signal: AbortSignal,
): Promise<void> {
  while (!(await catalog.forgetHost({ ids, maxMs: FORGET_MS })).done) signal.throwIfAborted();
}

function inventoryItem({ mountName, mountPath, scans, files }: HostInventory): PurgeItem {
  const published = files === null ? 'nothing published' : counted(files, 'file');
  return {
    kind: 'inventory',
    description: `${mountName} (${mountPath}) in the catalog here: ${counted(scans, 'scan')}, ${published}`,
    bytes: null,
  };
}

function attemptItem({ ref, labels, state, spoolBytes }: FoundAttempt): PurgeItem {
  const kind = ref.id === '' ? 'volume' : 'container';
  return {
    kind,
    description: `${labels?.role ?? 'worker'} of ${labels?.owner ?? 'somebody'}, ${state}`,
    bytes: spoolBytes,
  };
}

/** Its comment, which says whose it is; not the key, which nobody can tell from another. */
function keyName(line: string): string {
  const [type = '', , ...comment] = line.split(' ');
  return `${type} ${comment.join(' ')} in authorized_keys`;
}

function counted(count: number, one: string): string {
  return `${formatCount(count)} ${count === 1 ? one : `${one}s`}`;
}
