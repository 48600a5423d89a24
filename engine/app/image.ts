import { isRemote } from '../connection/endpoint.ts';
import type { RuntimeSources } from '../runtime/pick.ts';
import type { DockerHost, ImageStatus, RuntimeInfo } from '../runtime/runtime.ts';

const LOCAL_MS = 15_000;
/** A person may be asked for a host key on the way. */
const REMOTE_MS = 120_000;

export interface ImageRequest {
  /** --image; null: our own name for it. */
  readonly image: string | null;
  /** A name or an address; null: whichever a scan would use. */
  readonly host?: string | null;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface ImageReport extends ImageStatus {
  readonly address: string;
  readonly hostName: string;
}

/** All that is done to the worker image of one host. Each throws what is in the way to it, and IMAGE_*. */
export interface ImageCommands {
  status(request: ImageRequest): Promise<ImageReport>;
  /** Builds it where it is missing or of another version. */
  prepare(request: ImageRequest): Promise<ImageReport>;
  /** `path`: on this computer; `.gz` at its end: compressed. Builds it first where it is missing. */
  export(request: ImageRequest & { readonly path: string }): Promise<ImageReport>;
  load(request: ImageRequest & { readonly path: string }): Promise<ImageReport>;
  /** Every worker image of ours there, of whatever version. */
  ours(request: ImageRequest): Promise<readonly { readonly names: readonly string[]; readonly bytes: number }[]>;
}

export function imageCommands(sources: (image: string | null) => RuntimeSources): ImageCommands {
  const there = async <T>(
    request: ImageRequest,
    work: (docker: DockerHost, info: RuntimeInfo) => Promise<T>,
  ): Promise<T> => {
    const { image, host = null, signal } = request;
    const from = sources(image);
    const { endpoint } = await from.endpoint(...(host === null ? [] : [host]));
    const docker = await from.docker(endpoint);
    try {
      const deadline = AbortSignal.timeout(isRemote(endpoint) ? REMOTE_MS : LOCAL_MS);
      const info = await docker.connect(AbortSignal.any([signal, deadline]));
      return await work(docker, info);
    } finally {
      await docker.close();
    }
  };
  const on = (request: ImageRequest, work: (docker: DockerHost) => Promise<void>): Promise<ImageReport> =>
    there(request, async (docker, info) => {
      await work(docker);
      return { ...(await docker.imageStatus()), address: info.address, hostName: info.hostName };
    });
  return {
    status: (request) => on(request, () => Promise.resolve()),
    prepare: (request) => on(request, (docker) => docker.prepareImage(request)),
    export: (request) =>
      on(request, async (docker) => {
        await docker.prepareImage(request);
        await docker.exportImage(request.path, request);
      }),
    load: (request) => on(request, (docker) => docker.loadImage(request.path, request)),
    ours: (request) =>
      there(request, async (docker) => (await docker.ourImages()).map(({ names, bytes }) => ({ names, bytes }))),
  };
}
