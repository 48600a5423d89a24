import type { LoadName } from '../../shared/settings.ts';
import type { WorkerPriority } from '../runtime/runtime.ts';

/** What a load means in numbers. What is said on the command line (threads, workers) counts for more. */
export interface LoadProfile {
  readonly priority: WorkerPriority;
  /** Walker threads a worker. */
  threads(cores: number): number;
  /** Workers at a time, of those that the runtime would have by itself. */
  most(ordinary: number): number;
  /** Workers before it is known how the disks take it. */
  first(cores: number): number;
  /** Fewer workers when the disks get slow, more while they don't. */
  readonly adaptive: boolean;
  /** Workers rest while others use the host. */
  readonly givesWay: boolean;
}

const ordinaryThreads = (cores: number): number => Math.min(4, Math.max(2, cores));

/**
 * Shares and weights count only where others want the same processor or disk (Docker's defaults are 1024 and 500): an idle NAS is scanned as
 * fast with 128 as with 1024. What holds back on an idle disk, too, is the number of calls under way: threads × workers.
 */
export const LOADS: Readonly<Record<LoadName, LoadProfile>> = {
  gentle: {
    priority: { cpuShares: 128, ioWeight: 50, niceness: 15 },
    threads: () => 1,
    // Two would take each other for somebody else.
    most: () => 1,
    first: () => 1,
    adaptive: true,
    givesWay: true,
  },
  balanced: {
    priority: { cpuShares: 512, ioWeight: 250, niceness: 5 },
    threads: ordinaryThreads,
    most: (ordinary) => ordinary,
    first: (cores) => Math.max(4, cores),
    adaptive: true,
    givesWay: false,
  },
  fast: {
    priority: { cpuShares: 1024, ioWeight: 500, niceness: 0 },
    threads: ordinaryThreads,
    most: (ordinary) => ordinary,
    first: () => Number.POSITIVE_INFINITY,
    adaptive: false,
    givesWay: false,
  },
};
