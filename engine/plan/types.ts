import type { RelativePath } from '../../shared/names.ts';
import type { RootMode } from '../../shared/worker-protocol.ts';

/** A thing to be put into chunks. Sizes: entries at or below (itself included), allocated bytes; null = unknown. */
export interface PlanItem {
  readonly path: RelativePath;
  readonly mode: RootMode;
  readonly entries: number | null;
  readonly bytes: number | null;
}

export interface ChunkLimits {
  readonly bytes: number;
  readonly entries: number;
}

/** A chunk before the catalog has numbered it. Unknown sizes make a total null. */
export interface PlannedChunk {
  readonly items: readonly PlanItem[];
  readonly entries: number | null;
  readonly bytes: number | null;
  /** One item over a limit: scanned anyway, alone. */
  readonly oversized: boolean;
}
