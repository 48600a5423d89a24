import { toSmartScannerError } from '../../shared/errors.ts';
import type { ScanLog } from '../log/scan-log.ts';
import type { HostAsk, HostLease, HostLeases } from '../runtime/runtime.ts';
import { systemClock } from '../scan/clock.ts';
import type { AppShared, Prepared } from './prepare.ts';
import { heldElsewhere, takeFrom } from './take-over.ts';

/** How often the owner of a lease looks for questions: well below what whoever asks waits. */
const LOOK_MS = 5_000;

export interface MountWanted {
  readonly scanId: string;
  readonly mountPath: string;
  readonly mountName: string;
  readonly takeOver: boolean;
}

/** A mount that is held where all computers that use its host see it, as long as its scan runs. */
export interface HeldMount {
  /** Answers questions from now on; `stop` when somebody takes over. */
  watch(log: ScanLog, stop: () => void): void;
  /** Gives it back. Never throws. */
  end(): Promise<void>;
}

const NOT_HELD: HeldMount = { watch: () => undefined, end: () => Promise.resolve() };

/**
 * Takes the lease of this mount for a scan. SCAN_RUNNING names who holds it, unless it is to be taken over. A lease of a scan of this catalog that
 * nobody runs any more is simply replaced. Where the host keeps no leases, the lock in the data directory is all there is.
 */
export async function holdMount(
  shared: AppShared,
  { pick, known }: Prepared,
  wanted: MountWanted,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<HeldMount> {
  const { leases } = pick.runtime;
  if (leases === null) return NOT_HELD;
  const { scanId, mountPath, mountName, takeOver } = wanted;
  const mine: HostLease = { scanId, mountPath, mountName, owner: shared.owner, sinceMs: systemClock.now() };
  for (;;) {
    let holder: HostLease;
    try {
      holder = await leases.take(mine);
    } catch (error) {
      // An inventory is worth more than telling others of it.
      say(`Other computers can't see that this mount point is being scanned: ${toSmartScannerError(error).message}`);
      return NOT_HELD;
    }
    if (holder.scanId === scanId) {
      if (holder.owner === mine.owner) return new WatchedLease(leases, mine);
      // Left by whoever ran this scan before: the lock says that nobody does now.
      await leases.drop(holder);
      continue;
    }
    const owner = known === null ? 'elsewhere' : await ownerOf(shared, holder.scanId);
    // The lock refuses this one, and says it better.
    if (owner === 'here') return NOT_HELD;
    if (owner === 'gone') await leases.drop(holder);
    else if (takeOver) await takeFrom(pick.runtime, leases, holder, shared.owner, say, signal);
    else throw heldElsewhere(holder);
  }
}

/** Of a scan of this catalog the lock tells whether anybody runs it. */
async function ownerOf(shared: AppShared, scanId: string): Promise<'here' | 'gone' | 'elsewhere'> {
  const catalog = shared.catalog();
  const { scans } = await catalog.scans({ mountName: null, limit: Number.MAX_SAFE_INTEGER });
  if (!scans.some((scan) => scan.scanId === scanId)) return 'elsewhere';
  const open = (await catalog.openScans(null)).scans;
  return open.some((scan) => scan.scanId === scanId && scan.alive) ? 'here' : 'gone';
}

class WatchedLease implements HeldMount {
  readonly #leases: HostLeases;
  readonly #mine: HostLease;
  readonly #ended = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #taken = false;

  constructor(leases: HostLeases, mine: HostLease) {
    this.#leases = leases;
    this.#mine = mine;
  }

  watch(log: ScanLog, stop: () => void): void {
    this.#watching = this.#watch((by) => {
      if (!this.#taken) log.warn(`TAKE OVER: ${by} takes this mount point over; this scan stops`);
      this.#taken = true;
      stop();
    });
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#watching;
    // A host that can't be reached keeps it; whoever wants the mount then asks, and nobody answers.
    await this.#leases.drop(this.#mine).catch(() => undefined);
  }

  async #watch(takenBy: (by: string) => void): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        const { leases, asks } = await this.#leases.look();
        const standing = leases.find(({ mountPath }) => mountPath === this.#mine.mountPath);
        // `docker volume prune` takes volumes that no container uses.
        const holder = standing ?? (await this.#leases.take(this.#mine));
        if (holder.scanId !== this.#mine.scanId) takenBy(holder.owner);
        for (const ask of asks) if (ask.scanId === this.#mine.scanId) await this.#answer(ask, takenBy);
      } catch {
        // The host does not answer: looked at again, as all of it is.
      }
      await systemClock.delay(LOOK_MS, signal);
    }
  }

  async #answer(ask: HostAsk, takenBy: (by: string) => void): Promise<void> {
    if (await this.#leases.withdraw(ask.id)) {
      if (ask.kind === 'stop') takenBy(ask.by);
    }
  }
}
