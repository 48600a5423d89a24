import { nameToBytes } from '../../shared/names.ts';
import { SpaceTree } from './space-tree.ts';
import type { ChunkLimits, PlanItem, PlannedChunk } from './types.ts';

/**
 * Packs items into chunks, first-fit across the whole set, largest items first, so that no two chunks of the result could be
 * one (each item went into the first chunk with room; what is in a later chunk did not fit an earlier one). An item that is over a
 * limit alone is a chunk alone. Items of unknown size count as filling a chunk. Chunks come largest first, items in tree order.
 */
export function pack(items: readonly PlanItem[], limits: ChunkLimits): PlannedChunk[] {
  const bins: PlanItem[][] = [];
  const alone: PlanItem[] = [];
  const tree = new SpaceTree(items.length, limits.bytes, limits.entries);
  const bySize = [...items].sort((a, b) => fill(b.bytes, b.entries, limits) - fill(a.bytes, a.entries, limits));
  for (const item of bySize) {
    const { bytes, entries } = item;
    if (bytes === null || entries === null || bytes > limits.bytes || entries > limits.entries) {
      alone.push(item);
      continue;
    }
    const bin = tree.take(bytes, entries);
    (bins[bin] ??= []).push(item);
  }
  const chunks = [...alone.map((item) => chunkOf([item], limits)), ...bins.map((bin) => chunkOf(bin, limits))];
  return chunks.sort((a, b) => fill(b.bytes, b.entries, limits) - fill(a.bytes, a.entries, limits));
}

/** The chunk of these items. */
export function chunkOf(items: readonly PlanItem[], limits: ChunkLimits): PlannedChunk {
  let bytes: number | null = 0;
  let entries: number | null = 0;
  for (const item of items) {
    bytes = bytes === null || item.bytes === null ? null : bytes + item.bytes;
    entries = entries === null || item.entries === null ? null : entries + item.entries;
  }
  const oversized = (bytes ?? 0) > limits.bytes || (entries ?? 0) > limits.entries;
  return { items: inTreeOrder(items), bytes, entries, oversized };
}

/** Byte order of paths: neighbours on disk stay neighbours in a worker's list. */
export function inTreeOrder(items: readonly PlanItem[]): PlanItem[] {
  return items
    .map((item) => ({ item, key: nameToBytes(item.path) }))
    .sort((a, b) => compareBytes(a.key, b.key) || (a.item.mode < b.item.mode ? -1 : 1))
    .map(({ item }) => item);
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Share of the limits that is used; unknown counts as more than full, since it may be anything. */
export function fill(bytes: number | null, entries: number | null, limits: ChunkLimits): number {
  if (bytes === null || entries === null) return Number.MAX_VALUE;
  return Math.max(bytes / limits.bytes, entries / limits.entries);
}
