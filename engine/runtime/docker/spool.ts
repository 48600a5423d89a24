import { randomUUID } from 'node:crypto';
import { chmod, copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import type Docker from 'dockerode';
import type { Container, MountSettings } from 'dockerode';
import type { AttemptLabels, FetchedFile } from '../runtime.ts';
import { getFile, putFile, readText } from './archive.ts';
import { unless, within } from './client.ts';
import { INSIDE } from './container-options.ts';
import { isAttemptName } from '../spool-names.ts';
import { ATTEMPT_LABEL, toDockerLabels } from './labels.ts';

/**
 * Where the spools of attempts lie: in a directory of ours that the daemon was seen to see (`hostRoot`: what the host calls it), else in
 * volumes, which every daemon has, but which lie on Docker's own disk.
 */
export type SpoolPlace =
  { readonly kind: 'directory'; readonly localRoot: string; readonly hostRoot: string } | { readonly kind: 'volume' };

/** In the directory of an attempt: what its worker sees, and its labels. */
export const WORK = 'w';
export const RECORD = 'attempt.json';
const VOLUME_PREFIX = 'smart-scanner-';

/** Looks whether the daemon sees a file that we just wrote: nothing else tells (remote daemons, VMs, containers of our own). */
export async function findSpoolPlace(
  docker: Docker,
  imageId: string,
  localRoot: string,
  hostRoot: string,
): Promise<SpoolPlace> {
  const looked = await look(docker, imageId, localRoot, hostRoot);
  // Somebody's cleanup may have taken the container away meanwhile.
  return looked ?? (await look(docker, imageId, localRoot, hostRoot)) ?? { kind: 'volume' };
}

/** null: it could not be looked at. */
async function look(docker: Docker, imageId: string, localRoot: string, hostRoot: string): Promise<SpoolPlace | null> {
  const token = randomUUID();
  const name = `.seen-${token}`;
  let container: Container | null = null;
  try {
    await mkdir(localRoot, { recursive: true });
    await writeFile(join(localRoot, name), token);
    const made = await within('POST /containers/create', (abortSignal) =>
      docker.createContainer({
        name: `smart-scanner-look-${token}`,
        Image: imageId,
        // Never started; found by cleanup should we die right here.
        Labels: { [ATTEMPT_LABEL]: token },
        HostConfig: {
          NetworkMode: 'none',
          Mounts: [{ Type: 'bind', Source: hostRoot, Target: INSIDE.spool, ReadOnly: true }],
        },
        abortSignal,
      }),
    );
    container = made;
    const seen = await readText(made, `${INSIDE.spool}/${name}`);
    if (seen === token) return { kind: 'directory', localRoot, hostRoot };
    // No file and no container are told by the same 404.
    await within('GET /containers', (abortSignal) => made.inspect({ abortSignal }));
    return { kind: 'volume' };
  } catch {
    return null;
  } finally {
    const made = container;
    if (made !== null)
      await within('DELETE /containers', (abortSignal) => made.remove({ force: true, abortSignal })).catch(
        () => undefined,
      );
    await rm(join(localRoot, name), { force: true }).catch(() => undefined);
  }
}

/** The spool of one attempt. Made before its container, removed after it. */
export interface Spool {
  /** Goes into the attempt's ref and its container's label. */
  readonly handle: string;
  readonly mount: MountSettings;
}

export async function makeSpool(
  docker: Docker,
  place: SpoolPlace,
  labels: AttemptLabels,
  jobFile: string,
  job: string,
): Promise<Spool> {
  const { attempt } = labels;
  if (place.kind === 'volume') {
    const name = `${VOLUME_PREFIX}${attempt}`;
    await within('POST /volumes/create', (abortSignal) =>
      docker.createVolume({ Name: name, Labels: toDockerLabels(labels), abortSignal }),
    );
    return { handle: `volume:${name}`, mount: { Type: 'volume', Source: name, Target: INSIDE.spool } };
  }
  const outer = join(place.localRoot, attempt);
  // Only we may pass the outer one, so the inner one can be open: root in a container may be anybody here (user namespaces).
  try {
    await mkdir(outer, { recursive: true, mode: 0o700 });
    await writeFile(join(outer, RECORD), JSON.stringify(labels));
    await mkdir(join(outer, WORK), { recursive: true });
    await chmod(join(outer, WORK), 0o777);
    await writeFile(join(outer, WORK, jobFile), job, { mode: 0o644 });
  } catch (error) {
    // On a full disk, half a spool would only take room.
    await rm(outer, { recursive: true, force: true });
    throw error;
  }
  return {
    handle: `directory:${outer}`,
    mount: { Type: 'bind', Source: posix.join(place.hostRoot, attempt, WORK), Target: INSIDE.spool },
  };
}

/** A volume can only be filled through its container, made and not yet started. */
export async function fillSpool(container: Container, spool: Spool, jobFile: string, job: string): Promise<void> {
  if (spool.handle.startsWith('volume:')) await putFile(container, INSIDE.spool, jobFile, job);
}

export async function fetchFromSpool(
  container: Container,
  handle: string,
  names: readonly string[],
  intoDir: string,
): Promise<FetchedFile[]> {
  const files: FetchedFile[] = [];
  const outer = directoryOf(handle);
  for (const name of names) {
    const file =
      outer === null
        ? await getFile(container, `${INSIDE.spool}/${name}`, name, intoDir)
        : await localFile(join(outer, WORK, name), name, intoDir);
    if (file !== null) files.push({ name, copied: outer === null, ...file });
  }
  return files;
}

/**
 * Idempotent. Removes only what this program makes: the directory of an attempt in this spool, a volume with an attempt's name. A handle comes
 * from a label, which any container can carry, also one of another computer's data directory.
 */
export async function removeSpool(docker: Docker, handle: string, spoolRoot: string): Promise<void> {
  const outer = directoryOf(handle);
  if (outer !== null) {
    const attempt = basename(outer);
    if (isAttemptName(attempt) && outer === join(spoolRoot, attempt))
      await rm(outer, { recursive: true, force: true, maxRetries: 3 });
    return;
  }
  const name = handle.startsWith('volume:') ? handle.slice('volume:'.length) : '';
  if (isOurVolume(name)) {
    const volume = docker.getVolume(name);
    await unless(
      [404],
      within('DELETE /volumes', (abortSignal) => volume.remove({ abortSignal })),
    );
  }
}

export function isOurVolume(name: string): boolean {
  return name.startsWith(VOLUME_PREFIX) && isAttemptName(name.slice(VOLUME_PREFIX.length));
}

/** null for a volume. */
function directoryOf(handle: string): string | null {
  return handle.startsWith('directory:') ? handle.slice('directory:'.length) : null;
}

/** A shard that root wrote can't be rolled back in place by another user: that one works on a copy. */
async function localFile(path: string, name: string, intoDir: string): Promise<{ path: string; bytes: number } | null> {
  const info = await stat(path).catch(() => null);
  if (info === null) return null;
  const user = process.geteuid?.() ?? 0;
  if (user === 0 || info.uid === user) return { path, bytes: info.size };
  const copy = join(intoDir, name);
  await copyFile(path, copy);
  await chmod(copy, 0o600);
  return { path: copy, bytes: info.size };
}
