import type { AttemptStats } from '../runtime/runtime.ts';
import type { Certificate } from '../../shared/certificate.ts';
import { EXIT, toSmartScannerError, type ExitStatus, type SmartScannerError } from '../../shared/errors.ts';
import type { PlanWay } from '../../shared/settings.ts';
import type { ScanPhase, ScanSnapshot, SleptThrough } from '../../shared/snapshot.ts';
import { formatBytes, formatCount, formatDuration } from '../../shared/units.ts';
import { firstWorkerBudget } from '../plan/budget.ts';
import { completingItems } from '../plan/complete.ts';
import { pack } from '../plan/pack.ts';
import type { PlannedChunk } from '../plan/types.ts';
import type { ChunkRow, OpenedScan } from '../catalog/api.ts';
import type { ScanContext } from './context.ts';
import { Measuring } from './planning.ts';
import { ScanProgress } from './progress.ts';
import { watchPauses } from './pause-watches.ts';
import { ScanReporter } from './reporter.ts';
import { ScanControl, type Control, type Controlled } from './scan-control.ts';
import { Scheduler } from './scheduler.ts';
import { sleptThrough } from './slept.ts';
import { nextScanPhase, type ScanEvent, type ScanState } from './states.ts';
import { takeOverWorkers } from './take-over-workers.ts';

/** Superseded scans are deleted for at most this long at the end of a scan; the next one goes on. */
const PRUNE_MS = 60_000;

export interface ScanEnd {
  readonly exitStatus: ExitStatus;
  readonly certificate: Certificate;
  readonly durationMs: number;
}

/** One scan from its first chunk to its certificate. The scan row exists and its lock is held. */
export class ScanRunner {
  readonly #context: ScanContext;
  readonly #way: PlanWay;
  readonly #startedAtMs: number;
  readonly #opened: OpenedScan | null;
  readonly #progress = new ScanProgress();
  readonly #scheduler: Scheduler;
  readonly #reporter: ScanReporter;
  readonly #control: ScanControl;
  readonly #stopPlanning = new AbortController();
  #measuring: Measuring | null = null;
  #phase: ScanState = 'preparing';
  #planning = true;
  #finishedAtMs: number | null = null;
  #certificate: Certificate | null = null;
  /** Chunks come while they are being numbered: in order, one call at a time. */
  #adding: Promise<void> = Promise.resolve();
  #interrupted = false;
  #slept: SleptThrough | null = null;

  /** `opened`: a scan that goes on, or is tried again in parts. */
  constructor(
    context: ScanContext,
    way: PlanWay,
    startedAtMs: number,
    opened: OpenedScan | null,
    listener: (snapshot: ScanSnapshot) => void,
  ) {
    this.#context = context;
    this.#opened = opened;
    this.#way = way;
    this.#startedAtMs = startedAtMs;
    this.#scheduler = new Scheduler(context, this.#progress, {
      idle: (slots) => this.#measuring?.idle(slots),
    });
    this.#reporter = new ScanReporter(
      context,
      this.#progress,
      this.#scheduler,
      () => ({
        phase: this.#shownPhase,
        pauses: context.gate.reasons,
        planning: this.#planning,
        startedAtMs,
        finishedAtMs: this.#finishedAtMs,
        certificate: this.#certificate,
        slept: this.#slept,
      }),
      listener,
    );
    this.#control = new ScanControl(context, this.#scheduler, this.#progress, {
      canPause: () => this.#phase === 'preparing' || this.#phase === 'scanning',
      stop: () => this.stop('graceful'),
    });
    context.gate.onChange(() => this.#gateChanged());
    context.host.onChange(() => this.#reporter.publish());
  }

  /** Settles when it is done; throws where it can't be. */
  control(asked: Control): Promise<Controlled> {
    return this.#control.act(asked);
  }

  /** What the worker of a chunk takes right now; null where none runs, or nobody can tell. */
  async sample(chunkId: number): Promise<AttemptStats | null> {
    for (const { chunk, ref } of this.#scheduler.attempts)
      if (chunk.id === chunkId && ref !== null) return await this.#context.runtime.stats(ref);
    return null;
  }

  /** The catalog process ended by itself: the scan breaks off, what runs is left running. */
  catalogGone(error: SmartScannerError): void {
    this.#endPlanning();
    this.#scheduler.fail(error);
  }

  stop(mode: 'graceful' | 'now'): void {
    if (this.#phase === 'closing' || this.#finishedAtMs !== null) return;
    this.#interrupted = true;
    this.#to('stop-requested');
    this.#context.log.warn(mode === 'graceful' ? 'Stopping: workers commit what they have' : 'Stopping now');
    this.#endPlanning();
    this.#context.disk.stop();
    this.#scheduler.stop(mode);
  }

  /** This computer slept: tells what happened meanwhile, once that can be seen. Never rejects. */
  async slept(): Promise<void> {
    const { log } = this.#context;
    if (this.#phase !== 'scanning' && this.#phase !== 'preparing') return;
    const running = [...this.#scheduler.attempts].flatMap(({ ref, isRunning }) =>
      ref !== null && isRunning ? [ref] : [],
    );
    const { queued, waiting } = this.#progress.chunks;
    this.#slept = (await sleptThrough(this.#context, running, queued + waiting)) ?? this.#slept;
    if (this.#slept !== null) log.info(this.#slept.text);
    this.#reporter.publish();
  }

  /** Kept in the catalog as well: whoever resumes the scan goes on as it was last wanted. */
  change(change: Parameters<Scheduler['change']>[0]): void {
    const settings = this.#scheduler.change(change);
    const { catalog, log, scanId } = this.#context;
    catalog.changeSettings({ scanId, settings }).catch((error: unknown) => {
      log.warn(`What was changed is not kept for a resume: ${toSmartScannerError(error).message}`);
    });
  }

  /** Rejects when the catalog is gone (CATALOG_GONE): then nothing can be closed, and merged chunks stay as they are. */
  async run(): Promise<ScanEnd> {
    let endWatches = (): Promise<void> => Promise.resolve();
    try {
      endWatches = await watchPauses(this.#context);
      this.#reporter.start();
      if (this.#phase === 'preparing') this.#to('prepared');
      const planning = this.#plan().finally(() => {
        this.#planning = false;
        this.#scheduler.planned();
      });
      // Planning that fails for good ends the scan, but only after what runs has been let go.
      planning.catch((error: unknown) => {
        const failure = toSmartScannerError(error);
        if (failure.code === 'CATALOG_GONE') this.catalogGone(failure);
        else this.stop('graceful');
      });
      await this.#scheduler.run();
      await planning;
      return await this.#close();
    } catch (error) {
      this.#to('broken');
      this.#finishedAtMs = this.#context.clock.now();
      this.#context.log.error(`The scan broke off: ${toSmartScannerError(error).message}`);
      throw error;
    } finally {
      await endWatches();
      this.#reporter.stop();
      this.#reporter.publish();
    }
  }

  #endPlanning(): void {
    this.#stopPlanning.abort();
    void this.#measuring?.stop();
  }

  /** Closing waits for nothing but its disk. */
  get #shownPhase(): ScanPhase {
    const { gate, host } = this.#context;
    const waits = this.#phase === 'closing' ? gate.reason('disk') !== null : gate.holds && this.#phase === 'scanning';
    if (waits) return 'paused';
    return this.#phase === 'scanning' && host.lostAtMs !== null ? 'reconnecting' : this.#phase;
  }

  #gateChanged(): void {
    const { gate, log } = this.#context;
    if (gate.holds) {
      log.warn(`PAUSED: ${gate.reasons.map(({ text }) => text).join('; ')}`);
      void this.#measuring?.letGo();
    } else log.info('RESUMED: nothing holds it any more');
    this.#reporter.publish();
  }

  async #plan(): Promise<void> {
    if (this.#opened === null) await this.#planAnew();
    else await this.#goOn(this.#opened);
    if (!this.#stopPlanning.signal.aborted) await this.#context.catalog.planMade({ scanId: this.#context.scanId });
  }

  /** Takes up what an earlier orchestrator left: its workers, its queue, and the rest of a plan that it didn't finish. */
  async #goOn(opened: OpenedScan): Promise<void> {
    const { log } = this.#context;
    this.#progress.resumed(opened);
    const running = new Set(opened.attempts.map((attempt) => attempt.chunkId));
    await takeOverWorkers(this.#context, opened, {
      adopt: (chunk, adopted) => {
        this.#progress.chunksAdded([chunk]);
        this.#scheduler.adopt(chunk, adopted);
      },
      queue: (chunks) => this.#scheduler.add(chunks),
    });
    this.#scheduler.add(opened.chunks.filter((chunk) => !running.has(chunk.id)));
    if (opened.planned) return;
    const rest = completingItems(opened.items);
    const { chunkBytes, chunkEntries } = this.#context.settings;
    const chunks = await this.#number(pack(rest, { bytes: chunkBytes, entries: chunkEntries }));
    log.info(`PLAN ${chunks.length} more chunks: planning had not ended`);
    this.#scheduler.add(chunks);
  }

  async #planAnew(): Promise<void> {
    const { catalog, settings, log, mountId } = this.#context;
    const limits = { bytes: settings.chunkBytes, entries: settings.chunkEntries };
    switch (this.#way) {
      case 'fast-start': {
        const chunk: PlannedChunk = {
          items: [{ path: '', mode: 'subtree', entries: null, bytes: null }],
          entries: null,
          bytes: null,
          oversized: false,
        };
        const rows = await this.#number([chunk]);
        const budget = firstWorkerBudget(this.#context.tuning.maxContainers);
        this.#scheduler.add(rows, { budget, order: 'breadth' });
        return;
      }
      case 'published': {
        const { items } = await catalog.publishedItems({ mountId, limits });
        const chunks = pack(items, limits);
        log.info(`PLAN ${chunks.length} chunks from the published scan`);
        this.#scheduler.add(await this.#number(chunks));
        return;
      }
      case 'measure':
        await this.#measure();
        return;
    }
  }

  async #measure(): Promise<void> {
    const isStopped = (): boolean => this.#stopPlanning.signal.aborted;
    await this.#context.gate.untilOpen(this.#stopPlanning.signal);
    if (isStopped()) return;
    const { runtime, settings, tuning, clock, log, hostId, scanId, owner, boundPath, fetchDir } = this.#context;
    const attempt = this.#context.newId();
    const startedAtMs = clock.now();
    const freeSlot = this.#scheduler.reserveSlot();
    this.#progress.started(attempt, measureRow(scanId), 'measure', startedAtMs);
    let chunks = 0;
    this.#measuring = new Measuring({
      runtime,
      labels: { host: hostId, scan: scanId, chunk: '0', attempt, role: 'measure', owner },
      mountPath: boundPath,
      settings,
      tuning,
      clock,
      fetchDir,
      signal: this.#stopPlanning.signal,
      onChunks: (planned) => {
        chunks += planned.length;
        this.#adding = this.#adding.then(async () => this.#scheduler.add(await this.#number(planned)));
        // Its failure is thrown where it is awaited, when measuring is over: which is of no use any more.
        this.#adding.catch(() => this.#endPlanning());
      },
      onProgress: (line) => this.#progress.reported(attempt, line, clock.now()),
      onWarning: (text) => log.warn(text),
    });
    log.info('PLAN measuring the mount point; chunks start as their sizes are known');
    try {
      const { items, complete } = await this.#measuring.run();
      await this.#adding;
      if (!isStopped()) {
        const entries = items.reduce((sum, item) => sum + (item.entries ?? 0), 0);
        log.info(
          `PLAN ${chunks} chunks; measured ${formatCount(entries)} entries in ${formatDuration(clock.now() - startedAtMs)}` +
            (complete ? '' : ' (not all of it: see above)'),
        );
      }
    } finally {
      this.#progress.measured(attempt);
      this.#measuring = null;
      freeSlot();
    }
  }

  async #number(chunks: readonly PlannedChunk[]): Promise<ChunkRow[]> {
    const reply = await this.#context.catalog.addChunks({ scanId: this.#context.scanId, chunks: [...chunks] });
    return reply.chunks;
  }

  async #close(): Promise<ScanEnd> {
    const { catalog, log, clock, scanId, settings, mountId } = this.#context;
    this.#to('all-chunks-ended');
    this.#reporter.publish();
    const { certificate } = await catalog.closeScan({
      scanId,
      interrupted: this.#interrupted,
      publish: settings.publish,
      finishedAtMs: clock.now(),
    });
    this.#certificate = certificate;
    this.#finishedAtMs = clock.now();
    this.#to(this.#interrupted ? 'closed-interrupted' : 'closed');
    await this.#reporter.logActivity();
    for (const { what, expected, found } of certificate.disagreements) {
      const text = `${what}: expected ${expected}, found ${found}`;
      log.error(`CERTIFICATE disagrees: ${text}`);
      this.#progress.problem({
        atMs: this.#finishedAtMs,
        code: 'CERTIFICATE_DISAGREES',
        chunkId: null,
        label: null,
        text,
        final: true,
      });
    }
    if (!certificate.published) log.warn(`Not published: ${certificate.unpublishedReason ?? 'unknown reason'}`);
    const durationMs = this.#finishedAtMs - this.#startedAtMs;
    log.info(
      `${this.#interrupted ? 'SMART SCAN INTERRUPTED' : 'SMART SCAN COMPLETE'} ${certificate.verdict}: ` +
        `${formatCount(certificate.entries.files)} files, ${formatBytes(Number(certificate.bytes.allocated))} in ` +
        `${formatCount(certificate.directories.scanned)} directories, ${formatCount(certificate.gapCount)} gaps, ${formatDuration(durationMs)}`,
    );
    if (certificate.published) await this.#prune(mountId, settings.keepScans);
    return { exitStatus: this.#exitStatus(certificate), certificate, durationMs };
  }

  async #prune(mountId: string, keepScans: number): Promise<void> {
    const { catalog, log } = this.#context;
    try {
      const pruned = await catalog.prune({ mountId, keepScans, maxMs: PRUNE_MS });
      if (pruned.prunedScans > 0) log.info(`Superseded scans removed from the catalog: ${pruned.prunedScans}`);
    } catch (error) {
      log.warn(`Superseded scans stay for now: ${toSmartScannerError(error).message}`);
    }
  }

  #exitStatus(certificate: Certificate): ExitStatus {
    if (this.#interrupted) return EXIT.interrupted;
    return certificate.verdict === 'covered' ? EXIT.covered : EXIT.gaps;
  }

  #to(event: ScanEvent): void {
    this.#phase = nextScanPhase(this.#phase, event);
  }
}

/** The measuring worker among the running chunks of a snapshot: it has no chunk of its own. */
function measureRow(scanId: string): ChunkRow {
  return {
    id: 0,
    scanId,
    state: 'running',
    parentChunk: null,
    bytes: null,
    entries: null,
    rootCount: 1,
    label: '',
    firstMode: 'subtree',
    attempts: 0,
    failures: 0,
    reason: null,
    alone: false,
    strikes: 0,
    last: false,
  };
}
