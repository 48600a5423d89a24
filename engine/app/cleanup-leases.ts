import type { HostAsk, HostLease, HostLeases, Runtime } from '../runtime/runtime.ts';
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

/** A list and the removal that follows it ask once. */
const HEARD_MS = 60_000;

/** Which owners answered a moment ago. */
export class HeardOwners {
  readonly #heard = new Map<string, { readonly alive: boolean; readonly at: number }>();

  /** Of these scans, those whose owner answers. */
  async alive(leases: HostLeases, scanIds: readonly string[], by: string): Promise<Set<string>> {
    const fresh = (scanId: string): boolean =>
      performance.now() - (this.#heard.get(scanId)?.at ?? -Infinity) < HEARD_MS;
    const unheard = scanIds.filter((scanId) => !fresh(scanId));
    const { signal } = new AbortController();
    // Where that can't be asked, they live.
    const answered = await askHolders(leases, unheard, 'answer', by, signal).catch(() => new Set(unheard));
    const at = performance.now();
    for (const scanId of unheard) this.#heard.set(scanId, { alive: answered.has(scanId), at });
    return new Set(scanIds.filter((scanId) => this.#heard.get(scanId)?.alive === true));
  }
}

/** Looks at the leases, and asks the owners of scans that this catalog doesn't know whether they live. */
export async function seeLeases(
  runtimes: readonly Runtime[],
  known: ReadonlySet<string>,
  heard: Pick<HeardOwners, 'alive'>,
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
    const alive = await heard.alive(runtime.leases, others, by);
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
