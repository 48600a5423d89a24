import { posix } from 'node:path';
import { homedir } from 'node:os';
import { nameText } from '../../shared/names.ts';
import { isFuse, isWithin, mountHolding, type MountEntry } from '../../shared/mount-table.ts';
import type { HostChoice, Place, PlaceKind, PlacesReport, PlaceSpace } from '../../shared/places.ts';
import { ENTRY_KIND } from '../../shared/shard-schema.ts';
import type { PlaceLook } from '../../shared/worker-protocol.ts';
import type { RuntimeInfo } from '../runtime/runtime.ts';
import { candidatesOf, type Candidate } from './place-candidates.ts';
import { knownOf, type KnowingCatalog } from './listing.ts';
import type { AppShared } from './prepare.ts';
import { withHelpers, type Helpers } from './with-helper.ts';

const collator = new Intl.Collator('en', { numeric: true });
/** Shares of one file system; nobody has more. */
const MAX_SHARES = 2_000;

/** What can be scanned on a host: shares, disks and pools of a NAS, mounted file systems elsewhere. */
export function hostPlaces(
  shared: AppShared,
  choice: HostChoice,
  catalog: KnowingCatalog,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<PlacesReport> {
  return withHelpers(shared, choice, onProgress, signal, async (helpers) => {
    const { info } = helpers;
    const mounts = (await lookAt(helpers, [])).mounts ?? [];
    const { system, candidates } = candidatesOf(mounts, homeOf(info));
    const looked = (await lookAt(helpers, candidates)).looked;
    const places = candidates.flatMap((candidate, index) =>
      placesOf(candidate, looked[index] ?? null, mounts, looked, candidates),
    );
    const known = await knownOf(
      await catalog(),
      info,
      places.map(({ path, target }) => [path, target]),
    );
    return {
      address: info.address,
      hostName: info.hostName,
      system,
      places: places.map((place, index) => ({ ...place, known: known[index] ?? null })),
    };
  });
}

/** Of this computer only: on a NAS nobody's files lie there. */
function homeOf(info: RuntimeInfo): string | null {
  return info.isRemote || info.isVirtualMachine ? null : homedir();
}

async function lookAt(
  helpers: Helpers,
  candidates: readonly Candidate[],
): Promise<{ readonly mounts: readonly MountEntry[] | null; readonly looked: readonly PlaceLook[] }> {
  const places = candidates.map(({ path, lists }) => ({ path, limit: lists ? MAX_SHARES : 0 }));
  const result = await helpers.run('/', (common) => ({ kind: 'places', ...common, mountTable: '', places }));
  return result.places ?? { mounts: null, looked: [] };
}

/** A candidate itself, or the shares in it. */
function placesOf(
  candidate: Candidate,
  look: PlaceLook | null,
  mounts: readonly MountEntry[],
  looked: readonly PlaceLook[],
  candidates: readonly Candidate[],
): Place[] {
  const space = spaceOf(candidate, look);
  const problem = look?.error ?? null;
  if (candidate.kind !== null) {
    return [place(candidate.path, candidate.kind, null, candidate.filesystem, space, problem), ...sharesOf()];
  }
  return sharesOf();

  function sharesOf(): Place[] {
    const entries = [...(look?.list?.entries ?? [])].sort((a, b) =>
      collator.compare(nameText(a.name), nameText(b.name)),
    );
    return entries.flatMap(({ name, kind, target, error }) => {
      if (typeof name !== 'string' || !candidate.isShare(name)) return [];
      const path = posix.join(candidate.path, name);
      if (kind === ENTRY_KIND.directory) return [place(path, 'share', null, candidate.filesystem, space, error)];
      if (kind !== ENTRY_KIND.symlink || typeof target !== 'string') return [];
      // On Unraid a share that is on one pool only is a link to it: read there, past the program that serves the others.
      const real = posix.resolve(candidate.path, target);
      const holding = mountHolding(real, mounts);
      const index = candidates.findIndex((one) => one.path === holding?.point);
      const pool = candidates[index];
      const poolSpace = pool === undefined ? null : spaceOf(pool, looked[index] ?? null);
      return [place(path, 'share', real, holding?.filesystem ?? null, poolSpace, error)];
    });
  }
}

function spaceOf({ spaceOf: of }: Candidate, look: PlaceLook | null): PlaceSpace | null {
  const { totalBytes = null, freeBytes = null } = look ?? {};
  if (totalBytes === null || freeBytes === null) return null;
  return { totalBytes: Number(totalBytes), freeBytes: Number(freeBytes), of };
}

function place(
  path: string,
  kind: PlaceKind,
  target: string | null,
  filesystem: string | null,
  space: PlaceSpace | null,
  problem: string | null,
): Place {
  return {
    path,
    name: path === '/' ? '/' : posix.basename(path),
    kind,
    target: target === null || isWithin(path, target) ? null : target,
    filesystem,
    isFuse: filesystem !== null && isFuse(filesystem),
    space,
    known: null,
    problem,
  };
}
