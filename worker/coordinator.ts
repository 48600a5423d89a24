import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { WORKER_EXIT, type Job, type ResultLine, type StopReason } from '../shared/worker-protocol.ts';
import { nameFromBytes, type Name } from '../shared/names.ts';
import { listenForControl } from './control.ts';
import type { FromKeeper, FromWalker, KeeperStart, Part, Task, ToKeeper, ToWalker, WalkerStart } from './messages.ts';
import { GiveWay } from './give-way.ts';
import { LargeWatch } from './large-watch.ts';
import { Output } from './output.ts';
import { ShortWatch } from './short-watch.ts';
import { SharedState, STOP } from './slots.ts';
import { StallWatch } from './stall-watch.ts';

const HEARTBEAT_MS = 1000;
/** What ends within this long after a stop request is finished; the rest stays unfinished. */
const STOP_GRACE_MS = 3000;
/** Then this long to leave the directory, before the shard is finished without it. */
const LEAVE_MS = 500;
/** The spool gets this long to take the end of the shard. */
const CLOSE_GRACE_MS = 120_000;
/** Threads get this long to leave when the process ends; one that doesn't is stuck in the kernel. */
const THREAD_GRACE_MS = 1000;
/** A chunk that one thread has done by then needs no others, nor does one with nothing to share: a thread costs 35 ms of a processor. */
const HELPERS_AFTER_MS = 50;
/** Threads that may be started in place of stuck ones. */
const SPARE_WALKERS = 16;

interface Walker {
  readonly thread: Worker;
  state: 'starting' | 'busy' | 'hungry' | 'stuck' | 'gone';
}

/** The main thread: starts threads, hands work around, reports, and ends the process. It never touches the mount or the spool. */
export class Coordinator {
  readonly #kind: string;
  readonly #keeper: Worker;
  readonly #output: Output;
  readonly #began = performance.now();
  readonly #walkers: Walker[] = [];
  #tasks: Task[] = [];
  #parts: Part[] = [];
  #job: Job | null = null;
  #shared: SharedState | null = null;
  #watch: StallWatch | null = null;
  #large: LargeWatch | null = null;
  #short: ShortWatch | null = null;
  #giveWay: GiveWay | null = null;
  #freePorts: MessagePort[] = [];
  #timer: NodeJS.Timeout | null = null;
  #reason: StopReason = 'finished';
  /** Walkers that are not started yet. */
  #helpers = 0;
  #helpFrom: 'never' | 'soon' | 'now' = 'never';
  #stalls = 0;
  /** Stalls that happened before what was left of them was asked for. */
  #askedAfter = 0;
  #asking = false;
  #finishing = false;

  constructor(kind: string, jobPath: string) {
    this.#kind = kind;
    this.#output = new Output(kind);
    const data: KeeperStart = { role: 'keeper', kind, jobPath };
    this.#keeper = new Worker(__filename, { workerData: data });
  }

  start(): void {
    this.#keeper.on('message', (message: FromKeeper) => this.#fromKeeper(message));
    this.#keeper.on('error', (error) => this.#crashed('keeper', error));
    this.#keeper.on('exit', () => this.#left('keeper'));
    listenForControl((reason) => this.#requestStop(reason));
    this.#timer = setInterval(() => this.#heartbeat(), HEARTBEAT_MS);
  }

  #fromKeeper(message: FromKeeper): void {
    switch (message.type) {
      case 'job':
        this.#job = message.job;
        this.#output.hello(message.job);
        if (message.job.kind === 'scan' || message.job.kind === 'measure')
          this.#startWalkers(message.job, message.roots);
        else this.#short = new ShortWatch(message.job, this.#output);
        return;
      case 'line':
        this.#output.line(message.line);
        return;
      case 'unread':
        this.#asking = false;
        this.#tasks.push(...message.tasks);
        this.#serve();
        return;
      case 'spool-failed':
        this.#output.note('error', `The spool can't be written: ${message.error}`);
        this.#requestStop('spool');
        return;
      case 'done':
        this.#end(message.result);
        return;
    }
  }

  #startWalkers(job: Job, roots: readonly Task[]): void {
    const count = job.kind === 'scan' && job.careful === true ? 1 : Math.max(1, job.threads);
    const slots = count + SPARE_WALKERS;
    this.#shared = new SharedState(slots);
    this.#shared.setFirstId(roots.length + 1);
    this.#watch = new StallWatch(this.#shared, job.stallTimeoutMs);
    this.#large = new LargeWatch(this.#shared);
    if (job.givesWay === true) this.#giveWay = new GiveWay(this.#shared);
    this.#giveWay?.start();
    const channels = Array.from({ length: slots }, () => new MessageChannel());
    this.#freePorts = channels.map((channel) => channel.port1);
    const ports = channels.map((channel) => channel.port2);
    this.#toKeeper({ type: 'walkers', shared: this.#shared.buffer, walkers: slots, ports }, ports);
    this.#tasks = [...roots].reverse();
    if (job.kind === 'measure') setTimeout(() => this.#requestStop('time-budget'), job.timeoutMs).unref();
    else if (job.kind === 'scan' && job.budget.timeMs !== null) {
      setTimeout(() => this.#budgetStop('time-budget'), job.budget.timeMs).unref();
    }
    this.#helpers = count - 1;
    // Those that start later are hungry from now on: the first thread gives away what one large directory would keep from them.
    this.#shared.addHungry(count);
    this.#startWalker(job);
  }

  /** The first thread has got its work. */
  #allowHelpers(): void {
    if (this.#helpers === 0 || this.#helpFrom !== 'never') return;
    this.#helpFrom = 'soon';
    setTimeout(() => {
      this.#helpFrom = 'now';
      this.#helpWhereWanted();
    }, HELPERS_AFTER_MS).unref();
  }

  /** The others start once something lies here that they can take. */
  #helpWhereWanted(): void {
    if (this.#helpFrom !== 'now' || this.#tasks.length + this.#parts.length === 0) return;
    if (this.#job === null || this.#finishing || this.#shared?.stop !== STOP.no) return;
    for (; this.#helpers > 0; this.#helpers -= 1) this.#startWalker(this.#job);
  }

  #startWalker(job: Job): void {
    const sink = this.#freePorts.shift();
    if (this.#shared === null || sink === undefined) return;
    const index = this.#walkers.length;
    const data: WalkerStart = {
      role: 'walker',
      index,
      walkers: this.#shared.walkers,
      shared: this.#shared.buffer,
      job,
      sink,
    };
    const thread = new Worker(__filename, { workerData: data, transferList: [sink] });
    const walker: Walker = { thread, state: 'starting' };
    this.#walkers.push(walker);
    thread.on('message', (message: FromWalker) => this.#fromWalker(walker, message));
    thread.on('error', (error) => this.#crashed('walker', error));
    thread.on('exit', () => {
      if (walker.state === 'stuck') return;
      if (walker.state === 'busy' && !this.#finishing) this.#left('walker');
      walker.state = 'gone';
    });
  }

  #fromWalker(walker: Walker, message: FromWalker): void {
    if (walker.state === 'stuck') return;
    if (message.type === 'budget') this.#setReason(message.reason);
    else if (message.type === 'give') {
      this.#tasks.push(...message.tasks);
      this.#parts.push(...message.parts);
      this.#serve();
      this.#helpWhereWanted();
    } else {
      walker.state = 'hungry';
      this.#serve();
      this.#allowHelpers();
    }
  }

  /** Gives what lies here to whoever has nothing, in even shares; when nobody works any more, that was all. */
  #serve(): void {
    const stopped = this.#shared?.stop !== STOP.no;
    if (stopped) this.#tasks = [];
    const hungry = this.#walkers.filter((walker) => walker.state === 'hungry');
    // Those that are about to ask get their share, too: what a thread holds is lost to the others if it gets stuck.
    const starting = this.#walkers.filter((walker) => walker.state === 'starting').length;
    let left = hungry.length + starting;
    for (const walker of hungry) {
      const part = this.#parts.pop();
      if (part !== undefined) this.#send(walker, { type: 'part', part });
      else if (this.#tasks.length > 0)
        this.#send(walker, { type: 'tasks', tasks: this.#tasks.splice(-Math.ceil(this.#tasks.length / left)) });
      left -= 1;
    }
    // What nobody can take any more (every thread and every spare is stuck) stays pending in the shard: it is the remainder.
    if (starting > 0 || this.#walkers.some((walker) => walker.state === 'busy')) return;
    if (this.#asking || this.#walkers.length === 0) return;
    if (hungry.length > 0 && !stopped && this.#asksForUnread()) return;
    this.#finish();
  }

  /** Once after each stall: the shard knows what the stuck thread took with it. */
  #asksForUnread(): boolean {
    if (this.#askedAfter === this.#stalls || this.#job?.kind !== 'scan') return false;
    this.#askedAfter = this.#stalls;
    this.#asking = true;
    this.#toKeeper({ type: 'unread' });
    return true;
  }

  #send(walker: Walker, message: ToWalker): void {
    walker.state = 'busy';
    walker.thread.postMessage(message);
    this.#shared?.slot(this.#walkers.indexOf(walker)).wake();
  }

  #setReason(reason: StopReason): void {
    if (this.#reason === 'finished') this.#reason = reason;
  }

  /** Budgets end the taking of directories; those that are being read are read to their end. */
  #budgetStop(reason: StopReason): void {
    if (this.#finishing) return;
    this.#setReason(reason);
    this.#shared?.raiseStop(STOP.budget);
    this.#wakeAll();
  }

  #requestStop(reason: StopReason): void {
    if (this.#finishing) return;
    this.#setReason(reason);
    if (this.#job !== null && this.#job.kind !== 'scan' && this.#job.kind !== 'measure') return;
    this.#budgetStop(reason);
    setTimeout(() => {
      this.#shared?.raiseStop(STOP.now);
      setTimeout(() => this.#finish(), LEAVE_MS).unref();
    }, STOP_GRACE_MS).unref();
    this.#serve();
  }

  #wakeAll(): void {
    for (let index = 0; index < this.#walkers.length; index += 1) this.#shared?.slot(index).wake();
  }

  #heartbeat(): void {
    this.#toKeeper({ type: 'alive' });
    const late = this.#short?.beat(HEARTBEAT_MS) ?? null;
    if (late !== null) this.#end(late);
    if (this.#shared === null || this.#watch === null) return;
    const waits = this.#watch.look(this.#walkers.length);
    const mount = Buffer.byteLength(this.#job?.mount ?? '');
    const nameOf = (bytes: Buffer): Name => nameFromBytes(bytes.subarray(Math.min(bytes.length, mount + 1)));
    const named = waits.map((wait) => ({ ...wait, path: nameOf(wait.bytes) }));
    const large = this.#large?.look(this.#walkers.length, performance.now()) ?? null;
    const abandoned = (index: number): boolean => this.#walkers[index]?.state === 'stuck';
    this.#output.progress(
      this.#shared.sum(),
      this.#tasks.length,
      named.filter((wait) => !abandoned(wait.thread)),
      this.#watch.median(this.#walkers.length),
      this.#giveWay?.resting ?? false,
      large === null ? null : { path: nameOf(large.bytes), names: large.names, sinceMs: large.sinceMs },
    );
    for (const wait of named) if (wait.stalled && !abandoned(wait.thread)) this.#stalled(wait);
  }

  #stalled(wait: {
    thread: number;
    directory: number;
    syscall: string;
    sinceMs: number;
    path: ReturnType<typeof nameFromBytes>;
  }): void {
    const walker = this.#walkers[wait.thread];
    if (walker === undefined || this.#job === null || this.#finishing) return;
    const { thread, syscall, sinceMs, path } = wait;
    this.#output.line({ type: 'stall', thread, syscall, sinceMs, path });
    this.#shared?.slot(wait.thread).abandon();
    walker.state = 'stuck';
    walker.thread.unref();
    this.#stalls += 1;
    this.#toKeeper({ type: 'stalled', walker: wait.thread, id: wait.directory, syscall });
    this.#shared?.addHungry(1);
    this.#startWalker(this.#job);
    // No message comes from a stuck thread, and without a spare there is no new one: whether that was all is asked here.
    this.#serve();
  }

  #finish(): void {
    if (this.#finishing) return;
    this.#finishing = true;
    if (this.#stalls > 0) this.#setReason('stalled');
    const exit: ToWalker = { type: 'exit' };
    for (const walker of this.#walkers)
      if (walker.state !== 'stuck' && walker.state !== 'gone') walker.thread.postMessage(exit);
    this.#wakeAll();
    const early = this.#reason !== 'finished' && this.#reason !== 'stalled';
    this.#toKeeper({
      type: 'finish',
      reason: this.#reason,
      durationMs: performance.now() - this.#began,
      complete: !early,
    });
    setTimeout(() => {
      this.#end({
        type: 'result',
        kind: this.#kind as Job['kind'],
        exit: WORKER_EXIT.spool,
        reason: 'spool',
        durationMs: performance.now() - this.#began,
        error: 'The spool did not answer.',
      });
    }, CLOSE_GRACE_MS).unref();
  }

  /** A thread may end without an error, as when the bundle was replaced while it started. Nobody else would ever tell. */
  #left(who: string): void {
    if (this.#timer !== null) this.#crashed(who, new Error(`The ${who} thread ended before its work did.`));
  }

  #crashed(who: string, error: unknown): void {
    process.stderr.write(`${who}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    this.#end({
      type: 'result',
      kind: this.#kind as Job['kind'],
      exit: WORKER_EXIT.internal,
      reason: 'finished',
      durationMs: performance.now() - this.#began,
      error: error instanceof Error ? error.message : String(error),
    });
  }

  #end(result: ResultLine): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    // Asked to leave, not guessed: also the keeper may be stuck, in the spool.
    const threads = [this.#keeper, ...this.#walkers.map((walker) => walker.thread)];
    const left = Promise.all(threads.map((thread) => thread.terminate())).then(() => false);
    const stuck = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), THREAD_GRACE_MS));
    void this.#output.end(result, Promise.race([left, stuck]));
  }

  #toKeeper(message: ToKeeper, transfer: MessagePort[] = []): void {
    this.#keeper.postMessage(message, transfer);
  }
}
