import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { posix } from 'node:path';
import type Docker from 'dockerode';
import { within } from './client.ts';

/** The container that this program itself runs in, where it does: `run_smart_scan.sh` on a NAS. */
export interface SelfContainer {
  readonly imageId: string;
  readonly mounts: readonly { readonly source: string; readonly destination: string }[];
}

/** null where we are in no container of this daemon. */
export async function findSelf(docker: Docker): Promise<SelfContainer | null> {
  for (const id of await candidateIds()) {
    try {
      const found = await within('inspect', (abortSignal) => docker.getContainer(id).inspect({ abortSignal }));
      return {
        imageId: found.Image,
        mounts: found.Mounts.map((mount) => ({ source: mount.Source, destination: mount.Destination })),
      };
    } catch {
      // Not a container of this daemon, or of none at all.
    }
  }
  return null;
}

/** What the host calls a path of ours: by the mount that holds it. null where it lies in the container's own file system. */
export function hostPathOf(path: string, self: SelfContainer): string | null {
  const holding = self.mounts
    .filter(({ destination }) => path === destination || path.startsWith(withSlash(destination)))
    .sort((a, b) => b.destination.length - a.destination.length)[0];
  return holding === undefined ? null : posix.join(holding.source, posix.relative(holding.destination, path));
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

/** Containers bind their own /etc/hostname from `…/containers/<id>/hostname`; cgroups and the host name tell the id too, at times. */
async function candidateIds(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const [mountinfo, cgroup, marker] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
    readFile('/proc/self/cgroup', 'utf8').catch(() => ''),
    readFile('/.dockerenv').then(
      () => true,
      () => false,
    ),
  ]);
  const ids = new Set<string>();
  for (const match of mountinfo.matchAll(/\/containers\/([0-9a-f]{64})\/(?:hostname|resolv\.conf|hosts)/gu)) {
    ids.add(match[1] ?? '');
  }
  for (const match of cgroup.matchAll(/([0-9a-f]{64})/gu)) ids.add(match[1] ?? '');
  if (marker && /^[0-9a-f]{12}$/u.test(hostname())) ids.add(hostname());
  return [...ids].filter((id) => id !== '');
}
