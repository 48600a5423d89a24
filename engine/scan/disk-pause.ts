import { randomFillSync, randomUUID } from 'node:crypto';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { deferred } from '../../shared/deferred.ts';
import { isDiskFull } from '../../shared/disk-full.ts';
import { SmartScannerError, toSmartScannerError } from '../../shared/errors.ts';
import { isUnwritable } from '../../shared/unwritable.ts';
import { formatDuration } from '../../shared/units.ts';
import type { CatalogClient } from '../catalog/api.ts';
import type { ScanLog } from '../log/scan-log.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Clock } from './clock.ts';
import type { Gate } from './gate.ts';

/** How often a disk is looked at that could not be written, ms. */
const LOOK_MS = 10_000;
/** What must fit before a call is made again. */
const ROOM_BYTES = 1024 ** 2;

export interface DiskPauseOptions {
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: ScanLog;
  /** The data directory, and what of it may be another disk. All must be writable before a call is made again. */
  readonly dirs: readonly [string, ...string[]];
  /** The scan is given up after this long, ms. */
  readonly timeoutMs: number;
}

/**
 * Pauses a scan while the disk of its catalog or its spool is full, read-only or gone: calls that failed for it wait and are made again, one of
 * them first, so nothing fails that only had no room. Throws PAUSE_TIMEOUT to all of them once that has lasted too long.
 */
export class DiskPause {
  readonly #options: DiskPauseOptions;
  /** Settles when the call that tries for all of them is over; null while nothing is wrong. */
  #trial: Promise<null> | null = null;
  #givenUp: SmartScannerError | null = null;
  #look = new AbortController();
  #stopped = false;

  constructor(options: DiskPauseOptions) {
    this.#options = options;
  }

  /** As `work` settles, which may be called many times; what fails for another reason than the disk fails at once. */
  async make<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#trial !== null) await this.#trial;
      try {
        return await work();
      } catch (error) {
        if (!this.#isOfDisk(error)) throw error;
        if (this.#givenUp !== null) throw this.#givenUp;
        if (this.#stopped) throw error;
        if (this.#isTrying) continue;
        return await this.#untilCured(error, work);
      }
    }
  }

  /**
   * As `make`, of work in these places: it is not even begun while one of them is gone. A worker's spool that can't be seen has not failed, and
   * nothing is to be made where a disk will be mounted again.
   */
  inPlace<T>(work: () => Promise<T>): Promise<T> {
    return this.make(async () => {
      await Promise.all(this.#options.dirs.map((dir) => stat(dir)));
      return await work();
    });
  }

  /** A worker met such a disk, and has ended. Settles when the disk can be written again. */
  async met(reason: string): Promise<void> {
    let told = false;
    await this.make(() => {
      if (told) return Promise.resolve();
      told = true;
      return Promise.reject(new SmartScannerError('DISK_FULL', reason));
    });
  }

  /** Somebody says that it is cured. */
  lookNow(): void {
    this.#look.abort();
  }

  /** Nothing is waited for any more: what fails now fails. */
  stop(): void {
    this.#stopped = true;
    this.#look.abort();
  }

  /** Others may have begun to try while this call was under way. */
  get #isTrying(): boolean {
    return this.#trial !== null;
  }

  async #untilCured<T>(first: unknown, work: () => Promise<T>): Promise<T> {
    const { gate, clock, log, timeoutMs } = this.#options;
    const { promise, resolve } = deferred<null>();
    this.#trial = promise;
    const since = clock.monotonic();
    let error = first;
    try {
      for (;;) {
        const { message } = toSmartScannerError(error);
        gate.hold('disk', message.replace(/\.$/u, ''));
        const lasted = clock.monotonic() - since;
        if (lasted >= timeoutMs) {
          this.#givenUp = timedOut(message, timeoutMs, error);
          throw this.#givenUp;
        }
        this.#look = new AbortController();
        if (!this.#stopped) await clock.delay(Math.min(LOOK_MS, timeoutMs - lasted), this.#look.signal);
        // Making a large merge only to see it fail would keep the disk busy.
        if (!this.#stopped && !(await this.#hasRoom())) continue;
        try {
          const reply = await work();
          log.info(`The disk can be written again after ${formatDuration(clock.monotonic() - since)}`);
          return reply;
        } catch (again) {
          if (this.#stopped || !this.#isOfDisk(again)) throw again;
          error = again;
        }
      }
    } finally {
      this.#trial = null;
      gate.release('disk');
      resolve(null);
    }
  }

  #isOfDisk(error: unknown): boolean {
    if (isDiskFull(error)) return true;
    if (error instanceof SmartScannerError && error.code === 'CATALOG_UNWRITABLE') return true;
    return isUnwritable(error, (path) => this.#options.dirs.some((dir) => `${path}${sep}`.startsWith(`${dir}${sep}`)));
  }

  async #hasRoom(): Promise<boolean> {
    const looks = this.#options.dirs.map((dir) => hasRoom(dir));
    return (await Promise.all(looks)).every((fine) => fine);
  }
}

function timedOut(message: string, timeoutMs: number, cause: unknown): SmartScannerError {
  return new SmartScannerError(
    'PAUSE_TIMEOUT',
    `The scan was paused for ${formatDuration(timeoutMs)} and was given up: ${message}`,
    { hint: 'Make the disk writable, then go on with `smart-scanner scan --resume`.', cause },
  );
}

async function hasRoom(dir: string): Promise<boolean> {
  const path = join(dir, `.room-${randomUUID()}`);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      // Random: zeros take no room where the file system compresses.
      await file.writeFile(randomFillSync(Buffer.allocUnsafe(ROOM_BYTES)));
      await file.datasync();
    } finally {
      await file.close();
    }
    return true;
  } catch {
    return false;
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}

/** The same catalog; what a scan writes waits for its disk. Each of these calls is one transaction, or may be made again where it broke off. */
export function catalogWithDiskPause(catalog: CatalogClient, disk: DiskPause): CatalogClient {
  return {
    ...catalog,
    planMade: (request) => disk.make(() => catalog.planMade(request)),
    addChunks: (request) => disk.make(() => catalog.addChunks(request)),
    startAttempt: (request) => disk.make(() => catalog.startAttempt(request)),
    attemptStarted: (request) => disk.make(() => catalog.attemptStarted(request)),
    harvest: (request) => disk.make(() => catalog.harvest(request)),
    attemptFailed: (request) => disk.make(() => catalog.attemptFailed(request)),
    releaseChunk: (request) => disk.make(() => catalog.releaseChunk(request)),
    stopChunks: (request) => disk.make(() => catalog.stopChunks(request)),
    closeScan: (request) => disk.make(() => catalog.closeScan(request)),
  };
}

/** The same runtime; jobs and fetched shards wait for the disk of the spool. */
export function runtimeWithDiskPause(runtime: Runtime, disk: DiskPause): Runtime {
  return {
    kind: runtime.kind,
    leases: runtime.leases,
    connect: (signal) => runtime.connect(signal),
    time: () => runtime.time(),
    prepare: (options) => runtime.prepare(options),
    start: (spec) => disk.inPlace(() => runtime.start(spec)),
    lines: (ref, signal, onlyNew) => runtime.lines(ref, signal, onlyNew),
    waitForEnd: (ref, signal) => runtime.waitForEnd(ref, signal),
    inspect: (ref) => disk.inPlace(() => runtime.inspect(ref)),
    stop: (ref, kind) => runtime.stop(ref, kind),
    kill: (ref) => runtime.kill(ref),
    logs: (ref, maxBytes) => runtime.logs(ref, maxBytes),
    stats: (ref) => runtime.stats(ref),
    fetch: (ref, names, intoDir) =>
      disk.inPlace(async () => {
        await mkdir(intoDir, { recursive: true });
        return await runtime.fetch(ref, names, intoDir);
      }),
    list: () => runtime.list(),
    remove: (ref) => disk.inPlace(() => runtime.remove(ref)),
    close: () => runtime.close(),
  };
}
