import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toSmartScannerError } from '../../shared/errors.ts';
import type { FoundAttempt, Runtime } from '../runtime/runtime.ts';
import { isAttemptName } from '../runtime/spool-names.ts';
import type { CleanupItem, CleanupReport } from './app.ts';
import { leaseItems, seeLeases, whyHeld, type HeardOwners } from './cleanup-leases.ts';
import { readLiveStates, removeLiveState } from './live-state.ts';
import type { Places } from './places.ts';

/** A fetched shard may belong to a scan that starts right now. */
const GRACE_MS = 60_000;
/** What has ended is left this long to a scan that this catalog doesn't know: whoever runs it may not have fetched it yet. */
const UNKNOWN_GRACE_MS = 3_600_000;

export interface CleanupContext {
  readonly runtimes: readonly Runtime[];
  /** null where there is no catalog yet. */
  readonly catalog: {
    openScans(
      request: null,
    ): Promise<{ readonly scans: readonly { readonly scanId: string; readonly alive: boolean }[] }>;
    scans(request: {
      mountName: null;
      limit: number;
    }): Promise<{ readonly scans: readonly { readonly scanId: string }[] }>;
  } | null;
  readonly places: Places;
  /** `<user>@<computer>`. */
  readonly owner: string;
  readonly heard: Pick<HeardOwners, 'alive'>;
  readonly nowMs: number;
  /** Whether this data directory is cleaned up as well, or only the hosts. */
  readonly isHere: boolean;
}

/** Lists what our labels mark and, if asked, removes what no live scan holds. Touches nothing else. */
export async function cleanup(context: CleanupContext, remove: boolean): Promise<CleanupReport> {
  const { catalog, places, nowMs } = context;
  const { live, known } = await scansHere(catalog);
  const seen = await seeLeases(context.runtimes, known, context.heard, context.owner);
  const keptBecause = (found: FoundAttempt): string | null =>
    whyHeld(found.labels?.scan ?? '', live, seen.elsewhere) ?? whyKept(found, known, nowMs - found.createdAtMs);
  const items: CleanupItem[] = await leaseItems(seen, live, nowMs, remove);
  for (const runtime of context.runtimes) {
    for (const found of await runtime.list())
      items.push(await attemptItem(runtime, found, keptBecause(found), nowMs, remove));
  }
  if (context.isHere) items.push(...(await fetchedItems(places.fetched, live, nowMs, remove)));
  for (const snapshot of context.isHere ? await readLiveStates(places.live) : []) {
    const keptBecause = live.has(snapshot.scanId) ? `scan of ${snapshot.mountName} is running` : null;
    const removed = remove && keptBecause === null;
    if (removed) await removeLiveState(places.live, snapshot.scanId);
    items.push({
      kind: 'live-state',
      id: snapshot.scanId,
      description: `state file of a scan of ${snapshot.mountName}`,
      bytes: null,
      ageMs: nowMs - snapshot.updatedAtMs,
      keptBecause,
      removed,
    });
  }
  return {
    items,
    removed: items.filter((item) => item.removed).length,
    kept: items.filter((item) => item.keptBecause !== null).length,
  };
}

/** Scans of this catalog: those that somebody runs right now, and all. */
export async function scansHere(
  catalog: CleanupContext['catalog'],
): Promise<{ readonly live: ReadonlySet<string>; readonly known: ReadonlySet<string> }> {
  const open = catalog === null ? [] : (await catalog.openScans(null)).scans;
  const all = catalog === null ? [] : (await catalog.scans({ mountName: null, limit: Number.MAX_SAFE_INTEGER })).scans;
  const live = new Set(open.filter((scan) => scan.alive).map((scan) => scan.scanId));
  return { live, known: new Set(all.map((scan) => scan.scanId)) };
}

/**
 * Why an attempt that nobody holds stays, or null. A daemon may serve other computers and data directories, and checks and plans (`none`) have no scan in any
 * catalog: what runs for them is theirs, and what has ended only after a while anybody's.
 */
function whyKept({ labels, state }: FoundAttempt, known: ReadonlySet<string>, ageMs: number): string | null {
  if (labels !== null && known.has(labels.scan)) return null;
  if (state === 'running')
    return labels?.scan === 'none'
      ? 'it runs for a check or a plan'
      : 'it runs and belongs to another computer or data directory';
  return ageMs < UNKNOWN_GRACE_MS ? 'it is less than an hour old and of no scan of this data directory' : null;
}

async function attemptItem(
  runtime: Runtime,
  found: FoundAttempt,
  keptBecause: string | null,
  nowMs: number,
  remove: boolean,
): Promise<CleanupItem> {
  const { labels, ref, state } = found;
  let stays = keptBecause;
  if (remove && stays === null) {
    // One that can't be removed must not keep the others here.
    await runtime.remove(ref).catch((error: unknown) => {
      stays = `it could not be removed: ${toSmartScannerError(error).message}`;
    });
  }
  return {
    // A spool without a container is a volume.
    kind: ref.runtime === 'process' ? 'process' : ref.id === '' ? 'volume' : 'container',
    id: ref.id,
    description: `${labels?.role ?? 'worker'} of chunk ${labels?.chunk ?? '?'}, ${state}`,
    bytes: found.spoolBytes,
    ageMs: nowMs - found.createdAtMs,
    keptBecause: stays,
    removed: remove && stays === null,
  };
}

/** Directories below `fetched/` are named by attempt; a running scan's are being merged. */
async function fetchedItems(
  dir: string,
  live: ReadonlySet<string>,
  nowMs: number,
  remove: boolean,
): Promise<CleanupItem[]> {
  const items: CleanupItem[] = [];
  for (const name of await readdir(dir).catch(() => [])) {
    if (!isAttemptName(name)) continue;
    const path = join(dir, name);
    const info = await stat(path).catch(() => null);
    if (info === null) continue;
    const ageMs = nowMs - info.mtimeMs;
    const keptBecause = live.size > 0 ? 'a scan is running' : ageMs < GRACE_MS ? 'it is less than a minute old' : null;
    const removed = remove && keptBecause === null;
    if (removed) await rm(path, { recursive: true, force: true });
    items.push({
      kind: 'spool',
      id: name,
      description: 'fetched shard that was not merged',
      bytes: null,
      ageMs,
      keptBecause,
      removed,
    });
  }
  return items;
}
