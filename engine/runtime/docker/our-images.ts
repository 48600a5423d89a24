import type Docker from 'dockerode';
import type { DockerHost } from '../runtime.ts';
import { unless, within } from './client.ts';
import { CONTENT_LABEL } from './labels.ts';
import { leasedContents } from './lease.ts';

const REMOVE_DEADLINE_MS = 60_000;

/** Every image with our label, of whatever version. */
export async function ourImages(docker: Docker): ReturnType<DockerHost['ourImages']> {
  const filters = { label: [CONTENT_LABEL] };
  const images = await within('GET /images', (abortSignal) => docker.listImages({ filters, abortSignal }));
  return images.map(({ Id, RepoTags, Size }) => ({
    id: Id,
    names: ((RepoTags as string[] | null) ?? []).filter((name) => name !== '<none>:<none>'),
    bytes: Size,
  }));
}

/** By all its names; one that is gone already is no error. */
export async function removeImage(docker: Docker, id: string): Promise<void> {
  await unless(
    [404],
    within('DELETE /images', (abortSignal) => docker.getImage(id).remove({ force: true, abortSignal })),
  );
}

/** A name of this image, so that it has one wherever it is brought to: the one that it should have may be that of another version by now. */
export async function nameOfImage(docker: Docker, name: string, id: string, content: string): Promise<string> {
  const holder = await unless(
    [404],
    within(`inspecting the image ${name}`, () => docker.getImage(name).inspect()),
  );
  if (holder?.Id === id) return name;
  const [repo, tag] = ['smart-scanner', content.slice(0, 12)];
  await within('POST /images/tag', (abortSignal) => docker.getImage(id).tag({ repo, tag, abortSignal }));
  return `${repo}:${tag}`;
}

/**
 * Images of ours that lost their name to a newer one, also those of builds before: one that was still used stayed then, and it is found by
 * nothing but its label now. Those in use stay again: the daemon refuses to remove one that a container has, and one that a scan runs from (by
 * another version of this program, which may have no container just now) stands in its lease. Room is nice to have: nothing here is a reason not
 * to scan.
 */
export async function removeSuperseded(docker: Docker): Promise<void> {
  try {
    const filters = { dangling: ['true'], label: [CONTENT_LABEL] };
    const images = await within('GET /images', (abortSignal) => docker.listImages({ filters, abortSignal }));
    const leased = images.length === 0 ? null : await leasedContents(docker);
    if (leased === null) return;
    for (const { Id, Labels } of images) {
      if (leased.has(Labels[CONTENT_LABEL] ?? '')) continue;
      const removing = within('DELETE /images', (abortSignal) => docker.getImage(Id).remove({ abortSignal }), {
        deadlineMs: REMOVE_DEADLINE_MS,
      });
      await unless([404, 409], removing);
    }
  } catch {
    // The next build looks again.
  }
}
