import { Readable } from 'node:stream';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { SmartScannerError } from '../../../shared/errors.ts';
import type { ImageStatus } from '../runtime.ts';
import type { DaemonLook } from '../runtime.ts';
import { daemonWords, unless, within } from './client.ts';
import { CONTENT_LABEL, VERSION_LABEL } from './labels.ts';
import { removeSuperseded } from './our-images.ts';

/** The tag that the image gets when nobody names one. */
export const DEFAULT_IMAGE = 'smart-scanner:latest';
const DOCKERFILE = 'Dockerfile.smart';
const CONTENT_FILE = 'dist/image-content.json';
const BUILD_DEADLINE_MS = 10 * 60_000;
const PULL_DEADLINE_MS = 30 * 60_000;

export interface ImageWish {
  /** Where Dockerfile.smart and dist/ lie. */
  readonly contextRoot: string;
  /** --image; null: any image with our content, else built as DEFAULT_IMAGE. */
  readonly image: string | null;
  /** Instead of the Dockerfile's. */
  readonly baseImage: string | null;
}

interface Content {
  readonly hash: string;
  readonly version?: string;
  readonly files: readonly string[];
}

/**
 * The id of an image that carries exactly this program, built through the daemon's API where there is none. Throws IMAGE_MISSING (a base
 * that can't be had, a name that isn't ours) and IMAGE_BUILD, each with the command that mends it.
 */
export async function ensureImage(
  docker: Docker,
  wish: ImageWish,
  onProgress: (line: string) => void,
  signal: AbortSignal,
  agree?: Agree,
): Promise<string> {
  const content = await contentOf(wish.contextRoot);
  const found = wish.image === null ? await findByContent(docker, content.hash) : await findNamed(docker, wish.image);
  if (found !== null && found.content === content.hash) return found.id;
  if (found !== null && found.content === null) {
    throw new SmartScannerError('IMAGE_MISSING', `${wish.image ?? DEFAULT_IMAGE} is not an image of Smart Scanner.`, {
      hint: 'Leave --image out, or give the image a name that nothing else has: it is built under it.',
    });
  }
  const tag = wish.image ?? DEFAULT_IMAGE;
  const about = found === null ? 'has no worker image yet' : 'has the worker image of another version';
  if (agree !== undefined && !(await agree(`The host ${about}. Build ${tag} there now?`))) {
    throw new SmartScannerError('IMAGE_MISSING', `The worker image ${tag} was not prepared.`, {
      hint: 'Prepare it with `smart-scanner image prepare`, or bring it with `image load FILE`.',
    });
  }
  onProgress(
    found === null
      ? `Building the image ${tag} (once).`
      : `The image ${tag} carries another version: building it again.`,
  );
  const base = wish.baseImage ?? defaultBase(await readFile(join(wish.contextRoot, DOCKERFILE), 'utf8'));
  await ensureBase(docker, base, onProgress, signal);
  await build(docker, wish.contextRoot, content, { tag, base }, onProgress, signal);
  const built = await findNamed(docker, tag);
  if (built?.content !== content.hash) {
    throw new SmartScannerError('IMAGE_BUILD', `The image ${tag} was built, but the daemon shows another one.`, {
      hint: 'Another build under this name may have run at the same time; try again.',
    });
  }
  await removeSuperseded(docker);
  return built.id;
}

/** Looks only. */
export async function imageStatus(docker: Docker, wish: ImageWish): Promise<ImageStatus> {
  const content = await contentOf(wish.contextRoot);
  const found = wish.image === null ? await findByContent(docker, content.hash) : await findNamed(docker, wish.image);
  const wanted = { content: content.hash, version: content.version ?? null };
  const name = wish.image ?? DEFAULT_IMAGE;
  if (found === null) return { name, state: 'missing', wanted, image: null };
  const { id, content: hash, version, bytes, createdAtMs, architecture, tag } = found;
  const state = hash === null ? 'foreign' : hash === content.hash ? 'ready' : 'outdated';
  return { name: tag ?? name, state, wanted, image: { id, content: hash, version, bytes, createdAtMs, architecture } };
}

/** What this program carries to its workers. */
export async function contentOf(contextRoot: string): Promise<Content> {
  return JSON.parse(await readFile(join(contextRoot, CONTENT_FILE), 'utf8')) as Content;
}

/** Whether an image that carries this program is there, and what it would be built from. */
export async function lookAtImage(docker: Docker, wish: ImageWish): Promise<DaemonLook['image']> {
  const content = await contentOf(wish.contextRoot);
  const base = wish.baseImage ?? defaultBase(await readFile(join(wish.contextRoot, DOCKERFILE), 'utf8'));
  const [found, baseFound] = await Promise.all([
    wish.image === null ? findByContent(docker, content.hash) : findNamed(docker, wish.image),
    findNamed(docker, base),
  ]);
  const state =
    found === null
      ? 'missing'
      : found.content === null
        ? 'foreign'
        : found.content === content.hash
          ? 'present'
          : 'other-version';
  return { name: wish.image ?? DEFAULT_IMAGE, state, base, baseIsThere: baseFound !== null };
}

/** Asked before something is built on a host of somebody who looks on. */
export type Agree = (question: string) => Promise<boolean>;

interface Found {
  readonly id: string;
  /** One of its names, where it has any. */
  readonly tag: string | null;
  readonly version: string | null;
  readonly bytes: number;
  readonly createdAtMs: number | null;
  readonly architecture: string;
  /** Hash of the program in it; null: not one of ours. */
  readonly content: string | null;
}

async function findByContent(docker: Docker, hash: string): Promise<Found | null> {
  const images = await within('GET /images', (abortSignal) =>
    docker.listImages({ filters: { label: [`${CONTENT_LABEL}=${hash}`] }, abortSignal }),
  );
  const image = images[0];
  return await findNamed(docker, image?.Id ?? DEFAULT_IMAGE);
}

async function findNamed(docker: Docker, name: string): Promise<Found | null> {
  const image = await unless(
    [404],
    within(`inspecting the image ${name}`, () => docker.getImage(name).inspect()),
  );
  if (image === undefined) return null;
  const labels = (image.Config as { Labels?: Readonly<Record<string, string>> | null } | undefined)?.Labels;
  const created = Date.parse(image.Created);
  return {
    id: image.Id,
    tag: (image.RepoTags as string[] | null)?.[0] ?? null,
    content: labels?.[CONTENT_LABEL] ?? null,
    version: labels?.[VERSION_LABEL] ?? null,
    bytes: image.Size,
    createdAtMs: Number.isNaN(created) ? null : created,
    architecture: image.Architecture,
  };
}

function defaultBase(dockerfile: string): string {
  const base = /^ARG BASE_IMAGE=(\S+)$/mu.exec(dockerfile)?.[1];
  if (base === undefined) throw new SmartScannerError('IMAGE_BUILD', `${DOCKERFILE} names no BASE_IMAGE.`);
  return base;
}

async function ensureBase(
  docker: Docker,
  base: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const present = await unless(
    [404],
    within('inspecting the base image', () => docker.getImage(base).inspect(), { signal }),
  );
  if (present !== undefined) return;
  onProgress(`Pulling ${base} (once).`);
  try {
    const stream = await within(`pulling ${base}`, () => docker.pull(base, { abortSignal: signal }), {
      deadlineMs: PULL_DEADLINE_MS,
      signal,
    });
    await followProgress(docker, stream, `pulling ${base}`, () => undefined, PULL_DEADLINE_MS, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new SmartScannerError(
      'IMAGE_MISSING',
      `The base image ${base} is missing and can't be pulled: ${daemonWords(error)}.`,
      {
        hint:
          `Run \`docker pull ${base}\` where Docker reaches a registry; without one, bring it: \`docker save ${base} | ssh HOST docker load\`. ` +
          'Another base with Node 24 can be named in SMART_SCANNER_BASE_IMAGE.',
        cause: error,
      },
    );
  }
}

async function build(
  docker: Docker,
  contextRoot: string,
  content: Content,
  names: { readonly tag: string; readonly base: string },
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const tar = pack();
  const filling = (async () => {
    // Times of day would change the layers from build to build.
    for (const name of [...content.files, CONTENT_FILE]) {
      tar.entry({ name, mode: 0o644, mtime: new Date(0) }, await readFile(join(contextRoot, name)));
    }
    tar.finalize();
  })();
  // Heard where it is awaited; a build that fails before never gets there.
  filling.catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  try {
    const stream = await within(
      'POST /build',
      () =>
        docker.buildImage(Readable.from(tar), {
          t: names.tag,
          dockerfile: DOCKERFILE,
          buildargs: { BASE_IMAGE: names.base },
          labels: {
            [CONTENT_LABEL]: content.hash,
            ...(content.version === undefined ? {} : { [VERSION_LABEL]: content.version }),
          },
          rm: true,
          forcerm: true,
          abortSignal: signal,
        }),
      { deadlineMs: BUILD_DEADLINE_MS, signal },
    );
    await followProgress(docker, stream, 'the build', onProgress, BUILD_DEADLINE_MS, signal);
    await filling;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new SmartScannerError('IMAGE_BUILD', `The image ${names.tag} can't be built: ${daemonWords(error)}.`, {
      hint: `See all of it: \`docker build -f ${DOCKERFILE} -t ${names.tag} .\` in ${contextRoot}.`,
      cause: error,
    });
  } finally {
    tar.destroy();
  }
}

interface BuildEvent {
  readonly stream?: string;
  readonly error?: string;
}

/** Follows a build or a pull to its end. A failure is in an event, not in the stream's own error. */
export function followProgress(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  what: string,
  onProgress: (line: string) => void,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<void> {
  return within(
    what,
    () =>
      new Promise<void>((resolve, reject) => {
        stream.on('error', reject);
        docker.modem.followProgress(
          stream,
          (error: Error | null, events: readonly BuildEvent[] | null) => {
            const failed = events?.find((event) => event.error !== undefined);
            if (error !== null) reject(error);
            else if (failed?.error !== undefined) reject(new Error(failed.error));
            else resolve();
          },
          (event: BuildEvent) => {
            const line = event.stream?.trim() ?? '';
            if (line.startsWith('Step ')) onProgress(line);
          },
        );
      }),
    { deadlineMs, signal },
  );
}
