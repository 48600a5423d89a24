import { chunkOf, inTreeOrder, pack } from './pack.ts';
import type { ChunkLimits, PlanItem, PlannedChunk } from './types.ts';

/**
 * Packs what an attempt left. Known sizes are packed as ever; those of unknown size go into about `parts` chunks by count,
 * neighbours in the tree together, none empty.
 */
export function packRemainder(items: readonly PlanItem[], limits: ChunkLimits, parts: number): PlannedChunk[] {
  const unknown = items.filter((item) => item.bytes === null || item.entries === null);
  const known = items.filter((item) => item.bytes !== null && item.entries !== null);
  const chunks: PlannedChunk[] = [];
  const ordered = inTreeOrder(unknown);
  const count = Math.min(ordered.length, Math.max(1, Math.floor(parts)));
  for (let part = 0; part < count; part += 1) {
    const first = Math.floor((part * ordered.length) / count);
    const end = Math.floor(((part + 1) * ordered.length) / count);
    chunks.push(chunkOf(ordered.slice(first, end), limits));
  }
  return [...chunks, ...pack(known, limits)];
}
