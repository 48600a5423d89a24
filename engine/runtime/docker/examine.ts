import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import type Docker from 'dockerode';
import type { DaemonLook } from '../runtime.ts';
import { within } from './client.ts';
import { lookAtImage, type ImageWish } from './image.ts';
import { ATTEMPT_LABEL, CONTENT_LABEL } from './labels.ts';

interface Info {
  readonly Name: string;
  readonly Driver: string;
  readonly DockerRootDir: string;
  readonly SystemTime?: string;
  readonly Warnings?: readonly string[] | null;
}

/** Looks at a daemon: its versions, disk and clock, our image, and what of ours is there. */
export async function examineDaemon(docker: Docker, wish: ImageWish, signal: AbortSignal): Promise<DaemonLook> {
  const askedAtMs = Date.now();
  const info = (await within('GET /info', () => docker.info(), { signal })) as Info;
  const answeredAtMs = Date.now();
  const [version, image, containers, images, rootSpace] = await Promise.all([
    within('GET /version', () => docker.version(), { signal }),
    lookAtImage(docker, wish),
    within('GET /containers/json', (abortSignal) =>
      docker.listContainers({ all: true, filters: { label: [ATTEMPT_LABEL] }, abortSignal }),
    ),
    within('GET /images', (abortSignal) => docker.listImages({ filters: { label: [CONTENT_LABEL] }, abortSignal })),
    info.Name === hostname() ? spaceOf(info.DockerRootDir) : null,
  ]);
  const hostMs = Date.parse(info.SystemTime ?? '');
  return {
    version: version.Version,
    apiVersion: version.ApiVersion,
    storageDriver: info.Driver,
    rootDir: info.DockerRootDir,
    rootSpace,
    clockAheadMs: Number.isNaN(hostMs) ? null : Math.round(hostMs - (askedAtMs + answeredAtMs) / 2),
    warnings: info.Warnings ?? [],
    image,
    ours: {
      containers: containers.length,
      running: containers.filter(({ State }) => State === 'running').length,
      images: images.length,
      imageBytes: images.reduce((sum, { Size }) => sum + Size, 0),
    },
  };
}

/** null where this computer doesn't see it. */
async function spaceOf(dir: string): Promise<DaemonLook['rootSpace']> {
  try {
    const { bavail, blocks, bsize } = await statfs(dir);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return null;
  }
}
