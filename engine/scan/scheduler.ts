import { nameText } from '../../shared/names.ts';
import { toSmartScannerError, type SmartScannerError } from '../../shared/errors.ts';
import { formatCount } from '../../shared/units.ts';
import { budgetFor } from '../plan/budget.ts';
import type { Budget } from '../../shared/worker-protocol.ts';
import type { ChunkRow } from '../catalog/api.ts';
import { Attempt, type AttemptOutcome, type AttemptPlan } from './attempt.ts';
import type { ScanContext } from './context.ts';
import { FullDisk } from './full-disk.ts';
import { OutOfMemory } from './out-of-memory.ts';
import type { ScanProgress } from './progress.ts';
import { ChunkQueue } from './queue.ts';

/** A retry waits at most this long. */
const MAX_BACKOFF_MS = 60_000;
/** Fewer pending directories than this are not worth another worker. */
const SPLIT_AT_LEAST_PENDING = 4;
/** A remainder of unknown size is divided into this many chunks a slot, so that slots end at about the same time. */
const REMAINDER_PARTS_PER_SLOT = 2;

export interface SchedulerHooks {
  /** Slots are free and the queue is empty while planning goes on. */
  idle(slots: number): void;
  /** Nothing is started any more: what is still planned will not be scanned. */
  gaveUp(): void;
}

interface Special {
  readonly budget: Budget;
  readonly order: 'breadth';
}

/**
 * Keeps up to `maxContainers` workers busy until no chunk is left and no more can come. One failed chunk never stops the others;
 * a harvest that takes longer than the scan holds back new workers, so that the spool stays small. Where a disk is full and stays so, what
 * has not begun fails with that reason instead of being started for nothing.
 */
export class Scheduler {
  readonly #context: ScanContext;
  readonly #progress: ScanProgress;
  readonly #queue: ChunkQueue;
  readonly #attempts = new Map<string, Attempt>();
  readonly #work = new Set<Promise<void>>();
  readonly #special = new Map<number, Special>();
  readonly #stop = new AbortController();
  readonly #hooks: SchedulerHooks;
  readonly #fullDisk = new FullDisk();
  readonly #outOfMemory = new OutOfMemory();
  /** Ends the waiting for a retry: stopped, or given up. */
  readonly #noRetries = new AbortController();
  /** Workers that run now; attempts that only harvest are not among them. */
  #workers = 0;
  #reserved = 0;
  #waiting = 0;
  #planning = true;
  #fatal: SmartScannerError | null = null;
  #wake: () => void = () => undefined;

  constructor(context: ScanContext, progress: ScanProgress, hooks: SchedulerHooks) {
    this.#context = context;
    this.#progress = progress;
    this.#hooks = hooks;
    this.#queue = new ChunkQueue({ bytes: context.settings.chunkBytes, entries: context.settings.chunkEntries });
  }

  get attempts(): Iterable<Attempt> {
    return this.#attempts.values();
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** `special`: fast start's first worker has a budget and an order of its own. */
  add(chunks: readonly ChunkRow[], special?: Special): void {
    this.#progress.chunksAdded(chunks);
    this.#enqueue(chunks, special);
  }

  planned(): void {
    this.#planning = false;
    this.#wake();
  }

  /** Takes a slot for a worker that isn't ours to run (measuring). Gives the way to free it. */
  reserveSlot(): () => void {
    this.#reserved += 1;
    return () => {
      this.#reserved -= 1;
      this.#wake();
    };
  }

  /** Starts nothing any more and asks what runs to end. Running attempts are still harvested (graceful). */
  stop(mode: 'graceful' | 'now'): void {
    this.#stop.abort();
    this.#noRetries.abort();
    for (const attempt of this.#attempts.values()) void attempt.stop(mode);
    this.#wake();
  }

  /** The disk is full: starts nothing any more; what runs is still harvested, and the rest fails for this reason. */
  giveUp(reason: string): void {
    this.#fullDisk.giveUp(reason);
    if (this.#noRetries.signal.aborted) return;
    this.#noRetries.abort();
    this.#hooks.gaveUp();
    this.#wake();
  }

  /** Settles when every chunk has ended, or, stopped, when every attempt has. Rejects when the catalog is gone. */
  async run(): Promise<void> {
    for (;;) {
      this.#fill();
      if (this.#fatal !== null) {
        this.#letGo(this.#fatal);
        await Promise.all(this.#work);
        throw this.#fatal;
      }
      const nothingLeft = this.#waiting === 0 && (this.#queue.size === 0 || this.#fullDisk.givenUp !== null);
      if (this.#work.size === 0 && (this.stopped || (nothingLeft && !this.#planning))) {
        if (!this.stopped && this.#fullDisk.givenUp !== null) await this.#failTheRest(this.#fullDisk.givenUp);
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Nothing can be noted any more: starts nothing, and rejects `run`. */
  fail(error: SmartScannerError): void {
    this.#fatal ??= error;
    this.#wake();
  }

  /** Without a catalog the workers go on for a later orchestrator to find. */
  #letGo(error: SmartScannerError): void {
    if (error.code !== 'CATALOG_GONE') {
      this.stop('now');
      return;
    }
    this.#stop.abort();
    this.#noRetries.abort();
    for (const attempt of this.#attempts.values()) attempt.leave(error);
  }

  #enqueue(chunks: readonly ChunkRow[], special?: Special): void {
    for (const chunk of chunks) {
      if (special !== undefined) this.#special.set(chunk.id, special);
      this.#queue.push(chunk);
    }
    this.#wake();
  }

  #fill(): void {
    const { maxContainers } = this.#context.tuning;
    while (this.#mayStart()) {
      if (this.#queue.next?.last === true && !this.#isQuiet()) {
        // Set aside by an earlier scan: tried when all else is over, and alone.
        if (this.#planning) this.#hooks.idle(maxContainers - this.#workers - this.#reserved);
        return;
      }
      const chunk = this.#queue.pop();
      if (chunk === undefined) {
        if (this.#planning) this.#hooks.idle(maxContainers - this.#workers - this.#reserved);
        if (this.#queue.size === 0) return;
        continue;
      }
      this.#track(this.#runAttempt(chunk));
    }
  }

  #isQuiet(): boolean {
    return !this.#planning && this.#work.size === 0 && this.#waiting === 0;
  }

  /** Workers idle and nothing is queued: the one that has most left to do shares it. Called as workers tell how they get on. */
  #maySplit(): void {
    const { tuning, clock } = this.#context;
    const free = tuning.maxContainers - this.#workers - this.#reserved;
    if (this.stopped || this.#planning || this.#fullDisk.tight || this.#queue.size > 0 || this.#waiting > 0 || free < 1)
      return;
    let best: { attempt: Attempt; pending: number } | null = null;
    for (const attempt of this.#attempts.values()) {
      if (attempt.isSplit) return;
      const { pending, ranMs } = this.#progress.pendingOf(attempt.id, clock.now());
      if (!attempt.splittable || pending < SPLIT_AT_LEAST_PENDING || ranMs < tuning.splitAfterMs) continue;
      if (best === null || pending > best.pending) best = { attempt, pending };
    }
    best?.attempt.split();
  }

  #mayStart(): boolean {
    const { maxContainers } = this.#context.tuning;
    if (this.stopped || this.#fullDisk.givenUp !== null) return false;
    if (this.#fullDisk.tight && this.#work.size > 0) return false;
    return this.#workers + this.#reserved < maxContainers && this.#work.size < 2 * maxContainers;
  }

  async #failTheRest(reason: string): Promise<void> {
    const { catalog, scanId, log, clock } = this.#context;
    this.#progress.gaveUp();
    this.#progress.problem({ atMs: clock.now(), code: 'DISK_FULL', chunkId: null, text: reason, final: true });
    try {
      const { failed } = await catalog.failOpenChunks({ scanId, code: 'DISK_FULL', reason });
      if (failed > 0) log.error(`DISK FULL: ${formatCount(failed)} chunks fail without another try: ${reason}`);
    } catch (error) {
      // They stay open then; the certificate calls what is below them not reached.
      log.error(`DISK FULL: what is left could not be noted as failed: ${toSmartScannerError(error).message}`);
    }
  }

  /** Goes on with a worker that an earlier orchestrator of this scan started. */
  adopt(chunk: ChunkRow, adopted: NonNullable<AttemptPlan['adopted']>): void {
    this.#track(this.#runAttempt(chunk, adopted));
  }

  #track(running: Promise<void>): void {
    const work = running.finally(() => {
      this.#work.delete(work);
      this.#wake();
    });
    this.#work.add(work);
  }

  async #runAttempt(chunk: ChunkRow, adopted?: AttemptPlan['adopted']): Promise<void> {
    const { settings, tuning, clock, log } = this.#context;
    const limits = { bytes: settings.chunkBytes, entries: settings.chunkEntries };
    const special = this.#special.get(chunk.id);
    const alone = this.#fullDisk.tight;
    let running = true;
    const freeSlot = (): void => {
      if (running) this.#workers -= 1;
      running = false;
      this.#wake();
    };
    const workerEnded = (): void => {
      this.#progress.workerEnded(attempt.id);
      freeSlot();
    };
    const attempt = new Attempt(
      this.#context,
      {
        chunk,
        ...this.#outOfMemory.loadOf(chunk, {
          budget: special?.budget ?? budgetFor(chunk, limits, tuning.attemptMs),
          threads: chunk.alone ? 1 : tuning.threads,
        }),
        order: special?.order ?? 'depth',
        remainderParts: REMAINDER_PARTS_PER_SLOT * tuning.maxContainers,
        ...(adopted === undefined ? {} : { adopted }),
      },
      {
        progress: (line) => {
          this.#progress.reported(attempt.id, line, clock.now());
          this.#maySplit();
        },
        workerEnded,
      },
    );
    this.#workers += 1;
    this.#attempts.set(attempt.id, attempt);
    // Of an adopted one this attempt is counted already.
    const number = chunk.attempts + (adopted === undefined ? 1 : 0);
    this.#progress.started(attempt.id, chunk, 'worker', clock.now(), number);
    const more = chunk.rootCount > 1 ? ` and ${chunk.rootCount - 1} more` : '';
    const what = `${nameText(chunk.label) || '(mount point)'}${more}`;
    if (adopted === undefined) log.info(`Chunk ${chunk.id} starts: ${what}`);
    else log.info(`Chunk ${chunk.id} is taken over: ${what}`);
    try {
      const outcome = await attempt.run();
      this.#lookAtMemory(chunk, outcome);
      this.#settle(attempt, outcome);
      this.#lookAtDisk(outcome, alone);
    } catch (error) {
      const failure = toSmartScannerError(error);
      if (failure.code === 'DISK_FULL') {
        // Not even the end of this attempt could be noted.
        this.#progress.released(attempt.id);
        this.giveUp(failure.message);
      } else this.fail(failure);
    } finally {
      this.#attempts.delete(attempt.id);
      freeSlot();
    }
  }

  #settle(attempt: Attempt, outcome: AttemptOutcome): void {
    const { log, clock } = this.#context;
    const { chunk } = attempt;
    switch (outcome.type) {
      case 'harvested': {
        const { reply, end } = outcome;
        this.#progress.harvested(attempt.id, chunk, reply);
        for (const failure of reply.failures) {
          log.error(`Failed directory ${nameText(failure.path)}: ${failure.syscall ?? ''} ${failure.code}`.trim());
        }
        log.info(
          `Chunk ${chunk.id} ${reply.chunk.state}: ${reply.merged.files} files in ${reply.merged.directories} directories merged in ${Math.round(reply.durationMs)} ms` +
            (reply.children.length > 0 ? `, ${reply.children.length} more chunks from what it left` : ''),
        );
        for (const { path, syscall, strikes, fate } of reply.suspects)
          this.#suspect(chunk, nameText(path), syscall, strikes, fate);
        if (end.code !== null)
          this.#problem(chunk, end.code, end.reason ?? end.outcome, reply.chunk.state === 'failed');
        if (reply.chunk.state === 'waiting') this.#retryLater(reply.chunk);
        this.#enqueue(reply.children);
        return;
      }
      case 'failed': {
        this.#progress.failed(attempt.id, chunk, outcome.chunk);
        const final = outcome.chunk.state === 'failed';
        const reason = outcome.end.reason ?? outcome.end.outcome;
        const next = final ? 'failed for good' : `will be tried again (failures: ${outcome.chunk.failures})`;
        log.error(`Chunk ${chunk.id} ${next}: ${reason}`);
        this.#problem(chunk, outcome.end.code ?? 'INTERNAL', reason, final);
        if (!final) this.#retryLater(outcome.chunk);
        return;
      }
      case 'released':
        this.#progress.released(attempt.id);
        log.info(`Chunk ${chunk.id} put back at ${new Date(clock.now()).toISOString()}: stopped on request`);
        return;
    }
  }

  /** Before what is left of it is queued: the next try at it is lighter. */
  #lookAtMemory(chunk: ChunkRow, outcome: AttemptOutcome): void {
    const children = outcome.type === 'harvested' ? outcome.reply.children : [];
    if (outcome.end.outcome === 'oom') this.#outOfMemory.met(chunk, children);
    else this.#outOfMemory.inherit(chunk, children);
  }

  #lookAtDisk(outcome: AttemptOutcome, alone: boolean): void {
    const { code, reason } = outcome.end;
    if (outcome.type === 'harvested' && outcome.reply.chunk.state === 'done') this.#fullDisk.eased();
    else if (code === 'DISK_FULL' || code === 'MERGE_DISK_FULL') this.#fullDisk.met(alone, reason ?? code);
    if (this.#fullDisk.givenUp !== null) this.giveUp(this.#fullDisk.givenUp);
  }

  #suspect(
    chunk: ChunkRow,
    path: string,
    syscall: string | null,
    strikes: number,
    fate: 'tried-alone' | 'set-aside',
  ): void {
    const call = syscall === null || syscall === 'crash' ? 'it ends its worker' : `${syscall} does not return`;
    const text =
      fate === 'set-aside'
        ? `Set aside after ${strikes} strikes: ${path || '(mount point)'} (${call})`
        : `Suspect, tried alone: ${path || '(mount point)'} (${call})`;
    this.#context.log.error(`QUARANTINE ${text}`);
    if (fate === 'set-aside') this.#problem(chunk, 'QUARANTINED', text, true);
  }

  #problem(chunk: ChunkRow, code: string, text: string, final: boolean): void {
    this.#progress.problem({ atMs: this.#context.clock.now(), code, chunkId: chunk.id, text, final });
  }

  #retryLater(chunk: ChunkRow): void {
    const { tuning, clock } = this.#context;
    const base = Math.min(MAX_BACKOFF_MS, tuning.retryBaseMs * 2 ** Math.max(0, chunk.attempts - 1));
    // Jitter keeps chunks that failed together from coming back together.
    const wait = base * (0.75 + Math.random() / 2);
    this.#waiting += 1;
    void clock.delay(wait, this.#noRetries.signal).then(() => {
      this.#waiting -= 1;
      this.#progress.retryDue();
      this.#enqueue([chunk]);
    });
  }
}
