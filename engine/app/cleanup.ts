import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogClient } from '../catalog/api.ts';
import type { FoundAttempt, Runtime } from '../runtime/runtime.ts';
import type { CleanupItem, CleanupReport } from './app.ts';
import { readLiveStates, removeLiveState } from './live-state.ts';
import type { Places } from './places.ts';

/** A fetched shard or a worker without a scan in our catalog may belong to a scan that starts right now. */
const GRACE_MS = 60_000;

export interface CleanupContext {
  readonly runtimes: readonly Runtime[];
  /** null where there is no catalog yet. */
  readonly catalog: Pick<CatalogClient, 'openScans'> | null;
  readonly places: Places;
  readonly nowMs: number;
}

/** Lists what our labels mark and, if asked, removes what no live scan holds. Touches nothing else. */
export async function cleanup(context: CleanupContext, remove: boolean): Promise<CleanupReport> {
  const { catalog, places, nowMs } = context;
  const open = catalog === null ? [] : (await catalog.openScans(null)).scans;
  const live = new Set(open.filter((scan) => scan.alive).map((scan) => scan.scanId));
  const items: CleanupItem[] = [];
  for (const runtime of context.runtimes) {
    for (const found of await runtime.list()) items.push(await attemptItem(runtime, found, live, nowMs, remove));
  }
  items.push(...(await fetchedItems(places.fetched, live, nowMs, remove)));
  for (const snapshot of await readLiveStates(places.live)) {
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

async function attemptItem(
  runtime: Runtime,
  found: FoundAttempt,
  live: ReadonlySet<string>,
  nowMs: number,
  remove: boolean,
): Promise<CleanupItem> {
  const { labels, ref, state } = found;
  const ageMs = nowMs - found.createdAtMs;
  let keptBecause: string | null = null;
  if (labels !== null && live.has(labels.scan)) keptBecause = 'its scan is running';
  else if (ageMs < GRACE_MS && state === 'running')
    keptBecause = 'it started less than a minute ago and may belong to a scan that is starting';
  const removed = remove && keptBecause === null;
  if (removed) await runtime.remove(ref);
  return {
    kind: ref.runtime === 'docker' ? 'container' : 'process',
    id: ref.id,
    description: `${labels?.role ?? 'worker'} of chunk ${labels?.chunk ?? '?'}, ${state}`,
    bytes: found.spoolBytes,
    ageMs,
    keptBecause,
    removed,
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
