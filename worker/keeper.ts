import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import * as v from 'valibot';
import {
  JobSchema,
  PROTOCOL_MAJOR,
  SPOOL_FILES,
  WORKER_EXIT,
  type Job,
  type MeasuredItem,
  type ResultLine,
  type ScanJob,
  type StopReason,
} from '../shared/worker-protocol.ts';
import { isDiskFull } from '../shared/disk-full.ts';
import { nameToBytes } from '../shared/names.ts';
import { Heartbeat } from './heartbeat.ts';
import { list } from './list.ts';
import { MeasureTree } from './measure-tree.ts';
import type { FromKeeper, KeeperStart, Task, ToKeeper, ToSink } from './messages.ts';
import { packShard } from './pack-shard.ts';
import { lookAtPlaces } from './places.ts';
import { probe } from './probe.ts';
import { SetAside } from './set-aside.ts';
import { ShardWriter } from './shard-writer.ts';
import { SharedState } from './slots.ts';
import { errorCode } from './roots.ts';

const TICK_MS = 500;
const ITEM_BUFFER_BYTES = 64 * 1024;

/**
 * The thread that touches the spool (and, for the short kinds, the mount), so that the main thread never waits for a disk.
 */
export function runKeeper(start: KeeperStart): void {
  const port = parentPort;
  if (port === null) throw new Error('The keeper is a thread.');
  const tell = (message: FromKeeper): void => port.postMessage(message);
  let job: Job;
  try {
    job = readJob(start);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    tell({ type: 'done', result: failure(start.kind as Job['kind'], WORKER_EXIT.badJob, text) });
    return;
  }
  if (job.kind === 'scan' || job.kind === 'measure') {
    try {
      new Keeper(job, port, tell).begin();
    } catch (error) {
      tell({ type: 'done', result: failure(job.kind, spoolExit(error), spoolText(error)) });
    }
    return;
  }
  tell({ type: 'job', job, roots: [] });
  if (job.kind === 'places') {
    void lookAtPlaces(job).then((result) => leave(job, result, tell));
    return;
  }
  leave(job, job.kind === 'probe' ? probe(job) : list(job), tell);
}

/** Writes the result of a short kind and ends. */
function leave(job: Job, result: ResultLine, tell: (message: FromKeeper) => void): void {
  try {
    writeResult(job.spool, result);
  } catch (error) {
    tell({ type: 'done', result: { ...result, exit: spoolExit(error), error: spoolText(error) } });
    return;
  }
  tell({ type: 'done', result });
}

class Keeper {
  readonly #job: Job;
  readonly #port: MessagePort;
  readonly #tell: (message: FromKeeper) => void;
  #writer: ShardWriter | null = null;
  #tree: MeasureTree | null = null;
  #shared: SharedState | null = null;
  #items = 0;
  #itemText = '';
  #itemFile = -1;
  #timer: NodeJS.Timeout | null = null;
  readonly #heartbeat: Heartbeat;
  /** What the spool answered when it could not be written any more. */
  #broken: Error | null = null;
  readonly #sinks: MessagePort[] = [];

  constructor(job: Job, port: MessagePort, tell: (message: FromKeeper) => void) {
    this.#job = job;
    this.#port = port;
    this.#tell = tell;
    this.#heartbeat = new Heartbeat(job.spool);
  }

  begin(): void {
    const job = this.#job;
    if (job.kind === 'scan')
      this.#writer = new ShardWriter(join(job.spool, SPOOL_FILES.shard), job.attempt, job.roots.length, job.careful);
    else if (job.kind === 'measure') {
      this.#itemFile = openSync(join(job.spool, SPOOL_FILES.measure), 'w');
      const limits = { bytes: job.chunkBytes, entries: job.chunkEntries };
      this.#tree = new MeasureTree(1, limits, (item) => this.#item(item));
    }
    this.#port.on('message', (message: ToKeeper) => this.#message(message));
    this.#timer = setInterval(() => this.#guard(() => this.#tick()), TICK_MS);
    // Apart from the other timer, which ends when the shard is finished: hashing a large one takes a while.
    setInterval(() => this.#heartbeat.tick(), TICK_MS).unref();
    this.#heartbeat.tick();
    this.#tell({ type: 'job', job, roots: rootTasks(job) });
  }

  #message(message: ToKeeper): void {
    if (message.type === 'walkers') {
      this.#shared = new SharedState(message.walkers, message.shared);
      for (const sink of message.ports) {
        this.#sinks.push(sink);
        sink.on('message', (sent: ToSink) => this.#guard(() => this.#take(sent)));
      }
    } else if (message.type === 'alive') this.#heartbeat.mainThreadLives();
    else if (message.type === 'stalled') this.#stalled(message.walker, message.id, message.syscall);
    else if (message.type === 'unread') this.#guard(() => this.#unread());
    else void this.#finish(message.reason, message.durationMs, message.complete);
  }

  /** Others will read what this walker holds, so nothing that it sends from now on counts, should it come back. */
  #stalled(walker: number, directory: number, syscall: string): void {
    const sink = this.#sinks[walker];
    if (sink !== undefined) {
      this.#drain(sink);
      sink.close();
    }
    this.#guard(() => this.#writer?.stalled(directory, syscall));
  }

  #unread(): void {
    for (const sink of this.#sinks) this.#drain(sink);
    const tasks = this.#writer?.unread(rootTasks(this.#job), SetAside.of(this.#job)) ?? [];
    this.#tell({ type: 'unread', tasks });
  }

  /** Takes what still waits here: ports keep no order among one another. */
  #drain(sink: MessagePort): void {
    for (let got = receiveMessageOnPort(sink); got !== undefined; got = receiveMessageOnPort(sink)) {
      const sent = got.message as ToSink;
      this.#guard(() => this.#take(sent));
    }
  }

  #take(sent: ToSink): void {
    if (sent.type === 'batch') {
      try {
        this.#writer?.batch(sent.batch);
      } finally {
        this.#shared?.addBacklog(-sent.batch.count);
      }
      return;
    }
    if (sent.type === 'reading') {
      this.#writer?.reading(sent.directory);
      this.#shared?.begun(sent.walker, sent.directory);
      return;
    }
    for (const record of sent.batch.records) this.#tree?.record(record);
    this.#shared?.addBacklog(-sent.batch.records.length);
  }

  #tick(): void {
    this.#writer?.tick();
    this.#flushItems();
  }

  /** The spool may fill up or go away at any moment; then the shard ends at its last commit, which is whole. */
  #guard(work: () => void): void {
    if (this.#broken !== null) return;
    try {
      work();
    } catch (error) {
      this.#broken = error instanceof Error ? error : new Error(String(error));
      this.#shared?.breakSpool();
      this.#tell({ type: 'spool-failed', error: spoolText(error) });
    }
  }

  #item(item: MeasuredItem): void {
    const line = { type: 'item', seq: this.#items, ...item };
    this.#items += 1;
    this.#itemText += `${JSON.stringify(line)}\n`;
    this.#tell({ type: 'line', line });
    if (this.#itemText.length >= ITEM_BUFFER_BYTES) this.#flushItems();
  }

  #flushItems(): void {
    if (this.#itemFile < 0 || this.#itemText === '') return;
    writeSync(this.#itemFile, this.#itemText);
    this.#itemText = '';
  }

  async #finish(reason: StopReason, durationMs: number, complete: boolean): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const sink of this.#sinks) {
      this.#drain(sink);
      sink.close();
    }
    const job = this.#job;
    const exit = complete ? WORKER_EXIT.done : WORKER_EXIT.remainder;
    const base: ResultLine = { type: 'result', kind: job.kind, exit, reason, durationMs };
    try {
      if (this.#broken !== null) throw this.#broken;
      const result =
        this.#writer === null ? this.#finishMeasure(base) : await this.#finishScan(base, this.#writer, reason);
      writeResult(job.spool, result);
      this.#tell({ type: 'done', result });
    } catch (error) {
      this.#tell({
        type: 'done',
        result: { ...base, exit: spoolExit(error), reason: 'spool', error: spoolText(error) },
      });
    }
    this.#port.close();
  }

  async #finishScan(base: ResultLine, writer: ShardWriter, reason: StopReason): Promise<ResultLine> {
    const roots = this.#job.kind === 'scan' ? this.#job.roots : [];
    // Directories that a stalled thread or a stop left are known only now.
    const exit = writer.leavesRemainder(roots.map((root) => root.mode)) ? WORKER_EXIT.remainder : WORKER_EXIT.done;
    const totals = writer.finish(reason);
    const path = join(this.#job.spool, SPOOL_FILES.shard);
    const shardBytes = statSync(path).size;
    const travels = this.#job.kind === 'scan' ? await this.#forTravel(path, this.#job) : {};
    return { ...base, exit: base.exit === WORKER_EXIT.remainder ? base.exit : exit, totals, shardBytes, ...travels };
  }

  async #forTravel(path: string, job: ScanJob): Promise<Pick<ResultLine, 'shardSha256' | 'packedBytes'>> {
    if (job.packShard !== true) return job.hashShard ? { shardSha256: await sha256(path) } : {};
    const { sha256: shardSha256, packedBytes } = await packShard(path, join(job.spool, SPOOL_FILES.packed));
    return { shardSha256, ...(packedBytes === null ? {} : { packedBytes }) };
  }

  #finishMeasure(base: ResultLine): ResultLine {
    if (this.#tree?.complete === false) this.#tree.giveUp();
    this.#flushItems();
    fsyncSync(this.#itemFile);
    closeSync(this.#itemFile);
    return { ...base, exit: WORKER_EXIT.done, items: this.#items };
  }
}

function readJob(start: KeeperStart): Job {
  const json: unknown = JSON.parse(readFileSync(start.jobPath, 'utf8'));
  const job = v.parse(JobSchema, json);
  if (job.protocol.major !== PROTOCOL_MAJOR) {
    throw new Error(`This worker speaks protocol ${PROTOCOL_MAJOR}, the job is of version ${job.protocol.major}.`);
  }
  if (job.kind !== start.kind) throw new Error(`The job is a ${job.kind}, not a ${start.kind}.`);
  return job;
}

function rootTasks(job: Job): Task[] {
  const mount = job.mount === '/' ? '' : job.mount.replace(/\/+$/, '');
  const roots = job.kind === 'scan' ? job.roots : [{ path: '', mode: 'subtree' as const }];
  return roots.map((root, index) => {
    const path =
      root.path === ''
        ? mount || '/'
        : typeof root.path === 'string'
          ? `${mount}/${root.path}`
          : bytesPath(mount, nameToBytes(root.path));
    return { id: index + 1, path, dev: 0n, ino: 0, size: 0, root: index + 1, own: root.mode === 'own' };
  });
}

function bytesPath(mount: string, relative: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${mount}/`), relative]);
}

/** Written and synced last: where it lies, everything else does. */
function writeResult(spool: string, result: ResultLine): void {
  const fd = openSync(join(spool, SPOOL_FILES.result), 'w');
  try {
    writeSync(fd, JSON.stringify(result));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function failure(kind: Job['kind'], exit: number, error: string): ResultLine {
  return { type: 'result', kind, exit, reason: 'finished', durationMs: 0, error };
}

function spoolExit(error: unknown): number {
  return isDiskFull(error) ? WORKER_EXIT.spoolFull : WORKER_EXIT.spool;
}

function spoolText(error: unknown): string {
  const { code } = errorCode(error);
  return `${code}: ${error instanceof Error ? error.message : String(error)}`;
}
