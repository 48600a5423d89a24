import { hostname } from 'node:os';
import type { Container } from 'dockerode';
import { SmartScannerError } from '../../../shared/errors.ts';
import { SPOOL_FILES } from '../../../shared/worker-protocol.ts';
import { machineId } from '../process/machine-id.ts';
import type {
  AttemptRef,
  AttemptStats,
  AttemptStatus,
  DaemonLook,
  FetchedFile,
  FoundAttempt,
  HostTime,
  PrepareOptions,
  DockerHost,
  ImageStatus,
  RuntimeInfo,
  StartSpec,
} from '../runtime.ts';
import { isConnectionLost } from '../connection-lost.ts';
import type { Connection, DaemonInfo } from '../../connection/connection.ts';
import { asSeenInside } from './bound-files.ts';
import { daemonWords, unless, within, type DockerClients } from './client.ts';
import { containerOptions, INSIDE, type BoundFile } from './container-options.ts';
import { ContainerStart, isImageGone } from './container-start.ts';
import { hostTimeOf } from './host-time.ts';
import { examineDaemon } from './examine.ts';
import { findAttempts } from './found.ts';
import { contentOf, imageStatus, type ImageWish } from './image.ts';
import { ensureImageAgain } from './image-again.ts';
import { exportImage, loadImage } from './image-transfer.ts';
import { DockerLeases } from './lease.ts';
import { logText } from './log-frames.ts';
import { EndWatch } from './end-watch.ts';
import { logLines } from './log-lines.ts';
import { logInTurns } from './log-turns.ts';
import { nameOfImage, ourImages, removeImage } from './our-images.ts';
import { findSelf, hostPathOf } from './self-container.ts';
import { fetchFromSpool, findSpoolPlace, makeSpool, removeSpool, type Spool, type SpoolPlace } from './spool.ts';
import { toStats } from './stats.ts';
import { toStatus } from './status.ts';

/** Names of daemons that run in a virtual machine of a desktop, in `info().OperatingSystem` or its host name. */
const VIRTUAL_MACHINES = /docker desktop|docker-desktop|orbstack|colima|rancher|lima-|podman-machine/iu;
/** The whole log of a worker is capped at twice 10 MB. */
const LOG_DEADLINE_MS = 120_000;

export interface DockerRuntimeOptions {
  readonly connection: Connection;
  readonly contextRoot: string;
  readonly image: string | null;
  readonly baseImage: string | null;
  /** Where spools go if the daemon sees that directory; a remote one is taken not to, whatever it seems to see. */
  readonly spoolRoot: string;
}

/** What workers are started from, and where their spools lie. */
interface Preparation {
  readonly imageId: string;
  /** Hash of the program in the image. */
  readonly content: string;
  readonly place: SpoolPlace;
}

/** Workers as containers of one Docker daemon. */
export class DockerRuntime implements DockerHost {
  readonly kind = 'docker' as const;
  readonly leases = new DockerLeases(
    () => this.#clients.control,
    () => this.#prepared?.content ?? null,
  );
  readonly #options: DockerRuntimeOptions;
  #connected: { readonly clients: DockerClients; readonly node: string; readonly ends: EndWatch } | null = null;
  #prepared: Preparation | null = null;
  #imageAgain: Promise<Preparation> | null = null;
  readonly #starts = new ContainerStart();

  constructor(options: DockerRuntimeOptions) {
    this.#options = options;
  }

  async connect(signal: AbortSignal): Promise<RuntimeInfo> {
    const { connection } = this.#options;
    const { clients, info } = await connection.connect(signal);
    this.#connected = { clients, node: info.ID, ends: new EndWatch(clients.streams) };
    const { address } = connection.endpoint;
    const isVirtualMachine = !connection.isRemote && isInVirtualMachine(info);
    // Reached by a socket of this computer and called like it: the same host as that of local processes.
    const isThisComputer = !connection.isRemote && !isVirtualMachine && info.Name === hostname();
    return {
      kind: 'docker',
      ids: isThisComputer ? [info.ID, await machineId()] : [info.ID],
      description: `Docker ${info.ServerVersion} at ${address}`,
      address,
      hostName: info.Name,
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
      isVirtualMachine,
      isRemote: connection.isRemote,
      operatingSystem: info.OperatingSystem,
      warning: connection.warning,
    };
  }

  wake(): void {
    this.#options.connection.wake();
  }

  async time(): Promise<HostTime> {
    const info = (await within('GET /info', () => this.#clients.control.info())) as DaemonInfo;
    return hostTimeOf(info.SystemTime);
  }

  api(): string {
    return this.#clients.api;
  }

  imageStatus(): Promise<ImageStatus> {
    return imageStatus(this.#clients.control, this.#imageWish);
  }

  async prepareImage(options: PrepareOptions): Promise<void> {
    await this.#ensureImage(options);
  }

  #ensureImage(options: PrepareOptions): Promise<string> {
    const reconnect = (): Promise<RuntimeInfo> => this.connect(options.signal);
    return ensureImageAgain(() => this.#clients.control, reconnect, this.#imageWish, options);
  }

  async exportImage(path: string, { onProgress, signal }: PrepareOptions): Promise<void> {
    const { state, name, image, wanted } = await this.imageStatus();
    if (state !== 'ready' || image === null) {
      throw new SmartScannerError('IMAGE_MISSING', `There is no worker image of this version (${name}) to export.`, {
        hint: 'Build it first: `smart-scanner image prepare`.',
      });
    }
    const named = await nameOfImage(this.#clients.control, name, image.id, wanted.content);
    await exportImage(this.#clients.streams, named, path, onProgress, signal);
  }

  async loadImage(path: string, { onProgress, signal }: PrepareOptions): Promise<void> {
    await loadImage(this.#clients.streams, this.#imageWish, path, onProgress, signal);
  }

  shell(script: string, signal: AbortSignal): Promise<string> {
    return this.#options.connection.shell(script, signal);
  }

  ourImages(): ReturnType<DockerHost['ourImages']> {
    return ourImages(this.#clients.control);
  }

  removeImage(id: string): Promise<void> {
    return removeImage(this.#clients.control, id);
  }

  get #imageWish(): ImageWish {
    const { contextRoot, image, baseImage } = this.#options;
    return { contextRoot, image, baseImage };
  }

  async prepare(options: PrepareOptions): Promise<void> {
    const { connection, image, spoolRoot } = this.#options;
    const self = connection.isRemote ? null : await findSelf(this.#clients.control);
    // In our own container the program's image is the one that we run from.
    const imageId = self !== null && image === null ? self.imageId : await this.#ensureImage(options);
    const hostRoot = self === null ? spoolRoot : hostPathOf(spoolRoot, self);
    const place: SpoolPlace =
      connection.isRemote || hostRoot === null
        ? { kind: 'volume' }
        : await findSpoolPlace(this.#clients.control, imageId, spoolRoot, hostRoot);
    const { hash: content } = await contentOf(this.#options.contextRoot);
    this.#prepared = { imageId, content, place };
  }

  async start(spec: StartSpec): Promise<AttemptRef> {
    const prepared = this.#prepared;
    if (prepared === null) throw new SmartScannerError('INTERNAL', 'The runtime was not prepared.');
    try {
      return await this.#startFrom(prepared, spec);
    } catch (error) {
      if (!isImageGone(error)) throw error;
      return await this.#startFrom(await this.#withImageAgain(prepared), spec);
    }
  }

  /** Somebody's `docker image prune` may take the image between two workers: it is made again, once for all that miss it. */
  async #withImageAgain(missing: Preparation): Promise<Preparation> {
    if (this.#prepared !== null && this.#prepared.imageId !== missing.imageId) return this.#prepared;
    const { signal } = new AbortController();
    this.#imageAgain ??= this.#ensureImage({ onProgress: () => undefined, signal })
      .then((imageId) => (this.#prepared = { ...missing, imageId }))
      .finally(() => (this.#imageAgain = null));
    return await this.#imageAgain;
  }

  async #startFrom({ imageId, place }: Preparation, spec: StartSpec): Promise<AttemptRef> {
    const { control } = this.#clients;
    const { labels } = spec;
    const { neighbours } = spec;
    const { files: shown, job: inside } = asSeenInside(spec.job);
    const job = JSON.stringify({
      ...inside,
      mount: INSIDE.mount,
      spool: INSIDE.spool,
      ...(neighbours === undefined
        ? {}
        : { neighbours: { ...INSIDE.neighbours, seesProcesses: false, only: neighbours.only } }),
    });
    let spool: Spool | null = null;
    try {
      const made = await makeSpool(control, place, labels, SPOOL_FILES.job, job);
      spool = made;
      const id = await this.#starts.run(
        control,
        (wanted) =>
          containerOptions({
            imageId,
            labels,
            jobKind: spec.job.kind,
            mountPath: neighbours?.only === true || spec.job.kind === 'places' ? null : spec.mountPath,
            spool: made.mount,
            spoolHandle: made.handle,
            jobFile: SPOOL_FILES.job,
            limits: spec.limits,
            ...wanted,
          }),
        [...boundFiles(neighbours), ...shown],
        made,
        job,
      );
      return { runtime: 'docker', node: this.#node, attempt: labels.attempt, id, spool: made.handle };
    } catch (error) {
      if (isConnectionLost(error)) {
        // It may have started all the same: its spool stays, and the next try finds it.
        throw new SmartScannerError(
          'DOCKER_UNREACHABLE',
          `The connection to Docker was lost (${daemonWords(error)}).`,
          {
            cause: error,
          },
        );
      }
      if (spool !== null) await removeSpool(control, spool.handle, this.#options.spoolRoot).catch(() => undefined);
      throw new SmartScannerError('WORKER_START', `${daemonWords(error)}.`.replace(/\.\.$/u, '.'), {
        hint: 'The daemon says why; `docker info` shows whether it is well.',
        cause: error,
      });
    }
  }

  async *lines(ref: AttemptRef, signal: AbortSignal, onlyNew = false): AsyncGenerator<string> {
    const container = this.#clients.streams.getContainer(ref.id);
    if (this.#clients.inTurns) {
      yield* this.#linesInTurns(ref, container, signal);
      return;
    }
    yield* logLines(
      () =>
        within(
          'GET /logs',
          () => container.logs({ follow: true, stdout: true, abortSignal: signal, ...(onlyNew ? { tail: 0 } : {}) }),
          { signal },
        ),
      signal,
    );
  }

  /** From the beginning each time: whoever reads again may hear a line twice, and loses none. */
  async *#linesInTurns(ref: AttemptRef, container: Container, signal: AbortSignal): AsyncGenerator<string> {
    const ended = new AbortController();
    void this.waitForEnd(ref, signal).then(() => ended.abort());
    const read = (since: string): Promise<Buffer> =>
      within(
        'GET /logs',
        (abortSignal) => container.logs({ stdout: true, timestamps: true, since, follow: false, abortSignal }),
        { signal, deadlineMs: LOG_DEADLINE_MS },
      );
    yield* logInTurns(read, ended.signal, signal);
  }

  async waitForEnd(ref: AttemptRef, signal: AbortSignal): Promise<void> {
    if (this.#clients.inTurns) {
      const isRunning = async (): Promise<boolean> => (await this.inspect(ref)).state === 'running';
      await this.#connected?.ends.wait(ref.id, isRunning, signal);
      return;
    }
    const container = this.#clients.streams.getContainer(ref.id);
    // Whatever becomes of this call, inspect is asked next.
    await container.wait({ condition: 'not-running', abortSignal: signal }).catch(() => undefined);
  }

  async inspect(ref: AttemptRef): Promise<AttemptStatus> {
    const found = await unless(
      [404],
      within('GET /containers/inspect', (abortSignal) => this.#container(ref).inspect({ abortSignal })),
    );
    if (found === undefined) {
      return {
        state: 'gone',
        exitCode: null,
        oomKilled: false,
        startedAtMs: null,
        finishedAtMs: null,
        health: null,
        error: null,
        raw: null,
      };
    }
    return toStatus(found);
  }

  async stop(ref: AttemptRef, kind: 'stop' | 'split'): Promise<void> {
    await this.#signal(ref, kind === 'stop' ? 'SIGTERM' : 'SIGUSR2');
  }

  async kill(ref: AttemptRef): Promise<void> {
    await this.#signal(ref, 'SIGKILL');
  }

  async logs(ref: AttemptRef, maxBytes: number): Promise<string> {
    const raw = await within(
      'GET /logs',
      (abortSignal) => this.#container(ref).logs({ stdout: true, stderr: true, abortSignal }),
      { deadlineMs: LOG_DEADLINE_MS },
    );
    return logText(raw).slice(-maxBytes);
  }

  async stats(ref: AttemptRef): Promise<AttemptStats | null> {
    const sample = await within('GET /stats', () => this.#container(ref).stats({ stream: false })).catch(() => null);
    return sample === null ? null : toStats(sample);
  }

  fetch(ref: AttemptRef, names: readonly string[], intoDir: string): Promise<FetchedFile[]> {
    return fetchFromSpool(this.#clients.bulk.getContainer(ref.id), ref.spool, names, intoDir);
  }

  list(): Promise<FoundAttempt[]> {
    // Directories in our spool belong to the daemon of this computer.
    const spoolRoot = this.#options.connection.isRemote ? null : this.#options.spoolRoot;
    return findAttempts(this.#clients.control, this.#node, spoolRoot);
  }

  async remove(ref: AttemptRef): Promise<void> {
    if (ref.id !== '') {
      const container = this.#container(ref);
      // 409: somebody else is removing it already.
      await unless(
        [404, 409],
        within('DELETE /containers', (abortSignal) => container.remove({ force: true, v: true, abortSignal })),
      );
    }
    await removeSpool(this.#clients.control, ref.spool, this.#options.spoolRoot);
  }

  examine(signal: AbortSignal): Promise<DaemonLook> {
    return examineDaemon(this.#clients.control, this.#imageWish, signal);
  }

  close(): Promise<void> {
    return this.#options.connection.close();
  }

  get #clients(): DockerClients {
    if (this.#connected === null) throw new SmartScannerError('INTERNAL', 'The runtime is not connected.');
    return this.#connected.clients;
  }

  get #node(): string {
    return this.#connected?.node ?? '';
  }

  #container(ref: AttemptRef): Container {
    return this.#clients.control.getContainer(ref.id);
  }

  async #signal(ref: AttemptRef, signal: string): Promise<void> {
    // 404, 409: it has ended.
    await unless(
      [404, 409],
      within('POST /containers/kill', (abortSignal) => this.#container(ref).kill({ signal, abortSignal })),
    );
  }
}

function isInVirtualMachine({ OperatingSystem, Name }: DaemonInfo): boolean {
  return process.platform !== 'linux' || VIRTUAL_MACHINES.test(`${OperatingSystem} ${Name}`);
}

function boundFiles(neighbours: StartSpec['neighbours']): BoundFile[] {
  if (neighbours === undefined) return [];
  return [
    { source: neighbours.parity, target: INSIDE.neighbours.parity },
    { source: neighbours.mover, target: INSIDE.neighbours.mover },
  ];
}
