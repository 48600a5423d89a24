import { statfs } from 'node:fs/promises';
import type { PauseReason, ScanPhase, ScanSnapshot, SleptThrough } from '../../shared/snapshot.ts';
import type { Certificate } from '../../shared/certificate.ts';
import { AtATime } from '../../shared/at-a-time.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from '../../shared/units.ts';
import { toSmartScannerError } from '../../shared/errors.ts';
import type { Attempt } from './attempt.ts';
import type { ScanContext } from './context.ts';
import type { ScanProgress } from './progress.ts';
import type { Scheduler } from './scheduler.ts';
import { Warnings, type Warning } from './warnings.ts';

const SNAPSHOT_INTERVAL_MS = 250;
/** A sample of a container takes a second or two. */
const WORKERS_LOOKED_AT = 4;

export interface ReporterState {
  readonly phase: ScanPhase;
  readonly pauses: readonly PauseReason[];
  readonly planning: boolean;
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
  readonly certificate: Certificate | null;
  readonly slept: SleptThrough | null;
}

/** Turns the state of a scan into snapshots (at most four a second) and into the regular lines of the scan log. */
export class ScanReporter {
  readonly #context: ScanContext;
  readonly #progress: ScanProgress;
  readonly #scheduler: Scheduler;
  readonly #state: () => ReporterState;
  readonly #listener: (snapshot: ScanSnapshot) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #warnings = new Warnings();
  #revision = 0;
  #isLooking = false;

  constructor(
    context: ScanContext,
    progress: ScanProgress,
    scheduler: Scheduler,
    state: () => ReporterState,
    listener: (snapshot: ScanSnapshot) => void,
  ) {
    this.#context = context;
    this.#progress = progress;
    this.#scheduler = scheduler;
    this.#state = state;
    this.#listener = listener;
  }

  start(): void {
    const { tuning } = this.#context;
    this.#timers.push(
      setInterval(() => this.publish(), SNAPSHOT_INTERVAL_MS),
      setInterval(() => this.#logProgress(), tuning.progressIntervalMs),
      setInterval(() => void this.#logHealth(), tuning.healthIntervalMs),
    );
    this.publish();
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  publish(): void {
    this.#listener(this.snapshot());
  }

  snapshot(): ScanSnapshot {
    const { clock, scanId, mountId, mountName, mountPath, runtime, info, owner, log } = this.#context;
    const state = this.#state();
    const { now, most, load } = this.#scheduler.allowance;
    this.#revision += 1;
    return {
      version: 1,
      revision: this.#revision,
      scanId,
      mountId,
      mountName,
      mountPath,
      runtime: runtime.kind,
      host: info.description,
      owner,
      logPath: log.path,
      maxContainers: most,
      allowedWorkers: now,
      load,
      hostLostAtMs: this.#context.host.lostAtMs,
      ...state,
      ...this.#progress.view(clock.monotonic(), clock.now(), state.planning),
    };
  }

  #logProgress(): void {
    const { log } = this.#context;
    const view = this.snapshot();
    const share = view.fraction === null ? '' : ` (${Math.floor(view.fraction * 100)} %)`;
    const paused = view.pauses.length === 0 ? '' : `; paused: ${view.pauses.map(({ text }) => text).join('; ')}`;
    log.info(
      `PROGRESS ${formatCount(view.files)} files, ${formatBytes(view.bytes)} in ${formatCount(view.directories)} directories${share}, ` +
        `${formatCount(Math.round(view.filesPerSecond))} files/s; chunks: ${view.chunks.done} done, ${view.chunks.running} running, ` +
        `${view.chunks.merging} merging, ${view.chunks.queued + view.chunks.waiting} waiting, ${view.chunks.failed} failed${paused}`,
    );
    if (view.phase === 'scanning' && view.running.some(({ role }) => role === 'worker'))
      this.#warn(this.#warnings.rate(view.filesPerSecond));
  }

  /** HEALTH CHECK: each worker's state, CPU, memory and rate, the disks; then DATABASE ACTIVITY. Never throws. */
  async #logHealth(): Promise<void> {
    // On a host that answers slowly one may take longer than the time to the next.
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#logDisks();
      const looks = new AtATime(WORKERS_LOOKED_AT);
      await Promise.all(Array.from(this.#scheduler.attempts, (attempt) => looks.run(() => this.#logWorker(attempt))));
      await this.logActivity();
    } finally {
      this.#isLooking = false;
    }
  }

  async #logWorker(attempt: Attempt): Promise<void> {
    const { log, runtime, clock } = this.#context;
    const { ref, chunk } = attempt;
    if (ref === null) return;
    try {
      const [status, stats] = await Promise.all([runtime.inspect(ref), runtime.stats(ref)]);
      if (stats !== null) this.#warn(this.#warnings.memory(chunk.id, stats.memoryBytes, attempt.memoryBytes));
      const { state, health } = status;
      const how = health === null || state !== 'running' ? state : `running (${health})`;
      const usage =
        stats === null ? 'no sample' : `CPU ${stats.cpuPercent.toFixed(0)} %, memory ${formatBytes(stats.memoryBytes)}`;
      const rate = formatRate(this.#progress.workerRate(attempt.id, clock.now()), 'files');
      log.info(`HEALTH CHECK chunk ${chunk.id}: ${how}, ${usage}, ${rate}`);
    } catch (error) {
      log.warn(`HEALTH CHECK chunk ${chunk.id}: can't be seen: ${toSmartScannerError(error).message}`);
    }
  }

  async #logDisks(): Promise<void> {
    const { log, disks } = this.#context;
    for (const [what, path] of Object.entries(disks)) {
      try {
        const { bavail, blocks, bsize } = await statfs(path);
        const free = bavail * bsize;
        const total = blocks * bsize;
        log.info(`HEALTH CHECK disk of the ${what}: ${formatBytes(free)} of ${formatBytes(total)} free`);
        this.#warn(this.#warnings.disk(what, free, total));
      } catch (error) {
        log.warn(`HEALTH CHECK disk of the ${what}: can't be seen: ${toSmartScannerError(error).message}`);
      }
    }
  }

  #warn(warning: Warning | null): void {
    if (warning === null) return;
    const { code, chunkId, text } = warning;
    this.#context.log.warn(`${code} ${text}`);
    this.#progress.problem({ atMs: this.#context.clock.now(), code, chunkId, label: null, text, final: false });
  }

  async logActivity(): Promise<void> {
    const { log, catalog, clock, mountId, mountName, tuning } = this.#context;
    try {
      const activity = await catalog.activity({ mountId, sinceMs: clock.now() - tuning.healthIntervalMs });
      log.info(
        `DATABASE ACTIVITY ${mountName}: ${formatCount(activity.mountFiles)} files, ${formatCount(activity.totalFiles)} in all mounts, ` +
          `${formatCount(activity.filesSince)} in the last ${formatDuration(tuning.healthIntervalMs)}`,
      );
    } catch (error) {
      log.warn(`DATABASE ACTIVITY unknown: ${toSmartScannerError(error).message}`);
    }
  }
}
