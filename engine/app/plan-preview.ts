import type { PlanPreview } from '../../shared/inventory.ts';
import type { CatalogClient } from '../catalog/api.ts';
import { pack } from '../plan/pack.ts';
import type { ChunkLimits } from '../plan/types.ts';

/** As many bars as a picture has room for. */
const MOST_SIZES = 400;

/** The chunks of a plan from the published scan of a mount, without asking its host. null: none is published. */
export async function previewPlan(
  catalog: CatalogClient,
  { mountId, limits }: { readonly mountId: string; readonly limits: ChunkLimits },
): Promise<PlanPreview | null> {
  if (!(await catalog.isPublished({ mountId })).published) return null;
  const { items } = await catalog.publishedItems({ mountId, limits });
  const chunks = pack(items, limits);
  const sizes = chunks.map(({ bytes }) => bytes ?? 0).sort((a, b) => b - a);
  const step = Math.max(1, sizes.length / MOST_SIZES);
  return {
    chunks: chunks.length,
    bytes: Array.from({ length: Math.min(sizes.length, MOST_SIZES) }, (_, at) => sizes[Math.floor(at * step)] ?? 0),
    oversized: chunks.filter(({ oversized }) => oversized).length,
    entries: chunks.reduce((sum, { entries }) => sum + (entries ?? 0), 0),
  };
}
