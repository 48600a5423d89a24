import type { FindCursor, FindQuery, FoundPage } from '../../shared/files.ts';
import type { CatalogClient, FindPlace, FoundWindow } from '../catalog/api.ts';
import { compareHits } from '../catalog/find-order.ts';

/**
 * A page of a search, put together from stretches of the catalog that are each looked at in a call of their own: others get their turn
 * between two, and none holds a read transaction for long. Rejects with the signal's reason when it aborts.
 */
export async function findPage(
  catalog: Pick<CatalogClient, 'find'>,
  query: FindQuery,
  after: FindCursor | null,
  limit: number,
  signal: AbortSignal,
): Promise<FoundPage> {
  const isByPlace = query.order === 'place';
  let at: FindPlace | null = isByPlace && after !== null ? { source: after.source, dir: after.dir } : null;
  let hits: FoundWindow['hits'] = [];
  let total: number | null = isByPlace || after !== null ? null : 0;
  for (;;) {
    signal.throwIfAborted();
    // Rows that stand in for others lie in older scans, whose places are lower: a place is compared within its source only.
    const isAfter = after !== null && (!isByPlace || (at?.source ?? 0) === after.source);
    const window: FoundWindow = await catalog.find({
      ...query,
      at,
      after: isAfter ? after : null,
      limit: isByPlace ? limit - hits.length : limit,
    });
    hits = isByPlace
      ? [...hits, ...window.hits]
      : [...hits, ...window.hits].sort((a, b) => compareHits(query.order, a.cursor, b.cursor)).slice(0, limit);
    if (total !== null) total += window.count ?? 0;
    at = window.next;
    if (at !== null && !(isByPlace && hits.length >= limit)) continue;
    const next = hits.length >= limit ? (hits.at(-1)?.cursor ?? null) : null;
    return { facts: window.facts, rows: hits.map(({ row }) => row), next, total };
  }
}
