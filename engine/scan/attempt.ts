import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nameText } from '../../shared/names.ts';
import { toSmartScannerError, type SmartScannerError } from '../../shared/errors.ts';
import {
  SPOOL_FILES,
  type Budget,
  type JobRoot,
  type ProgressLine,
  type ResultLine,
} from '../../shared/worker-protocol.ts';
import type { AttemptEnd, ChunkRow, HarvestReply } from '../catalog/api.ts';
import type { AttemptRef, AttemptStatus } from '../runtime/runtime.ts';
import { classifyEnd, codeOf, unharvestedEnd } from './attempt-end.ts';
import type { ScanContext } from './context.ts';
import { readResult, waitUntilEnded } from './helper-run.ts';
import { jobCommon, startSpec } from './job.ts';
import { nextAttemptState, type AttemptEvent, type AttemptState } from './states.ts';
import { unansweredEnd, unseen, unseenEnd } from './unseen.ts';
import { Supervisor } from './supervisor.ts';
import { parseWorkerLine } from './worker-lines.ts';

const FOLLOW_AGAIN_MS = 2_000;
/** All of it: what Docker keeps of a container's log (10 MB twice), and a bound on a process's. */
const LOG_BYTES = 20 * 1024 ** 2;

export interface AttemptPlan {
  readonly chunk: ChunkRow;
  readonly budget: Budget;
  readonly threads: number;
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
  | { readonly type: 'released'; readonly end: AttemptEnd };

/** One try at a chunk: start, follow, wait for what inspect says, harvest, clean up. */
export class Attempt {
  readonly id: string;
  readonly chunk: ChunkRow;
  readonly #context: ScanContext;
  readonly #plan: AttemptPlan;
  readonly #hooks: AttemptHooks;
  readonly #ended = new AbortController();
  #state: AttemptState = 'preparing';
  #ref: AttemptRef | null = null;
  #stopping: 'no' | 'graceful' | 'now' = 'no';
  #split = false;
  #refused: number | null = null;
  #supervisor: Supervisor | null = null;
  #told: ResultLine | null = null;
  readonly #left = new AbortController();
  readonly #lossesBefore: number;

  constructor(context: ScanContext, plan: AttemptPlan, hooks: AttemptHooks) {
    this.id = plan.adopted?.attemptId ?? context.newId();
    this.chunk = plan.chunk;
    this.#context = context;
    this.#plan = plan;
    this.#hooks = hooks;
    this.#lossesBefore = context.hostLosses();
  }

  get state(): AttemptState {
    return this.#state;
  }

  get ref(): AttemptRef | null {
    return this.#ref;
  }

  get #fetchDir(): string {
    return join(this.#context.fetchDir, this.id);
  }

  /**
   * Rejects only when the catalog process is gone (CATALOG_GONE) or can't note anything any more (DISK_FULL): whatever else goes wrong is the
   * outcome of this attempt and of no other.
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
    const { catalog, runtime, clock, scanId } = this.#context;
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
      this.#ref = await runtime.start(this.#spec(roots, scanId));
    } catch (error) {
      const failure = toSmartScannerError(error);
      return failure.code === 'INTERRUPTED'
        ? await this.#release(unansweredEnd(clock.now()))
        : await this.#startFailed(failure);
    }
    this.#to('started');
    return await this.#supervise(this.#ref, true);
  }

  async #supervise(ref: AttemptRef, isNew: boolean): Promise<AttemptOutcome> {
    const { catalog, clock } = this.#context;
    let abandoned = false;
    let left = false;
    try {
      if (isNew) await catalog.attemptStarted({ attemptId: this.id, ref: JSON.stringify(ref) });
      const status = await this.#untilEnded(ref);
      if (this.#left.signal.aborted) throw this.#left.signal.reason;
      if (status.state !== 'running') return await this.#harvest(ref, status);
      abandoned = this.#supervisor?.abandoned.aborted ?? false;
      // Its shard was closed before it told its result, and a killed process runs none of its own code again.
      if (abandoned && this.#told !== null)
        return await this.#harvest(ref, { ...status, state: 'exited', exitCode: this.#told.exit });
      // What can't be seen can't be harvested either: its shard may still be written to.
      if (this.#stopping === 'now') return await this.#release(unansweredEnd(clock.now()));
      return await this.#failed(abandoned ? this.#stalledEnd(status) : unseenEnd(status, clock.now()));
    } catch (error) {
      left = toSmartScannerError(error).code === 'CATALOG_GONE';
      throw error;
    } finally {
      if (left) this.#context.log.warn(`Chunk ${this.chunk.id}: its worker is left to whoever resumes the scan`);
      else if (abandoned) this.#context.log.warn(`Chunk ${this.chunk.id}: its worker is left to cleanup`);
      else await this.#remove(ref);
      await rm(this.#fetchDir, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** The catalog is gone, for this reason: the worker goes on unwatched, and a later orchestrator finds it again. */
  leave(reason: SmartScannerError): void {
    this.#left.abort(reason);
  }

  /** Asks the worker to leave what it has not begun to others. */
  split(): void {
    if (this.#ref === null || this.#state !== 'running' || this.#split || this.#stopping !== 'no') return;
    this.#split = true;
    this.#context.log.info(`Chunk ${this.chunk.id} is split: other workers have nothing to do`);
    this.#context.runtime.stop(this.#ref, 'split').catch((error: unknown) => {
      this.#context.log.warn(`Chunk ${this.chunk.id}: could not be split: ${toSmartScannerError(error).message}`);
    });
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

  async #untilEnded(ref: AttemptRef): Promise<AttemptStatus> {
    const { runtime, clock } = this.#context;
    if (this.#stopping !== 'no') await this.stop(this.#stopping);
    const { settings, tuning, log } = this.#context;
    const name = `chunk ${this.chunk.id}`;
    const supervisor = new Supervisor(runtime, ref, name, log, settings.stallTimeoutMs, tuning.patience);
    this.#supervisor = supervisor;
    supervisor.start();
    const following = this.#follow(ref);
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
    this.#hooks.workerEnded();
    return status;
  }

  #spec(roots: JobRoot[], scanId: string): ReturnType<typeof startSpec> {
    const { settings, tuning, runtime, hostId, owner, mountPath } = this.#context;
    const labels = {
      host: hostId,
      scan: scanId,
      chunk: String(this.chunk.id),
      attempt: this.id,
      role: 'worker' as const,
      owner,
    };
    const job = {
      kind: 'scan' as const,
      ...jobCommon(this.id, settings, tuning),
      threads: this.#plan.threads,
      roots,
      budget: this.#plan.budget,
      order: this.#plan.order,
      hashShard: runtime.kind === 'docker',
      setAside: [...this.#context.setAside],
      ...(this.chunk.alone ? { careful: true } : {}),
    };
    return startSpec(labels, mountPath, job, tuning);
  }

  /** A stream may end before its worker does (a connection that was lost): it is opened again, or the worker would seem to be silent. */
  async #follow(ref: AttemptRef): Promise<void> {
    const { signal } = this.#ended;
    for (let again = false; !signal.aborted || !again; again = true) {
      await this.#read(ref, again);
      await delay(FOLLOW_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #read(ref: AttemptRef, onlyNew: boolean): Promise<void> {
    const { runtime, log } = this.#context;
    for await (const text of runtime.lines(ref, this.#ended.signal, onlyNew)) {
      const parsed = parseWorkerLine(text);
      this.#supervisor?.heard(parsed.type === 'line' && parsed.line.type === 'progress' ? parsed.line : null);
      if (parsed.type === 'line' && parsed.line.type === 'result') {
        this.#told = parsed.line;
        this.#supervisor?.told();
      }
      if (parsed.type === 'refused') {
        this.#refused = parsed.found;
        await runtime.kill(ref).catch(() => undefined);
      } else if (parsed.type === 'unknown') {
        if (parsed.text.trim() !== '') log.info(`WORKER chunk ${this.chunk.id}: ${parsed.text.slice(0, 500)}`);
      } else if (parsed.line.type === 'progress') {
        this.#hooks.progress(parsed.line);
      } else if (parsed.line.type === 'stall') {
        const { path, syscall, sinceMs } = parsed.line;
        log.error(
          `STALL chunk ${this.chunk.id}: ${syscall} on ${nameText(path)} has not returned for ${Math.round(sinceMs / 1000)} s`,
        );
      } else if (parsed.line.type === 'note' && parsed.line.level !== 'info') {
        log.warn(`WORKER chunk ${this.chunk.id}: ${parsed.line.text}`);
      }
    }
  }

  async #harvest(ref: AttemptRef, status: AttemptStatus): Promise<AttemptOutcome> {
    const { runtime, catalog, clock, settings } = this.#context;
    if (this.#stopping === 'now') return await this.#release(this.#stoppedEnd(status));
    let end = classifyEnd(status, null, this.#stopping !== 'no', clock.now());
    try {
      const names = [SPOOL_FILES.shard, `${SPOOL_FILES.shard}-journal`, SPOOL_FILES.result];
      await mkdir(this.#fetchDir, { recursive: true });
      const files = await runtime.fetch(ref, names, this.#fetchDir);
      const { result, problem } = await readResult(files);
      end = this.#inItsLight(classifyEnd(status, result, this.#stopping !== 'no', clock.now(), problem));
      if (this.#supervisor?.stalled === true && result === null) end = this.#stalledEnd(status);
      const shard = files.find((file) => file.name === SPOOL_FILES.shard);
      if (shard === undefined || this.#refused !== null) {
        await this.#logEvidence(ref, status, end);
        return end.outcome === 'stopped' ? await this.#release(end) : await this.#failed(end);
      }
      if (end.code !== null) await this.#logEvidence(ref, status, end);
      this.#to('harvest-begun');
      const reply = await catalog.harvest({
        attemptId: this.id,
        chunkId: this.chunk.id,
        shardDir: dirname(shard.path),
        // A shard that was killed has no hash; its journal tells what is whole.
        expectedSha256: shard.copied ? (result?.shardSha256 ?? null) : null,
        totals: result?.totals ?? null,
        end,
        maxRetries: settings.retries,
        limits: { bytes: settings.chunkBytes, entries: settings.chunkEntries },
        remainderParts: this.#plan.remainderParts,
      });
      this.#to('merged');
      return { type: 'harvested', reply, end };
    } catch (error) {
      const failure = toSmartScannerError(error);
      if (failure.code === 'CATALOG_GONE' || failure.code === 'DISK_FULL') throw failure;
      if (failure.code === 'INTERRUPTED') return await this.#release(unansweredEnd(clock.now()));
      return await this.#failed(unharvestedEnd(end, failure));
    }
  }

  get #hostWasLost(): boolean {
    return this.#context.hostLosses() > this.#lossesBefore;
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
    this.#hooks.workerEnded();
    const { chunk } = await this.#reportFailure(end);
    return { type: 'failed', chunk, end };
  }

  async #failed(end: AttemptEnd): Promise<AttemptOutcome> {
    this.#to('nothing-merged');
    const { chunk } = await this.#reportFailure(end);
    return { type: 'failed', chunk, end };
  }

  #reportFailure(end: AttemptEnd): Promise<{ chunk: ChunkRow }> {
    // A full disk is not cured by trying again at once: the chunk fails with its reason and the others go on.
    const maxRetries = end.code === 'MERGE_DISK_FULL' ? 0 : this.#context.settings.retries;
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

  #stoppedEnd(status: AttemptStatus): AttemptEnd {
    return {
      outcome: 'stopped',
      exitCode: status.exitCode,
      code: null,
      reason: 'Stopped on request.',
      endedAtMs: this.#context.clock.now(),
    };
  }

  /** A failed container's full log and inspect belong into the scan log: `--rm` would have thrown them away. */
  async #logEvidence(ref: AttemptRef, status: AttemptStatus, end: AttemptEnd): Promise<void> {
    const { log, runtime } = this.#context;
    log.error(`Chunk ${this.chunk.id} attempt ${this.id}: ${end.reason ?? end.outcome}`);
    log.error(`INSPECT chunk ${this.chunk.id}: ${JSON.stringify(status.raw)}`);
    const text = await runtime.logs(ref, LOG_BYTES).catch((error: unknown) => `(log unreadable: ${String(error)})`);
    for (const line of text.split('\n')) if (line !== '') log.error(`CONTAINER LOG chunk ${this.chunk.id}: ${line}`);
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
