import { Buffer } from 'node:buffer';

/**
 * What threads tell one another without messages. Each walker owns a slot and is the only one to write it; the main thread reads.
 * Plain stores are enough: a value that is read a moment late does no harm.
 */
const GLOBAL_INTS = 8;
const SLOT_INTS = 16;
const SLOT_DOUBLES = 8;
const PATH_BYTES = 8 * 1024;
const NAMES_BYTES = 48 * 1024;
const SAMPLES = 64;

export const SYSCALLS = ['', 'lstat', 'opendir', 'readdir'] as const;

/** Global flags. */
const G = { nextId: 0, stop: 1, hungry: 2, rest: 3, backlog: 4, spoolBroken: 5 } as const;
export const STOP = { no: 0, budget: 1, now: 2 } as const;
/** Ints of a slot. */
const S = {
  sequence: 0,
  syscall: 1,
  nameIndex: 2,
  pathLength: 3,
  namesLength: 4,
  wake: 5,
  sample: 6,
  abandoned: 7,
  directory: 8,
  begun: 9,
} as const;
/** Doubles of a slot. */
const D = { entries: 0, files: 1, dirs: 2, failed: 3, bytes: 4, pending: 5, streamed: 6 } as const;

export interface Counters {
  readonly entries: number;
  readonly files: number;
  readonly dirs: number;
  readonly failed: number;
  readonly bytes: number;
  readonly pending: number;
}

export class SharedState {
  readonly buffer: SharedArrayBuffer;
  readonly #walkers: number;
  readonly #ints: Int32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #bytesStart: number;

  constructor(walkers: number, buffer?: SharedArrayBuffer) {
    const ints = GLOBAL_INTS + walkers * (SLOT_INTS + SAMPLES);
    const doublesStart = Math.ceil((ints * 4) / 8) * 8;
    const bytesStart = doublesStart + walkers * SLOT_DOUBLES * 8;
    this.#walkers = walkers;
    this.#bytesStart = bytesStart;
    this.buffer = buffer ?? new SharedArrayBuffer(bytesStart + walkers * (PATH_BYTES + NAMES_BYTES));
    this.#ints = new Int32Array(this.buffer, 0, ints);
    this.#doubles = new Float64Array(this.buffer, doublesStart, walkers * SLOT_DOUBLES);
    this.#bytes = new Uint8Array(this.buffer);
  }

  get walkers(): number {
    return this.#walkers;
  }

  slot(index: number): Slot {
    const ints = this.#ints.subarray(GLOBAL_INTS + index * SLOT_INTS, GLOBAL_INTS + (index + 1) * SLOT_INTS);
    const samplesAt = GLOBAL_INTS + this.#walkers * SLOT_INTS + index * SAMPLES;
    const samples = this.#ints.subarray(samplesAt, samplesAt + SAMPLES);
    const doubles = this.#doubles.subarray(index * SLOT_DOUBLES, (index + 1) * SLOT_DOUBLES);
    const at = this.#bytesStart + index * (PATH_BYTES + NAMES_BYTES);
    const path = this.#bytes.subarray(at, at + PATH_BYTES);
    const names = this.#bytes.subarray(at + PATH_BYTES, at + PATH_BYTES + NAMES_BYTES);
    return new Slot(ints, samples, doubles, path, names);
  }

  /** Directory ids: from one counter, so that a parent's is below its children's. Gives the first of `count`. */
  takeIds(count: number): number {
    return Atomics.add(this.#ints, G.nextId, count);
  }

  setFirstId(id: number): void {
    Atomics.store(this.#ints, G.nextId, id);
  }

  get stop(): number {
    return Atomics.load(this.#ints, G.stop);
  }

  /** Never lowers: `now` stays `now`. Gives whether it changed. */
  raiseStop(to: number): boolean {
    const before = Atomics.load(this.#ints, G.stop);
    const changed = before < to && Atomics.compareExchange(this.#ints, G.stop, before, to) === before;
    Atomics.notify(this.#ints, G.rest);
    return changed;
  }

  /** How many times as long as it worked a walker rests; 0: not at all. */
  get rest(): number {
    return this.#ints[G.rest] ?? 0;
  }

  setRest(times: number): void {
    if (Atomics.exchange(this.#ints, G.rest, times) !== times) Atomics.notify(this.#ints, G.rest);
  }

  /** Until nobody has to rest any more, or a stop, at most that long. */
  waitForRest(times: number, ms: number): void {
    if (this.stop === STOP.no) Atomics.wait(this.#ints, G.rest, times, ms);
  }

  /** Walkers that are in a call now. */
  get inCalls(): number {
    let count = 0;
    for (let walker = 0; walker < this.#walkers; walker += 1)
      if (this.#ints[GLOBAL_INTS + walker * SLOT_INTS + S.syscall] !== 0) count += 1;
    return count;
  }

  get hungry(): number {
    return Atomics.load(this.#ints, G.hungry);
  }

  addHungry(delta: number): void {
    Atomics.add(this.#ints, G.hungry, delta);
  }

  /** Rows on their way to the writer; walkers wait above a limit so that memory stays flat. */
  addBacklog(delta: number): void {
    Atomics.add(this.#ints, G.backlog, delta);
    if (delta < 0) Atomics.notify(this.#ints, G.backlog);
  }

  waitForBacklog(limit: number): void {
    for (let now = Atomics.load(this.#ints, G.backlog); now > limit; now = Atomics.load(this.#ints, G.backlog)) {
      if (Atomics.load(this.#ints, G.spoolBroken) === 1) return;
      Atomics.wait(this.#ints, G.backlog, now, 1000);
    }
  }

  /** Until the writer has committed that this walker's directory is being read. */
  waitUntilBegun(walker: number, directory: number): void {
    const at = GLOBAL_INTS + walker * SLOT_INTS + S.begun;
    for (let now = Atomics.load(this.#ints, at); now !== directory; now = Atomics.load(this.#ints, at)) {
      if (Atomics.load(this.#ints, G.spoolBroken) === 1) return;
      Atomics.wait(this.#ints, at, now, 1000);
    }
  }

  begun(walker: number, directory: number): void {
    const at = GLOBAL_INTS + walker * SLOT_INTS + S.begun;
    Atomics.store(this.#ints, at, directory);
    Atomics.notify(this.#ints, at);
  }

  /** The writer can't write any more: nobody waits for it. */
  breakSpool(): void {
    Atomics.store(this.#ints, G.spoolBroken, 1);
    Atomics.notify(this.#ints, G.backlog);
  }

  sum(): Counters {
    const sum = { entries: 0, files: 0, dirs: 0, failed: 0, bytes: 0, pending: 0 };
    for (let at = 0; at < this.#doubles.length; at += SLOT_DOUBLES) {
      sum.entries += this.#doubles[at + D.entries] ?? 0;
      sum.files += this.#doubles[at + D.files] ?? 0;
      sum.dirs += this.#doubles[at + D.dirs] ?? 0;
      sum.failed += this.#doubles[at + D.failed] ?? 0;
      sum.bytes += this.#doubles[at + D.bytes] ?? 0;
      // What a walker that was given up held is read by others.
      const ints = GLOBAL_INTS + (at / SLOT_DOUBLES) * SLOT_INTS;
      if (this.#ints[ints + S.abandoned] !== 1) sum.pending += this.#doubles[at + D.pending] ?? 0;
    }
    return sum;
  }
}

export class Slot {
  readonly #ints: Int32Array;
  readonly #samples: Int32Array;
  readonly #doubles: Float64Array;
  readonly #path: Uint8Array;
  readonly #names: Uint8Array;
  readonly #encoder = new TextEncoder();

  constructor(ints: Int32Array, samples: Int32Array, doubles: Float64Array, path: Uint8Array, names: Uint8Array) {
    this.#ints = ints;
    this.#samples = samples;
    this.#doubles = doubles;
    this.#path = path;
    this.#names = names;
  }

  /** The directory that the walker is in now. */
  enterDirectory(id: number, path: string | Buffer): void {
    this.#ints[S.directory] = id;
    this.#ints[S.pathLength] =
      typeof path === 'string' ? this.#encoder.encodeInto(path, this.#path).written : copyInto(path, this.#path);
    this.#ints[S.namesLength] = 0;
  }

  /** The names that it will lstat, joined by NUL; what doesn't fit is left out and reported as its directory. */
  enterNames(joined: string): void {
    this.#ints[S.namesLength] = this.#encoder.encodeInto(joined, this.#names).written;
  }

  /** Names that it has read so far of the directory that it is in, which comes in parts; 0: in none of that kind. */
  setStreamed(names: number): void {
    this.#doubles[D.streamed] = names;
  }

  /** The large directory that it reads now; null: none. */
  streamed(): { names: number; directory: number; path: Buffer } | null {
    const names = this.#doubles[D.streamed] ?? 0;
    if (names === 0) return null;
    const pathLength = Math.min(this.#ints[S.pathLength] ?? 0, PATH_BYTES);
    return { names, directory: this.#ints[S.directory] ?? 0, path: Buffer.from(this.#path.slice(0, pathLength)) };
  }

  /** Before each call into the kernel; 0 afterwards. */
  call(syscall: number, nameIndex: number): void {
    this.#ints[S.nameIndex] = nameIndex;
    this.#ints[S.syscall] = syscall;
    this.#ints[S.sequence] = ((this.#ints[S.sequence] ?? 0) + 1) | 0;
  }

  returned(): void {
    this.#ints[S.syscall] = 0;
  }

  /** What it waits on: syscall index (0: nothing), sequence number, directory id and path bytes. */
  look(): { syscall: number; sequence: number; directory: number; path: Buffer } {
    const pathLength = Math.min(this.#ints[S.pathLength] ?? 0, PATH_BYTES);
    // Text decoders refuse shared memory: copy first.
    const directory = Buffer.from(this.#path.slice(0, pathLength));
    const syscall = this.#ints[S.syscall] ?? 0;
    const nameIndex = this.#ints[S.nameIndex] ?? -1;
    const namesLength = Math.min(this.#ints[S.namesLength] ?? 0, NAMES_BYTES);
    const name = nameIndex < 0 ? undefined : nthName(Buffer.from(this.#names.slice(0, namesLength)), nameIndex);
    const path = name === undefined ? directory : Buffer.concat([directory, Buffer.from('/'), name]);
    return { syscall, sequence: this.#ints[S.sequence] ?? 0, directory: this.#ints[S.directory] ?? 0, path };
  }

  sample(microseconds: number): void {
    const at = this.#ints[S.sample] ?? 0;
    this.#samples[at % SAMPLES] = Math.max(1, microseconds);
    this.#ints[S.sample] = at + 1;
  }

  /** Takes the durations sampled since the last call, microseconds. */
  takeSamples(): number[] {
    const taken = [...this.#samples].filter((value) => value > 0);
    this.#samples.fill(0);
    return taken;
  }

  count(entries: number, files: number, dirs: number, failed: number, bytes: number): void {
    const d = this.#doubles;
    d[D.entries] = (d[D.entries] ?? 0) + entries;
    d[D.files] = (d[D.files] ?? 0) + files;
    d[D.dirs] = (d[D.dirs] ?? 0) + dirs;
    d[D.failed] = (d[D.failed] ?? 0) + failed;
    d[D.bytes] = (d[D.bytes] ?? 0) + bytes;
  }

  addPending(delta: number): void {
    this.#doubles[D.pending] = (this.#doubles[D.pending] ?? 0) + delta;
  }

  /** Sleeps until `wake`, at most that long. */
  sleep(ms: number): void {
    Atomics.wait(this.#ints, S.wake, 0, ms);
    Atomics.store(this.#ints, S.wake, 0);
  }

  wake(): void {
    Atomics.store(this.#ints, S.wake, 1);
    Atomics.notify(this.#ints, S.wake);
  }

  /** The main thread gave this walker up: what it still finds must not be counted. */
  abandon(): void {
    Atomics.store(this.#ints, S.abandoned, 1);
  }

  get abandoned(): boolean {
    return Atomics.load(this.#ints, S.abandoned) === 1;
  }
}

function copyInto(source: Uint8Array, target: Uint8Array): number {
  const length = Math.min(source.length, target.length);
  target.set(source.subarray(0, length));
  return length;
}

function nthName(names: Buffer, index: number): Buffer | undefined {
  let start = 0;
  for (let skipped = 0; skipped < index; skipped += 1) {
    const end = names.indexOf(0, start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = names.indexOf(0, start);
  return start >= names.length ? undefined : names.subarray(start, end < 0 ? undefined : end);
}
