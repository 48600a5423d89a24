import type { HostAsk, HostLease, Runtime } from '../runtime/runtime.ts';
import type { CleanupItem } from './app.ts';
import { askHolders } from './take-over.ts';

/** What stands on the hosts about who scans what. */
export interface SeenLeases {
  readonly leases: readonly { readonly lease: HostLease; readonly runtime: Runtime }[];
  /** Questions whose scan holds nothing any more: whoever put them has gone. */
  readonly asks: readonly { readonly ask: HostAsk; readonly runtime: Runtime }[];
  /** Owners that answered, of scans that this catalog doesn't know, by scan. */
  readonly elsewhere: ReadonlyMap<string, string>;
}

/** Looks at the leases, and asks the owners of scans that this catalog doesn't know whether they live. Where that can't be asked, they do. */
export async function seeLeases(
  runtimes: readonly Runtime[],
  known: ReadonlySet<string>,
  by: string,
): Promise<SeenLeases> {
  const seen = { leases: [] as SeenLeases['leases'][number][], asks: [] as SeenLeases['asks'][number][] };
  const elsewhere = new Map<string, string>();
  for (const runtime of runtimes) {
    if (runtime.leases === null) continue;
    const { leases, asks } = await runtime.leases.look();
    const holders = new Set(leases.map(({ scanId }) => scanId));
    seen.leases.push(...leases.map((lease) => ({ lease, runtime })));
    seen.asks.push(...asks.filter(({ scanId }) => !holders.has(scanId)).map((ask) => ({ ask, runtime })));
    const others = [...holders].filter((scanId) => !known.has(scanId));
    const { signal } = new AbortController();
    const alive = await askHolders(runtime.leases, others, 'answer', by, signal).catch(() => new Set(others));
    for (const { scanId, owner } of leases) if (alive.has(scanId)) elsewhere.set(scanId, owner);
  }
  return { ...seen, elsewhere };
}

export async function leaseItems(
  { leases, asks, elsewhere }: SeenLeases,
  live: ReadonlySet<string>,
  nowMs: number,
  remove: boolean,
): Promise<CleanupItem[]> {
  const items: CleanupItem[] = [];
  for (const { lease, runtime } of leases) {
    const keptBecause = whyHeld(lease.scanId, live, elsewhere);
    const removed = remove && keptBecause === null;
    if (removed) await runtime.leases?.drop(lease);
    items.push({
      kind: 'volume',
      id: lease.scanId,
      description: `lease of ${lease.mountName} for a scan by ${lease.owner}`,
      bytes: null,
      ageMs: Math.max(0, nowMs - lease.sinceMs),
      keptBecause,
      removed,
    });
  }
  for (const { ask, runtime } of asks) {
    if (remove) await runtime.leases?.withdraw(ask.id);
    items.push({
      kind: 'volume',
      id: ask.scanId,
      description: `question of ${ask.by} to a scan that is over`,
      bytes: null,
      ageMs: 0,
      keptBecause: null,
      removed: remove,
    });
  }
  return items;
}

/** Why what belongs to this scan stays, or null. */
export function whyHeld(
  scanId: string,
  live: ReadonlySet<string>,
  elsewhere: ReadonlyMap<string, string>,
): string | null {
  if (live.has(scanId)) return 'its scan is running';
  const owner = elsewhere.get(scanId);
  return owner === undefined ? null : `its scan is run by ${owner}`;
}
