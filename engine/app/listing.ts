import { posix } from 'node:path';
import { SmartScannerError } from '../../shared/errors.ts';
import { isFuse } from '../../shared/mount-table.ts';
import type { HostChoice, KnownSize, ListedEntry, ListedKind, ListingReport } from '../../shared/places.ts';
import { ENTRY_KIND } from '../../shared/shard-schema.ts';
import type { CatalogClient } from '../catalog/api.ts';
import type { RuntimeInfo } from '../runtime/runtime.ts';
import { MAX_LISTED } from './app.ts';
import type { AppShared } from './prepare.ts';
import { withHelpers, type Helpers } from './with-helper.ts';

export interface ListingRequest extends HostChoice {
  /** Absolute. */
  readonly path: string;
}

/** Opens the catalog to read what it knows; null where there is none. */
export type KnowingCatalog = () => Promise<CatalogClient | null>;

/** One directory of a host, with what inventories know of the directories in it. MOUNT_NOT_LISTABLE. */
export function listing(
  shared: AppShared,
  request: ListingRequest,
  catalog: KnowingCatalog,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<ListingReport> {
  const path = posix.normalize(request.path).replace(/(.)\/$/u, '$1');
  return withHelpers(shared, request, onProgress, signal, async (helpers) => {
    const { info } = helpers;
    const found = await listDirectory(helpers, path, MAX_LISTED);
    const directories = found.entries.flatMap(({ kind, name }) =>
      kind === 'directory' && typeof name === 'string' ? [name] : [],
    );
    const names = ['', ...directories];
    const [own = null, ...sizes] = await knownOf(
      await catalog(),
      info,
      names.map((name) => [posix.join(path, name), found.target === null ? null : posix.join(found.target, name)]),
    );
    const byName = new Map(directories.map((name, index) => [name, sizes[index] ?? null]));
    return {
      ...found,
      address: info.address,
      hostName: info.hostName,
      path,
      known: own,
      entries: found.entries.map((entry) => ({
        ...entry,
        known: entry.kind === 'directory' && typeof entry.name === 'string' ? (byName.get(entry.name) ?? null) : null,
      })),
    };
  });
}

/** What inventories know of places, each by its own name, else by where it really lies. */
export async function knownOf(
  catalog: CatalogClient | null,
  { ids }: RuntimeInfo,
  places: readonly (readonly [string, string | null])[],
): Promise<(KnownSize | null)[]> {
  if (catalog === null || places.length === 0) return places.map(() => null);
  const paths = [...places.map(([path]) => path), ...places.map(([path, target]) => target ?? path)];
  const { sizes } = await catalog.knownSizes({ ids, paths });
  return places.map((_place, index) => sizes[index] ?? sizes[places.length + index] ?? null);
}

type Listed = Omit<ListingReport, 'address' | 'hostName' | 'path' | 'known'>;

/** At most `limit` entries, directories first, by name. Throws MOUNT_NOT_LISTABLE. */
export async function listDirectory(helpers: Helpers, path: string, limit: number): Promise<Listed> {
  const result = await helpers
    .run(path, (common) => ({ kind: 'list', ...common, path: '', limit, bound: { mountTable: '', path } }))
    .catch((error: unknown) => {
      if (error instanceof SmartScannerError && /bind source path does not exist/i.test(error.message))
        throw cannotList(path, 'ENOENT');
      throw error;
    });
  if (result.list === undefined) throw cannotList(path, result.error ?? 'no result');
  const { filesystem = null, totalBytes = null, freeBytes = null, boundPath = null } = result.list;
  const entries = result.list.entries.map(({ name, kind, size, mtimeMs, target, error }): ListedEntry => {
    const what = KINDS[kind] ?? 'other';
    return {
      name,
      kind: what,
      bytes: what === 'file' && size !== null ? Number(size) : null,
      mtimeMs,
      target: target ?? null,
      known: null,
      problem: error,
    };
  });
  return {
    target: boundPath === null || boundPath === path ? null : boundPath,
    filesystem,
    isFuse: filesystem !== null && isFuse(filesystem),
    space:
      totalBytes === null || freeBytes === null
        ? null
        : { totalBytes: Number(totalBytes), freeBytes: Number(freeBytes) },
    entries: entries.sort(byKindAndName),
    truncated: result.list.truncated,
  };
}

const KINDS: Readonly<Record<number, ListedKind>> = {
  [ENTRY_KIND.directory]: 'directory',
  [ENTRY_KIND.file]: 'file',
  [ENTRY_KIND.symlink]: 'symlink',
};

const collator = new Intl.Collator('en', { numeric: true });

function byKindAndName(a: ListedEntry, b: ListedEntry): number {
  const text = ({ name }: ListedEntry): string => (typeof name === 'string' ? name : name.text);
  return Number(b.kind === 'directory') - Number(a.kind === 'directory') || collator.compare(text(a), text(b));
}

function cannotList(path: string, why: string): SmartScannerError {
  return new SmartScannerError('MOUNT_NOT_LISTABLE', `${path} can't be listed (${why}).`, {
    hint: 'Check its permissions, and that the disk or share behind it is healthy.',
  });
}
