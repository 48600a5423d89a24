import type Docker from 'dockerode';
import type { Container, ContainerCreateOptions, MountPropagation } from 'dockerode';
import { SmartScannerError } from '../../../shared/errors.ts';
import { SPOOL_FILES } from '../../../shared/worker-protocol.ts';
import { isConnectionLost } from '../connection-lost.ts';
import { isNoSlave, names } from './bound-files.ts';
import { daemonWords, statusOf, within } from './client.ts';
import type { BoundFile } from './container-options.ts';
import { stateOf } from './found.ts';
import { fillSpool, type Spool } from './spool.ts';

const START_DEADLINE_MS = 120_000;
const CONFLICT = 409;

/** What of a container's options a daemon or its kernel may refuse. */
export interface Wanted {
  readonly propagation: MountPropagation;
  readonly files: readonly BoundFile[];
  readonly weighsIo: boolean;
}

/** Starts containers with as much of what is wanted as this daemon takes, and remembers what it doesn't. */
export class ContainerStart {
  /** Submounts that appear later are seen with `rslave`; a daemon whose mounts are private refuses it, then nothing more is tried. */
  #propagation: MountPropagation = 'rslave';
  #weighsIo = true;

  /** Gives the container's id. Ends with nothing left behind where it throws, unless the connection was lost on the way. */
  async run(
    docker: Docker,
    options: (wanted: Wanted) => ContainerCreateOptions,
    files: readonly BoundFile[],
    spool: Spool,
    job: string,
  ): Promise<string> {
    const begin = (propagation: MountPropagation): Promise<string> =>
      withFiles(files, (there) =>
        createAndStart(docker, options({ propagation, files: there, weighsIo: this.#weighsIo }), spool, job),
      );
    const propagation = this.#propagation;
    const beginAnyhow = (): Promise<string> =>
      begin(propagation).catch((error: unknown) => {
        if (propagation !== 'rslave' || !isNoSlave(error)) throw error;
        return this.#beginPrivate(begin, error);
      });
    return await beginAnyhow().catch((error: unknown) => {
      if (!this.#weighsIo || !/blkio|io\.weight|io\.bfq/iu.test(daemonWords(error))) throw error;
      // This kernel has no weights for disks; most daemons notice that themselves.
      this.#weighsIo = false;
      return beginAnyhow();
    });
  }

  /** After the daemon refused `rslave` for its own mounts' sake. Both refusals are told where it refuses this one too. */
  async #beginPrivate(begin: (propagation: MountPropagation) => Promise<string>, refusal: unknown): Promise<string> {
    try {
      const id = await begin('rprivate');
      this.#propagation = 'rprivate';
      return id;
    } catch (error) {
      throw new Error(`With rslave: ${daemonWords(refusal)}; with rprivate: ${daemonWords(error)}`, { cause: error });
    }
  }
}

/** What the daemon says of a container whose image it does not have (any more). */
export function isImageGone(error: unknown): boolean {
  const cause = error instanceof SmartScannerError ? error.cause : error;
  return statusOf(cause) === 404 && /no such image/iu.test(daemonWords(cause));
}

/** The daemon refuses a bind of what is missing on its host, and names it: then it goes without. */
async function withFiles(
  files: readonly BoundFile[],
  begin: (files: readonly BoundFile[]) => Promise<string>,
): Promise<string> {
  try {
    return await begin(files);
  } catch (error) {
    if (isNoSlave(error)) throw error;
    const words = daemonWords(error);
    const rest = files.filter(({ source }) => !names(words, source));
    if (rest.length === files.length) throw error;
    return await withFiles(rest, begin);
  }
}

/** Ends with nothing left behind where it throws. */
async function createAndStart(
  docker: Docker,
  options: ContainerCreateOptions,
  spool: Spool,
  job: string,
): Promise<string> {
  const made = await within(
    'POST /containers/create',
    (abortSignal) => docker.createContainer({ ...options, abortSignal }),
    { deadlineMs: START_DEADLINE_MS },
  ).catch((error: unknown) => {
    if (statusOf(error) === CONFLICT) return null;
    throw error;
  });
  if (made !== null) return await fillAndStart(made, spool, job);
  // Its name is taken, and names are ids of attempts: an earlier try at this start, whose answer was lost.
  const found = await within('GET /containers/inspect', (abortSignal) =>
    docker.getContainer(options.name ?? '').inspect({ abortSignal }),
  );
  if (stateOf(found.State.Status) !== 'created') return found.Id;
  return await fillAndStart(docker.getContainer(found.Id), spool, job);
}

async function fillAndStart(container: Container, spool: Spool, job: string): Promise<string> {
  try {
    await fillSpool(container, spool, SPOOL_FILES.job, job);
    await within('POST /containers/start', (abortSignal) => container.start({ abortSignal }), {
      deadlineMs: START_DEADLINE_MS,
    });
    return container.id;
  } catch (error) {
    if (isConnectionLost(error)) throw error;
    await within('DELETE /containers', (abortSignal) => container.remove({ force: true, v: true, abortSignal })).catch(
      () => undefined,
    );
    throw error;
  }
}
