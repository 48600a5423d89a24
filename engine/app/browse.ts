import type { BrowseReport } from '../../shared/inventory.ts';
import type { RuntimeChoice } from '../../shared/settings.ts';
import { listDirectory } from './listing.ts';
import type { AppShared } from './prepare.ts';
import { withHelpers } from './with-helper.ts';

/** Enough to pick from; a directory with more is no place of mount points. */
const MAX_ENTRIES = 5_000;

export interface BrowseRequest {
  readonly runtime: RuntimeChoice;
  /** As in the settings of a scan. */
  readonly host: string | null;
  readonly path: string;
}

/** The directories at a path of a host, as a worker there sees them. Names that aren't UTF-8 are left out: they can't be typed either. */
export function browse(
  shared: AppShared,
  { runtime, host, path }: BrowseRequest,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<BrowseReport> {
  return withHelpers(shared, { runtime, host }, onProgress, signal, async (helpers) => {
    const { entries, truncated } = await listDirectory(helpers, path, MAX_ENTRIES);
    const names = entries.flatMap(({ name, kind }) => (kind === 'directory' && typeof name === 'string' ? [name] : []));
    return { path, directories: names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })), truncated };
  });
}
