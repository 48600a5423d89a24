import { Buffer } from 'node:buffer';
import type { BigIntStats } from 'node:fs';
import { parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { EXCLUDED_OTHER_FILESYSTEM } from '../shared/shard-schema.ts';
import { FAILED_TOO_LARGE, MAX_DIRECTORY_ENTRIES, type Job } from '../shared/worker-protocol.ts';
import { Excluder } from './excluder.ts';
import { Looker, type Look } from './look.ts';
import { mustStream, readNames, type NameReader } from './read-directory.ts';
import { joinFs, mountLength, withReachable, type FsPath } from './paths.ts';
import type { Part, Task, ToSink, ToWalker, WalkerStart, FromWalker } from './messages.ts';
import { SharedState, STOP, SYSCALLS, type Slot } from './slots.ts';
import { errorCode, leftMeanwhile, rootProblem, type RootLook } from './roots.ts';
import { SetAside } from './set-aside.ts';
import { Pace } from './pace.ts';
import { makeSink, type Sink } from './sink.ts';
import { isDirectory } from './batch.ts';

/** Rows that may be on their way to the writer. */
const BACKLOG_LIMIT = 60_000;
const SLEEP_MS = 1000;
const LSTAT = SYSCALLS.indexOf('lstat');

export function runWalker(start: WalkerStart): void {
  if (parentPort === null) throw new Error('A walker is a thread.');
  new Walker(start, parentPort).run();
}

/** Looks like an error of the system. */
class TooLarge extends Error {
  readonly code = FAILED_TOO_LARGE;
  readonly syscall = 'readdir';
}

class Walker {
  readonly #index: number;
  readonly #port: MessagePort;
  readonly #job: Job;
  readonly #shared: SharedState;
  readonly #slot: Slot;
  readonly #sink: Sink;
  readonly #looker: Looker;
  readonly #pace: Pace;
  readonly #excluder: Excluder | null;
  readonly #setAside: SetAside | null;
  readonly #sinkPort: MessagePort;
  readonly #careful: boolean;
  readonly #maxEntries: number;
  readonly #mountLength: number;
  readonly #breadth: boolean;
  /** Depth-first takes from the end, breadth-first from `#head`. */
  #stack: Task[] = [];
  #head = 0;
  #parts: Part[] = [];
  #exit = false;
  /** It counts as hungry from before it was started. */
  #hasAsked = false;
  /** Parts of the directory that is being read were sent. */
  #partsSent = false;

  constructor(start: WalkerStart, port: MessagePort) {
    this.#index = start.index;
    this.#port = port;
    this.#job = start.job;
    this.#shared = new SharedState(start.walkers, start.shared);
    this.#slot = this.#shared.slot(start.index);
    this.#pace = new Pace(this.#shared);
    this.#looker = new Looker(this.#slot, this.#pace);
    this.#sink = makeSink(start.job.kind, start.sink, this.#shared);
    this.#excluder = start.job.excludes.length > 0 ? new Excluder(start.job.excludes) : null;
    this.#mountLength = mountLength(start.job);
    this.#setAside = SetAside.of(start.job);
    this.#sinkPort = start.sink;
    this.#careful = start.job.kind === 'scan' && start.job.careful === true;
    this.#maxEntries = start.job.maxDirectoryEntries ?? MAX_DIRECTORY_ENTRIES;
    this.#breadth = start.job.kind === 'scan' && start.job.order === 'breadth';
  }

  run(): void {
    // Once it was given up, others read what it held, and nobody takes what it sends.
    while (!this.#exit && !this.#slot.abandoned) {
      this.#receive();
      const part = this.#parts.pop();
      if (part !== undefined) this.#part(part);
      else if (!this.#walkOne()) this.#hungry();
    }
    if (!this.#slot.abandoned) this.#sink.flush();
  }

  #walkOne(): boolean {
    if (this.#shared.stop !== STOP.no) {
      this.#slot.addPending(-(this.#stack.length - this.#head));
      this.#stack = [];
      this.#head = 0;
      return false;
    }
    const task = this.#next();
    if (task === undefined) return false;
    this.#slot.addPending(-1);
    this.#shared.waitForBacklog(BACKLOG_LIMIT);
    this.#pace.step();
    this.#directory(task);
    // Should this thread get stuck next, what it hasn't sent is read again. What lies in a root is known then at least, so each attempt gets further.
    if (task.root > 0 || this.#careful) this.#sink.flush();
    this.#budget();
    this.#share();
    return true;
  }

  #next(): Task | undefined {
    if (!this.#breadth) return this.#stack.pop();
    const task = this.#stack[this.#head];
    if (task === undefined) return undefined;
    this.#head += 1;
    if (this.#head > 4096 && this.#head * 2 > this.#stack.length) {
      this.#stack = this.#stack.slice(this.#head);
      this.#head = 0;
    }
    return task;
  }

  #receive(): void {
    for (let got = receiveMessageOnPort(this.#port); got !== undefined; got = receiveMessageOnPort(this.#port)) {
      const message = got.message as ToWalker;
      if (message.type === 'exit') this.#exit = true;
      else if (message.type === 'part') this.#parts.push(message.part);
      else {
        this.#stack.push(...message.tasks);
        this.#slot.addPending(message.tasks.length);
      }
    }
  }

  #hungry(): void {
    this.#sink.flush();
    if (this.#hasAsked) this.#shared.addHungry(1);
    this.#hasAsked = true;
    this.#tell({ type: 'hungry', index: this.#index });
    this.#slot.sleep(SLEEP_MS);
    this.#receive();
    while (!this.#exit && this.#stack.length === this.#head && this.#parts.length === 0) {
      this.#slot.sleep(SLEEP_MS);
      this.#receive();
    }
    this.#shared.addHungry(-1);
  }

  /** Gives half away when somebody has nothing: what was met first, which is highest in the tree. */
  #share(): void {
    const surplus = this.#stack.length - this.#head;
    if (surplus < 2 || this.#shared.hungry === 0) return;
    const count = surplus >> 1;
    const tasks = this.#stack.splice(this.#head, count);
    this.#slot.addPending(-tasks.length);
    this.#sink.flush();
    this.#tell({ type: 'give', index: this.#index, tasks, parts: [] });
  }

  #budget(): void {
    if (this.#job.kind !== 'scan') return;
    const { entries, bytes, pendingDirs } = this.#job.budget;
    if (entries === null && bytes === null && pendingDirs === null) return;
    const sum = this.#shared.sum();
    if (entries !== null && sum.entries >= entries) this.#tell({ type: 'budget', reason: 'entries-budget' });
    else if (bytes !== null && sum.bytes >= bytes) this.#tell({ type: 'budget', reason: 'bytes-budget' });
    else if (pendingDirs !== null && sum.pending >= pendingDirs)
      this.#tell({ type: 'budget', reason: 'pending-budget' });
    else return;
    this.#shared.raiseStop(STOP.budget);
  }

  #directory(task: Task): void {
    const path: FsPath = typeof task.path === 'string' ? task.path : Buffer.from(task.path);
    this.#slot.enterDirectory(task.id, path);
    this.#partsSent = false;
    if (this.#careful) this.#announce(task.id);
    let { dev, ino, size } = task;
    if (task.root > 0) {
      this.#slot.call(LSTAT, -1);
      const looked = rootProblem(path, this.#mountLength, this.#job);
      this.#slot.returned();
      this.#sink.root(task, looked.stat);
      const rule = this.#excluder?.directory(this.#relativeOf(path)) ?? null;
      if (rule !== null && looked.state === null) {
        this.#sink.failed(task.id, 'excluded', `rule:${rule}`, null);
        return;
      }
      if (looked.state !== null) {
        this.#sink.failed(task.id, looked.state, looked.reason, looked.syscall);
        this.#slot.count(0, 0, 0, looked.state === 'failed' ? 1 : 0, 0);
        return;
      }
      dev = looked.stat?.dev ?? dev;
      ino = Number(looked.stat?.ino ?? ino);
      size = Number(looked.stat?.size ?? 0);
    }
    const last = this.#stack.at(-1);
    try {
      withReachable(path, (short) => this.#read(task.root > 0 ? { ...task, dev, ino, size } : task, path, short));
    } catch (error) {
      const { code, syscall } = errorCode(error);
      if (this.#slot.abandoned) return;
      this.#dropAfter(last);
      const vanished = code === 'ENOENT' || code === 'ENOTDIR';
      this.#sink.failed(task.id, vanished ? 'vanished' : 'failed', vanished ? null : code, syscall, this.#partsSent);
      this.#slot.count(0, 0, 0, vanished ? 0 : 1, 0);
    } finally {
      this.#slot.returned();
    }
  }

  /** What was met below a directory that failed counts for nothing. `last`: what was there before it. */
  #dropAfter(last: Task | undefined): void {
    const keep = Math.max(this.#head, last === undefined ? 0 : this.#stack.lastIndexOf(last) + 1);
    this.#slot.addPending(keep - this.#stack.length);
    this.#stack.length = keep;
  }

  /** What this worker might die of is in the shard first. */
  #announce(directory: number): void {
    const message: ToSink = { type: 'reading', walker: this.#index, directory };
    this.#sinkPort.postMessage(message);
    this.#shared.waitUntilBegun(this.#index, directory);
  }

  #read(task: Task, path: FsPath, short: FsPath): void {
    const reader = readNames(short, mustStream(task.size, task.dev, short), this.#slot);
    try {
      const first = reader.next();
      const looks = reader.done ? this.#looker.names(short, first) : [];
      const left = this.#left(task, path, short);
      if (this.#slot.abandoned) return;
      if (left !== null) {
        this.#sink.failed(task.id, left.state ?? 'vanished', left.reason, left.syscall);
        this.#slot.count(0, 0, 0, left.state === 'failed' ? 1 : 0, 0);
        return;
      }
      if (reader.done) {
        this.#sink.begin(task.id);
        this.#put(task, path, first, looks);
        this.#sink.end(first.length, 1);
        this.#slot.count(0, 0, 1, 0, 0);
        return;
      }
      this.#stream(task, path, short, first, reader);
    } finally {
      this.#slot.setStreamed(0);
      reader.close();
    }
  }

  /** A large directory, a part at a time; parts are given away while others have nothing to do. */
  #stream(task: Task, path: FsPath, short: FsPath, first: readonly (string | Buffer)[], reader: NameReader): void {
    let names = first;
    let returned = 0;
    let parts = 0;
    while (names.length > 0) {
      returned += names.length;
      if (returned > this.#maxEntries) throw new TooLarge();
      this.#slot.setStreamed(returned);
      parts += 1;
      this.#partsSent = true;
      if (this.#shared.hungry > 0 && parts > 1) {
        const part: Part = { task, names };
        this.#tell({ type: 'give', index: this.#index, tasks: [], parts: [part] });
      } else {
        this.#partNames(task, path, short, names);
      }
      // A stop doesn't wait for a directory of millions: it stays unfinished and goes to the remainder.
      if (this.#shared.stop === STOP.now || this.#slot.abandoned) return;
      this.#share();
      this.#shared.waitForBacklog(BACKLOG_LIMIT);
      this.#slot.enterDirectory(task.id, path);
      names = reader.next();
    }
    this.#sink.begin(task.id);
    this.#sink.end(returned, parts + 1);
    this.#slot.count(0, 0, 1, 0, 0);
  }

  #part(part: Part): void {
    const path: FsPath = typeof part.task.path === 'string' ? part.task.path : Buffer.from(part.task.path);
    this.#slot.enterDirectory(part.task.id, path);
    const names = part.names.map((name) => (typeof name === 'string' ? name : Buffer.from(name)));
    try {
      withReachable(path, (short) => this.#partNames(part.task, path, short, names));
    } catch (error) {
      // The way to a path beyond PATH_MAX is gone. Its reader counted these names already, so each needs an end.
      const { code, syscall } = errorCode(error);
      this.#sink.flush();
      this.#sink.begin(part.task.id);
      for (const name of names) {
        if (code === 'ENOENT' || code === 'ENOTDIR') this.#sink.entryVanished();
        else this.#sink.entryFailed(name, syscall, code);
      }
      this.#sink.endPart();
    } finally {
      this.#slot.returned();
    }
  }

  #partNames(task: Task, path: FsPath, short: FsPath, names: readonly (string | Buffer)[]): void {
    const looks = this.#looker.names(short, names);
    const left = this.#left(task, path, short) !== null;
    if (this.#slot.abandoned) return;
    this.#sink.flush();
    this.#sink.begin(task.id);
    // Its reader counted these names already, so each needs an end.
    if (left) names.forEach(() => this.#sink.entryVanished());
    else this.#put(task, path, names, looks);
    this.#sink.endPart();
  }

  /** Whether the path leads elsewhere by now. Asked after the names were looked at, before any of it counts. */
  #left(task: Task, path: FsPath, short: FsPath): RootLook | null {
    this.#slot.call(LSTAT, -1);
    const left = leftMeanwhile(path, short, task, this.#mountLength, this.#job);
    this.#slot.returned();
    return left;
  }

  #put(task: Task, path: FsPath, names: readonly (string | Buffer)[], looks: readonly Look[]): void {
    let files = 0;
    let failed = 0;
    let bytes = 0;
    let index = -1;
    for (const name of names) {
      index += 1;
      const stat = looks[index];
      if (stat === undefined) {
        this.#sink.entryVanished();
        continue;
      }
      if ('code' in stat) {
        this.#sink.entryFailed(name, stat.syscall, stat.code);
        failed += 1;
        continue;
      }
      if (isDirectory(Number(stat.mode))) this.#subdirectory(task, path, name, stat);
      else if (this.#excluder !== null && this.#excluder.file(this.#relative(path, name)) !== null)
        this.#sink.entryExcluded();
      else {
        bytes += this.#sink.file(name, stat, task.dev);
        files += 1;
      }
    }
    this.#slot.count(names.length, files, 0, failed, bytes);
  }

  #subdirectory(task: Task, path: FsPath, name: string | Buffer, stat: BigIntStats): void {
    const rule = this.#excluder?.directory(this.#relative(path, name)) ?? null;
    if (rule !== null) this.#sink.childExcluded(name, stat, `rule:${rule}`);
    else if (stat.dev !== task.dev && !this.#job.crossFilesystems)
      this.#sink.childExcluded(name, stat, EXCLUDED_OTHER_FILESYSTEM);
    else {
      const id = this.#sink.child(name, stat);
      if (task.own || this.#setAside?.has(path, name) === true) return;
      this.#slot.addPending(1);
      this.#stack.push({
        id,
        path: joinFs(path, name),
        dev: stat.dev,
        ino: Number(stat.ino),
        size: Number(stat.size),
        root: 0,
        own: false,
      });
    }
  }

  #relative(path: FsPath, name: string | Buffer): string {
    return this.#relativeOf(joinFs(path, name));
  }

  #relativeOf(whole: FsPath): string {
    const bytes = typeof whole === 'string' ? Buffer.from(whole) : whole;
    // gitignore patterns are text: bytes that aren't show as replacement characters, which `*` and `?` match.
    return bytes.subarray(this.#mountLength + 1).toString();
  }

  #tell(message: FromWalker): void {
    this.#port.postMessage(message);
  }
}
