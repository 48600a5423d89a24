import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deferred } from '../../shared/deferred.ts';
import { toSmartScannerError, type SmartScannerError } from '../../shared/errors.ts';
import type { Budget, ProgressLine } from '../../shared/worker-protocol.ts';
import type { AttemptEnd, ChunkRow, HarvestReply } from '../catalog/api.ts';
import type { AttemptRef, AttemptStatus, FetchedFile, WorkerLimits } from '../runtime/runtime.ts';
import { classifyEnd, codeOf, isAbort, isOfDisk, isOfShard, stoppedEnd, unharvestedEnd } from './attempt-end.ts';
import { mayStartAgain } from './start-failure.ts';
import type { ScanContext } from './context.ts';
import { fetchShard, type FetchedShard } from './fetch-shard.ts';
import { logEvidence } from './evidence.ts';
import { waitUntilEnded } from './helper-run.ts';
import { scanSpec } from './job.ts';
import { nextAttemptState, type AttemptEvent, type AttemptState } from './states.ts';
import { unansweredEnd, unseen, unseenEnd } from './unseen.ts';
import { Supervisor } from './supervisor.ts';
import { WorkerVoice } from './worker-voice.ts';

const LAST_WORDS_BYTES = 16 * 1024;

export interface AttemptPlan {
  readonly chunk: ChunkRow;
  readonly budget: Budget;
  readonly threads: number;
  /** It rests while others use the host. */
  readonly givesWay: boolean;
  readonly limits: WorkerLimits;
  readonly order: 'depth' | 'breadth';
  /** Into how many chunks a remainder of unknown size is divided. */
  readonly remainderParts: number;
  /** A worker of an earlier orchestrator, which runs or has ended: it is followed instead of started. */
  readonly adopted?: { readonly attemptId: string; readonly ref: AttemptRef };
}

export interface AttemptHooks {
  progress(line: ProgressLine): void;
  /** The worker has ended; merging may take a while, but its slot is free. */
  workerEnded(): void;
}

export type AttemptOutcome =
  | { readonly type: 'harvested'; readonly reply: HarvestReply; readonly end: AttemptEnd }
  | { readonly type: 'failed'; readonly chunk: ChunkRow; readonly end: AttemptEnd }
  | { readonly type: 'released'; readonly end: AttemptEnd }
  /** Its shard could not be merged for the catalog's disk, and is left where it is: `scan --resume` merges it. */
  | { readonly type: 'kept'; readonly end: AttemptEnd };

/** One try at a chunk: start, follow, wait for what inspect says, harvest, clean up. */
export class Attempt {
  readonly id: string;
  readonly chunk: ChunkRow;
  readonly #context: ScanContext;
  readonly #plan: AttemptPlan;
  readonly #hooks: AttemptHooks;
  readonly #ended = new AbortController();
  readonly #workerEnded = deferred<null>();
  #state: AttemptState = 'preparing';
  #ref: AttemptRef | null = null;
  #stopping: 'no' | 'graceful' | 'now' = 'no';
  #split = false;
  #supervisor: Supervisor | null = null;
  #voice: WorkerVoice | null = null;
  readonly #left = new AbortController();
  readonly #lossesBefore: number;
  #isKept = false;

  constructor(context: ScanContext, plan: AttemptPlan, hooks: AttemptHooks) {
    this.id = plan.adopted?.attemptId ?? context.newId();
    this.chunk = plan.chunk;
    this.#context = context;
    this.#plan = plan;
    this.#hooks = hooks;
    this.#lossesBefore = context.host.losses;
  }

  get state(): AttemptState {
    return this.#state;
  }

  /** What its worker may use. */
  get memoryBytes(): number {
    return this.#plan.limits.memoryBytes;
  }

  get ref(): AttemptRef | null {
    return this.#ref;
  }

  get #fetchDir(): string {
    return join(this.#context.fetchDir, this.id);
  }

  /**
   * Rejects only when the catalog process is gone (CATALOG_GONE) or its disk can't be written and nobody waits for that any more
   * (PAUSE_TIMEOUT, DISK_FULL, CATALOG_UNWRITABLE): whatever else goes wrong is the outcome of this attempt and of no other.
   */
  async run(): Promise<AttemptOutcome> {
    const { adopted } = this.#plan;
    if (adopted === undefined) return await this.#start();
    this.#to('job-made');
    this.#ref = adopted.ref;
    this.#to('started');
    return await this.#supervise(adopted.ref, false);
  }

  async #start(): Promise<AttemptOutcome> {
    const { catalog, runtime, clock } = this.#context;
    const startedAtMs = clock.now();
    const { roots } = await catalog.startAttempt({
      attemptId: this.id,
      chunkId: this.chunk.id,
      runtime: runtime.kind,
      node: this.#context.info.ids[0],
      startedAtMs,
    });
    this.#to('job-made');
    try {
      this.#ref = await runtime.start(scanSpec(this.#context, this.id, this.#plan, roots));
    } catch (error) {
      const failure = toSmartScannerError(error);
      if (failure.code === 'PAUSE_TIMEOUT') throw failure;
      if (failure.code === 'INTERRUPTED') return await this.#release(unansweredEnd(clock.now()));
      if (this.isStopping) return await this.#release(stoppedEnd(null, clock.now()));
      return await this.#startFailed(failure);
    }
    this.#to('started');
    return await this.#supervise(this.#ref, true);
  }

  async #supervise(ref: AttemptRef, isNew: boolean): Promise<AttemptOutcome> {
    const { catalog, clock } = this.#context;
    let abandoned = false;
    let left = false;
    let isNoted = false;
    try {
      if (isNew) await catalog.attemptStarted({ attemptId: this.id, ref: JSON.stringify(ref) });
      isNoted = true;
      const status = await this.#untilEnded(ref);
      if (this.#left.signal.aborted) throw this.#left.signal.reason;
      if (status.state !== 'running') return await this.#harvest(ref, status);
      abandoned = this.#supervisor?.abandoned.aborted ?? false;
      // Its shard was closed before it told its result, and a killed process runs none of its own code again.
      const told = this.#voice?.told ?? null;
      if (abandoned && told !== null)
        return await this.#harvest(ref, { ...status, state: 'exited', exitCode: told.exit });
      // What can't be seen can't be harvested either: its shard may still be written to.
      if (this.#stopping === 'now') return await this.#release(unansweredEnd(clock.now()));
      return await this.#failed(abandoned ? this.#stalledEnd(status) : unseenEnd(status, clock.now()));
    } catch (error) {
      const failure = toSmartScannerError(error);
      left = failure.code === 'CATALOG_GONE';
      // What it has done can still be merged, once there is room for it.
      if (isOfDisk(failure) && isNoted) this.#isKept = true;
      throw error;
    } finally {
      if (left) this.#context.log.warn(`Chunk ${this.chunk.id}: its worker is left to whoever resumes the scan`);
      else if (abandoned) this.#context.log.warn(`Chunk ${this.chunk.id}: its worker is left to cleanup`);
      else if (!this.#isKept) await this.#remove(ref);
      await rm(this.#fetchDir, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** The catalog is gone, for this reason: the worker goes on unwatched, and a later orchestrator finds it again. */
  leave(reason: SmartScannerError): void {
    this.#left.abort(reason);
  }

  /** Asks the worker to leave what it has not begun to others. */
  split(why: string): void {
    if (this.#ref === null || this.#state !== 'running' || this.#split || this.#stopping !== 'no') return;
    this.#split = true;
    this.#context.log.info(`Chunk ${this.chunk.id} is split: ${why}`);
    this.#context.runtime.stop(this.#ref, 'split').catch((error: unknown) => {
      this.#context.log.warn(`Chunk ${this.chunk.id}: could not be split: ${toSmartScannerError(error).message}`);
    });
  }

  get isRunning(): boolean {
    return this.#state === 'preparing' || this.#state === 'starting' || this.#state === 'running';
  }

  get isStopping(): boolean {
    return this.#stopping !== 'no';
  }

  /** Settles when its worker has ended, or there never was one. */
  get workerEnded(): Promise<null> {
    return this.#workerEnded.promise;
  }

  get isSplit(): boolean {
    return this.#split && this.#state === 'running';
  }

  /** Whether it may be split: it runs, and was neither stopped nor split yet. */
  get splittable(): boolean {
    return this.#state === 'running' && !this.#split && this.#stopping === 'no' && !this.chunk.alone;
  }

  /** Idempotent; `now` after `graceful` is fine. */
  async stop(mode: 'graceful' | 'now'): Promise<void> {
    this.#stopping = mode;
    if (this.#ref === null || this.#state !== 'running') return;
    const act = mode === 'now' ? this.#context.runtime.kill(this.#ref) : this.#context.runtime.stop(this.#ref, 'stop');
    await act.catch((error: unknown) => {
      this.#context.log.warn(`Chunk ${this.chunk.id}: could not be stopped: ${toSmartScannerError(error).message}`);
    });
  }

  /** It was asked to end and has not: it is ended. What it has committed is still harvested. */
  async insist(): Promise<void> {
    if (this.#ref === null || this.#state !== 'running') return;
    this.#context.log.info(`Chunk ${this.chunk.id}: its worker still holds the mount and is ended`);
    await this.#context.runtime.kill(this.#ref).catch((error: unknown) => {
      this.#context.log.warn(`Chunk ${this.chunk.id}: could not be stopped: ${toSmartScannerError(error).message}`);
    });
  }

  async #untilEnded(ref: AttemptRef): Promise<AttemptStatus> {
    const { runtime, clock } = this.#context;
    if (this.#stopping !== 'no') await this.stop(this.#stopping);
    const { settings, tuning, log } = this.#context;
    const name = `chunk ${this.chunk.id}`;
    const supervisor = new Supervisor(runtime, ref, name, log, settings.stallTimeoutMs, tuning.patience);
    this.#supervisor = supervisor;
    supervisor.start();
    const voice = new WorkerVoice({
      runtime,
      ref,
      log,
      chunkId: this.chunk.id,
      supervisor,
      progress: (line) => this.#hooks.progress(line),
    });
    this.#voice = voice;
    const following = voice.follow(this.#ended.signal);
    let status: AttemptStatus;
    try {
      status = await waitUntilEnded(runtime, ref, clock, AbortSignal.any([supervisor.abandoned, this.#left.signal]));
    } catch (error) {
      status = unseen(toSmartScannerError(error).message);
    }
    supervisor.end();
    this.#ended.abort();
    await following;
    this.#to('worker-ended');
    this.#noteWorkerEnded();
    return status;
  }

  async #harvest(ref: AttemptRef, status: AttemptStatus): Promise<AttemptOutcome> {
    const { runtime, clock } = this.#context;
    if (this.#stopping === 'now') return await this.#release(stoppedEnd(status.exitCode, clock.now()));
    let end = classifyEnd(status, null, this.#stopping !== 'no', clock.now());
    try {
      const fetched = await this.#fetch(ref);
      const { result, problem, shard } = fetched;
      const words = isAbort(status) ? await runtime.logs(ref, LAST_WORDS_BYTES).catch(() => '') : '';
      end = this.#inItsLight(classifyEnd(status, result, this.#stopping !== 'no', clock.now(), problem, words));
      if (this.#supervisor?.stalled === true && result === null) end = this.#stalledEnd(status);
      if (shard === null || this.#refused !== null) {
        await logEvidence(this.#context, this, ref, status, end);
        return end.outcome === 'stopped' ? await this.#release(end) : await this.#failed(end);
      }
      if (end.code !== null) await logEvidence(this.#context, this, ref, status, end);
      this.#to('harvest-begun');
      const reply = await this.#merge(fetched, shard, end).catch(async (error: unknown) => {
        const failure = toSmartScannerError(error);
        if (failure.code !== 'SHARD_DAMAGED' || !shard.copied) throw error;
        this.#context.log.warn(`Chunk ${this.chunk.id}: ${failure.message} It is fetched once more.`);
        const again = await this.#fetch(ref);
        return await this.#merge(again, again.shard ?? shard, end);
      });
      this.#to('merged');
      return { type: 'harvested', reply, end };
    } catch (error) {
      const failure = toSmartScannerError(error);
      if (failure.code === 'CATALOG_GONE') throw failure;
      if (isOfDisk(failure)) return this.#keep(end, failure);
      if (failure.code === 'INTERRUPTED') return await this.#release(unansweredEnd(clock.now()));
      // It was asked to end before it had begun its shard.
      if (end.outcome === 'stopped' && isOfShard(failure)) return await this.#release(end);
      return await this.#failed(unharvestedEnd(end, failure));
    }
  }

  #fetch(ref: AttemptRef): Promise<FetchedShard> {
    const { runtime, info } = this.#context;
    return fetchShard(runtime, ref, info.isRemote, this.#fetchDir);
  }

  #merge({ result, isPacked }: FetchedShard, shard: FetchedFile, end: AttemptEnd): Promise<HarvestReply> {
    const { catalog, settings } = this.#context;
    return catalog.harvest({
      attemptId: this.id,
      chunkId: this.chunk.id,
      shardDir: dirname(shard.path),
      isPacked,
      // A shard that was killed has no hash; its journal tells what is whole.
      expectedSha256: shard.copied ? (result?.shardSha256 ?? null) : null,
      totals: result?.totals ?? null,
      end,
      maxRetries: settings.retries,
      limits: { bytes: settings.chunkBytes, entries: settings.chunkEntries },
      remainderParts: this.#plan.remainderParts,
    });
  }

  /** Nobody waits for the disk any more. Where it is the merge alone that has no room, the scan can still be closed. */
  #keep(end: AttemptEnd, failure: SmartScannerError): AttemptOutcome {
    this.#isKept = true;
    if (failure.code !== 'MERGE_DISK_FULL') throw failure;
    this.#to('let-go');
    return { type: 'kept', end };
  }

  #noteWorkerEnded(): void {
    this.#workerEnded.resolve(null);
    this.#hooks.workerEnded();
  }

  get #hostWasLost(): boolean {
    return this.#context.host.losses > this.#lossesBefore;
  }

  get #refused(): number | null {
    return this.#voice?.refused ?? null;
  }

  #inItsLight(end: AttemptEnd): AttemptEnd {
    // A daemon that ends takes its containers with it.
    if (end.outcome === 'killed' && this.#hostWasLost) return { ...end, outcome: 'lost' };
    if (this.#refused === null) return end;
    const reason = `The worker speaks protocol version ${this.#refused}, which this program doesn't know: rebuild the image.`;
    return { ...end, outcome: 'crashed', code: 'WORKER_PROTOCOL', reason };
  }

  async #startFailed(error: SmartScannerError): Promise<AttemptOutcome> {
    this.#context.log.error(`Failed to start container for chunk ${this.chunk.id}: ${error.message}`);
    this.#to('start-failed');
    const end: AttemptEnd = {
      // No daemon to ask, or one that came back in between: no blame for the chunk.
      outcome: error.code === 'DOCKER_UNREACHABLE' || this.#hostWasLost ? 'lost' : 'start-failed',
      exitCode: null,
      code: codeOf(error),
      reason: error.message,
      endedAtMs: this.#context.clock.now(),
    };
    this.#noteWorkerEnded();
    const { chunk } = await this.#reportFailure(end, mayStartAgain(error));
    return { type: 'failed', chunk, end };
  }

  async #failed(end: AttemptEnd): Promise<AttemptOutcome> {
    this.#to('nothing-merged');
    const { chunk } = await this.#reportFailure(end);
    return { type: 'failed', chunk, end };
  }

  #reportFailure(end: AttemptEnd, again = true): Promise<{ chunk: ChunkRow }> {
    const maxRetries = again ? this.#context.settings.retries : 0;
    return this.#context.catalog.attemptFailed({ attemptId: this.id, chunkId: this.chunk.id, end, maxRetries });
  }

  async #release(end: AttemptEnd): Promise<AttemptOutcome> {
    this.#to('let-go');
    await this.#context.catalog.releaseChunk({ attemptId: this.id, chunkId: this.chunk.id, end });
    return { type: 'released', end };
  }

  #stalledEnd(status: AttemptStatus): AttemptEnd {
    return {
      outcome: 'stalled',
      exitCode: status.exitCode,
      code: 'WORKER_STALLED',
      reason: `The worker said nothing any more and had to be ended; it was last seen ${this.#supervisor?.where ?? 'nowhere'}.`,
      endedAtMs: this.#context.clock.now(),
    };
  }

  async #remove(ref: AttemptRef): Promise<void> {
    await this.#context.runtime.remove(ref).catch((error: unknown) => {
      this.#context.log.warn(
        `Chunk ${this.chunk.id}: its worker could not be removed: ${toSmartScannerError(error).message} (cleanup will)`,
      );
    });
  }

  #to(event: AttemptEvent): void {
    this.#state = nextAttemptState(this.#state, event);
  }
}
