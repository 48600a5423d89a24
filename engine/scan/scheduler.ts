import { toSmartScannerError, type SmartScannerError } from '../../shared/errors.ts';
import { budgetFor } from '../plan/budget.ts';
import type { ScanSettings } from '../../shared/settings.ts';
import type { Budget } from '../../shared/worker-protocol.ts';
import type { ChunkRow } from '../catalog/api.ts';
import { Attempt, type AttemptOutcome, type AttemptPlan } from './attempt.ts';
import type { ScanContext } from './context.ts';
import { HeldChunks, type Wish } from './held-chunks.ts';
import { OutOfMemory } from './out-of-memory.ts';
import { OutcomeLog } from './outcome-log.ts';
import type { ScanProgress } from './progress.ts';
import { ChunkQueue } from './queue.ts';
import { mostLoaded } from './sharing.ts';
import { LET_GO_MS, Slots } from './slots.ts';
import { Workforce, type LoadChange } from './workforce.ts';

/** A retry waits at most this long. */
const MAX_BACKOFF_MS = 60_000;
/** Whoever asked for a pause is told by then, ms. */
const LET_GO_DEADLINE_MS = 20_000;
/** A remainder of unknown size is divided into this many chunks a slot, so that slots end at about the same time. */
const REMAINDER_PARTS_PER_SLOT = 2;

export interface SchedulerHooks {
  /** Slots are free and the queue is empty while planning goes on. */
  idle(slots: number): void;
}

interface Special {
  readonly budget: Budget;
  readonly order: 'breadth';
}

/**
 * Keeps up to `maxContainers` workers busy until no chunk is left and no more can come. One failed chunk never stops the others;
 * a harvest that takes longer than the scan holds back new workers, so that the spool stays small. While the gate holds nothing is started,
 * and what runs is asked to end at its next directory.
 */
export class Scheduler {
  readonly #context: ScanContext;
  readonly #progress: ScanProgress;
  readonly #queue: ChunkQueue;
  readonly #workforce: Workforce;
  readonly #attempts = new Map<string, Attempt>();
  readonly #work = new Set<Promise<void>>();
  readonly #special = new Map<number, Special>();
  readonly #stop = new AbortController();
  readonly #hooks: SchedulerHooks;
  readonly #outOfMemory = new OutOfMemory();
  /** Of workers that run now; attempts that only harvest have none. */
  readonly #slots = new Slots();
  readonly #held = new HeldChunks();
  readonly #told: OutcomeLog;
  /** Chunks that wait for another try. */
  readonly #retrying = new Set<number>();
  #planning = true;
  #fatal: SmartScannerError | null = null;
  #wake: () => void = () => undefined;

  constructor(context: ScanContext, progress: ScanProgress, hooks: SchedulerHooks) {
    this.#context = context;
    this.#progress = progress;
    this.#hooks = hooks;
    this.#told = new OutcomeLog(context, progress);
    this.#workforce = new Workforce(context);
    this.#queue = new ChunkQueue({ bytes: context.settings.chunkBytes, entries: context.settings.chunkEntries });
    context.gate.onChange(() => {
      if (context.gate.holds) for (const attempt of this.#attempts.values()) this.#letGo(attempt);
      this.#wake();
    });
  }

  get attempts(): Iterable<Attempt> {
    return this.#attempts.values();
  }

  get allowance(): Workforce['allowance'] {
    return this.#workforce.allowance;
  }

  /** What runs goes on as it was started; where there are too many now, one at a time hands the rest of its work on. Gives the settings as they are now. */
  change(change: LoadChange): ScanSettings {
    this.#workforce.change(change);
    this.#shed();
    this.#wake();
    return this.#workforce.settings;
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
    const free = this.#slots.take();
    return () => {
      free();
      this.#wake();
    };
  }

  /** How many workers let go of the mount, measuring among them, and how many still have it when the deadline passes. */
  untilLetGo(): Promise<{ freed: number; held: number }> {
    return this.#slots.untilFree(this.#context.clock.delay(LET_GO_DEADLINE_MS, this.#stop.signal));
  }

  /** Whether it waits or runs. */
  knows(chunkId: number): boolean {
    const runs = [...this.#attempts.values()].some(({ chunk }) => chunk.id === chunkId);
    return runs || this.#queue.has(chunkId) || this.#retrying.has(chunkId) || this.#held.wishOf(chunkId) !== null;
  }

  /** Of a chunk that it knows. Settles when its worker, if it has one, has let go of the mount. */
  async hold(chunkId: number, wish: Wish): Promise<{ freed: number; held: number }> {
    const waited = this.#held.hold(chunkId, wish);
    const queued = this.#queue.take(chunkId);
    this.#enqueue(queued === undefined ? waited : [...waited, queued]);
    const attempts = [...this.#attempts.values()].filter((attempt) => this.#held.wishOf(attempt.chunk.id) === wish);
    for (const attempt of attempts) this.#letGo(attempt);
    const ran = attempts.filter(({ isRunning }) => isRunning);
    const ended = Promise.all(ran.map((attempt) => attempt.workerEnded));
    await Promise.race([ended, this.#context.clock.delay(LET_GO_DEADLINE_MS, this.#stop.signal)]);
    const held = ran.filter(({ isRunning }) => isRunning).length;
    return { freed: ran.length - held, held };
  }

  /** It goes on as any other; named by any chunk that it left. */
  release(chunkId: number): void {
    this.#enqueue(this.#held.release(chunkId));
  }

  /** Starts nothing any more and asks what runs to end. Running attempts are still harvested (graceful). */
  stop(mode: 'graceful' | 'now'): void {
    this.#stop.abort();
    for (const attempt of this.#attempts.values()) void attempt.stop(mode);
    this.#wake();
  }

  /** Settles when every chunk has ended, or, stopped, when every attempt has. Rejects when the catalog is gone. */
  async run(): Promise<void> {
    for (;;) {
      this.#fill();
      if (this.#fatal !== null) {
        this.#endAll(this.#fatal);
        await Promise.all(this.#work);
        throw this.#fatal;
      }
      const nothingLeft = this.#retrying.size + this.#queue.size + this.#held.count === 0;
      if (this.#work.size === 0 && (this.stopped || (nothingLeft && !this.#planning))) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Nothing can be noted any more: starts nothing, and rejects `run`. */
  fail(error: SmartScannerError): void {
    this.#break(error);
  }

  /** Without a catalog the workers go on for a later orchestrator to find. */
  #endAll(error: SmartScannerError): void {
    if (error.code !== 'CATALOG_GONE') {
      this.stop('now');
      return;
    }
    this.#stop.abort();
    for (const attempt of this.#attempts.values()) attempt.leave(error);
  }

  #enqueue(chunks: readonly ChunkRow[], special?: Special): void {
    const stopped: ChunkRow[] = [];
    for (const chunk of chunks) {
      if (special !== undefined) this.#special.set(chunk.id, special);
      const wish = this.#held.wishOf(chunk.id);
      if (wish === 'stopped') stopped.push(chunk);
      else if (wish === 'paused') this.#held.put(chunk);
      else this.#queue.push(chunk);
    }
    this.#progress.paused = this.#held.count;
    if (stopped.length > 0 && !this.stopped) this.#track(this.#endStopped(stopped));
    this.#wake();
  }

  async #endStopped(chunks: readonly ChunkRow[]): Promise<void> {
    try {
      const reason = 'Stopped on request.';
      const ended = await this.#context.catalog.stopChunks({ chunkIds: chunks.map(({ id }) => id), reason });
      for (const chunk of ended.chunks) {
        this.#progress.chunkStopped(chunk);
        this.#told.stopped(chunk, reason);
      }
    } catch (error) {
      this.#break(error);
    }
  }

  /** Asks its worker to end at the next directory, and ends it where it doesn't: what it committed is whole. */
  #letGo(attempt: Attempt): void {
    if (attempt.isStopping) return;
    void attempt.stop('graceful');
    void this.#context.clock.delay(LET_GO_MS, this.#stop.signal).then(() => {
      if (!this.stopped) void attempt.insist();
    });
  }

  #fill(): void {
    const maxContainers = this.#workforce.limit;
    while (this.#mayStart()) {
      if (this.#queue.next?.last === true && !this.#isQuiet()) {
        // Set aside by an earlier scan: tried when all else is over, and alone.
        if (this.#planning) this.#hooks.idle(maxContainers - this.#slots.taken);
        return;
      }
      const chunk = this.#queue.pop();
      if (chunk === undefined) {
        if (this.#planning) this.#hooks.idle(maxContainers - this.#slots.taken);
        if (this.#queue.size === 0) return;
        continue;
      }
      this.#track(this.#runAttempt(chunk));
    }
  }

  #isQuiet(): boolean {
    return !this.#planning && this.#work.size === 0 && this.#retrying.size === 0;
  }

  /** Workers idle and nothing is queued: the one that has most left to do shares it. Called as workers tell how they get on. */
  #maySplit(): void {
    const { clock, gate } = this.#context;
    const free = this.#workforce.limit - this.#slots.taken;
    if (this.stopped || this.#planning || gate.holds || this.#queue.size + this.#retrying.size > 0 || free < 1) return;
    const { splitAfterMs } = this.#workforce.tuning;
    const loaded = mostLoaded(this.attempts, splitAfterMs, (id) => this.#progress.pendingOf(id, clock.now()));
    loaded?.split('other workers have nothing to do');
  }

  #heard(medianUs: number | null): void {
    const wanting = this.#queue.size > 0 && !this.stopped;
    if (!this.#workforce.heard(medianUs, this.#slots.taken, wanting)) return;
    this.#shed();
    this.#wake();
  }

  /** More run than may: the one that started last hands the rest of its work on. */
  #shed(): void {
    if (this.#slots.taken <= this.#workforce.limit) return;
    [...this.#attempts.values()].findLast((attempt) => attempt.splittable)?.split('there are too many workers now');
  }

  #mayStart(): boolean {
    const maxContainers = this.#workforce.limit;
    if (this.stopped || this.#context.gate.holds) return false;
    return this.#slots.taken < maxContainers && this.#work.size < 2 * maxContainers;
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
    const { settings, clock, info } = this.#context;
    const { tuning } = this.#workforce;
    const limits = { bytes: settings.chunkBytes, entries: settings.chunkEntries };
    const special = this.#special.get(chunk.id);
    const memory = {
      limitBytes: tuning.limits.memoryBytes,
      hostBytes: info.memoryBytes,
      workers: tuning.maxContainers,
    };
    const freeSlot = this.reserveSlot();
    const workerEnded = (): void => {
      this.#progress.workerEnded(attempt.id);
      this.#heard(null);
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
        givesWay: tuning.givesWay,
        limits: this.#workforce.limitsWith(chunk.id, this.#outOfMemory.memoryOf(chunk, memory)),
        order: special?.order ?? 'depth',
        remainderParts: REMAINDER_PARTS_PER_SLOT * tuning.maxContainers,
        ...(adopted === undefined ? {} : { adopted }),
      },
      {
        progress: (line) => {
          this.#progress.reported(attempt.id, line, clock.now());
          this.#heard(line.lstatMedianUs);
          this.#maySplit();
        },
        workerEnded,
      },
    );
    this.#attempts.set(attempt.id, attempt);
    // One of before that is taken over while the scan is paused.
    if (this.#context.gate.holds) this.#letGo(attempt);
    // Of an adopted one this attempt is counted already.
    const number = chunk.attempts + (adopted === undefined ? 1 : 0);
    this.#progress.started(attempt.id, chunk, 'worker', clock.now(), number);
    this.#told.began(chunk, adopted === undefined ? 'starts' : 'is taken over');
    try {
      const outcome = await attempt.run();
      this.#lookAtMemory(chunk, outcome);
      this.#settle(attempt, outcome);
      this.#lookAtSpool(outcome);
    } catch (error) {
      this.#break(error);
    } finally {
      this.#attempts.delete(attempt.id);
      freeSlot();
    }
  }

  #settle(attempt: Attempt, outcome: AttemptOutcome): void {
    const { chunk } = attempt;
    this.#told.ended(chunk, outcome);
    switch (outcome.type) {
      case 'harvested': {
        const { reply } = outcome;
        this.#progress.harvested(attempt.id, chunk, reply);
        this.#held.inherit(chunk.id, reply.children);
        if (reply.chunk.state === 'waiting') this.#retryLater(reply.chunk);
        this.#enqueue(reply.children);
        return;
      }
      case 'failed':
        this.#progress.failed(attempt.id, chunk, outcome.chunk);
        if (outcome.chunk.state !== 'failed') this.#retryLater(outcome.chunk);
        return;
      case 'released':
        this.#progress.released(attempt.id);
        // Of a scan that is only paused.
        if (!this.stopped) this.#enqueue([{ ...chunk, state: 'queued' }]);
        return;
      case 'kept':
        this.#progress.released(attempt.id);
        return;
    }
  }

  /** Before what is left of it is queued: the next try at it is lighter. */
  #lookAtMemory(chunk: ChunkRow, outcome: AttemptOutcome): void {
    const children = outcome.type === 'harvested' ? outcome.reply.children : [];
    if (outcome.end.outcome === 'oom') this.#outOfMemory.met(chunk, children);
    else this.#outOfMemory.inherit(chunk, children);
  }

  /** Everything else waits for its disk by itself; a worker that could not write has ended, and the next ones would do the same. */
  #lookAtSpool({ end }: AttemptOutcome): void {
    if (end.outcome !== 'spool' || this.stopped) return;
    this.#context.disk.met(end.reason ?? end.outcome).catch((error: unknown) => this.#break(error));
  }

  #break(error: unknown): void {
    this.#fatal ??= toSmartScannerError(error);
    this.#wake();
  }

  #retryLater(chunk: ChunkRow): void {
    const { clock } = this.#context;
    const { tuning } = this.#workforce;
    const base = Math.min(MAX_BACKOFF_MS, tuning.retryBaseMs * 2 ** Math.max(0, chunk.attempts - 1));
    // Jitter keeps chunks that failed together from coming back together.
    const wait = base * (0.75 + Math.random() / 2);
    this.#retrying.add(chunk.id);
    void clock.delay(wait, this.#stop.signal).then(() => {
      this.#retrying.delete(chunk.id);
      this.#progress.retryDue();
      this.#enqueue([chunk]);
    });
  }
}
