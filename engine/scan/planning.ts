import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { mkdir, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { SmartScannerError, toSmartScannerError } from '../../shared/errors.ts';
import { formatDuration } from '../../shared/units.ts';
import { SPOOL_FILES, type MeasuredItem, type ProgressLine } from '../../shared/worker-protocol.ts';
import { completingItems } from '../plan/complete.ts';
import { StreamingPlanner } from '../plan/stream.ts';
import type { ChunkLimits, PlanItem, PlannedChunk } from '../plan/types.ts';
import type { AttemptRef, Runtime } from '../runtime/runtime.ts';
import type { ScanSettings } from '../../shared/settings.ts';
import type { AttemptLabels } from '../runtime/runtime.ts';
import type { Clock } from './clock.ts';
import type { Tuning } from './context.ts';
import { Supervisor } from './supervisor.ts';
import { LET_GO_MS } from './slots.ts';
import { readResult, waitUntilEnded } from './helper-run.ts';
import { jobCommon, startSpec } from './job.ts';
import { parseWorkerLine } from './worker-lines.ts';

export interface MeasureRequest {
  readonly runtime: Runtime;
  readonly labels: AttemptLabels;
  readonly mountPath: string;
  readonly settings: ScanSettings;
  readonly tuning: Tuning;
  readonly clock: Clock;
  readonly fetchDir: string;
  readonly signal: AbortSignal;
  readonly onChunks: (chunks: readonly PlannedChunk[]) => void;
  readonly onProgress: (line: ProgressLine) => void;
  readonly onWarning: (text: string) => void;
}

/**
 * The original's analysis: one worker walks the mount and tells sizes as subtrees complete. Chunks come out while it goes on.
 * Lines are hints that may be lost, so the file that it leaves in the spool has the last word; where measuring broke off, the plan is
 * completed without sizes instead of failing.
 */
export class Measuring {
  readonly #request: MeasureRequest;
  readonly #planner: StreamingPlanner;
  readonly #items: PlanItem[] = [];
  readonly #limits: ChunkLimits;
  #next = 0;
  #ref: AttemptRef | null = null;
  #supervisor: Supervisor | null = null;
  #broken = false;
  #isEarly = false;
  readonly #ended = new AbortController();

  constructor(request: MeasureRequest) {
    this.#request = request;
    this.#limits = { bytes: request.settings.chunkBytes, entries: request.settings.chunkEntries };
    this.#planner = new StreamingPlanner(this.#limits);
  }

  /** Slots idle and the queue is empty: give out what would otherwise wait for company. */
  idle(slots: number): void {
    this.#emit(this.#planner.idle(slots));
  }

  /** Ends the walk early and keeps what it found: what it had not read is planned without its size. Its worker lets go of the mount. */
  async letGo(): Promise<void> {
    this.#isEarly = true;
    if (this.#ref === null) return;
    const { runtime, clock, onWarning } = this.#request;
    await runtime.stop(this.#ref, 'stop').catch(() => undefined);
    await clock.delay(LET_GO_MS, this.#ended.signal);
    if (this.#ended.signal.aborted) return;
    onWarning('The measuring worker still holds the mount and is ended');
    await runtime.kill(this.#ref).catch(() => undefined);
  }

  async stop(): Promise<void> {
    if (this.#ref !== null) await this.#request.runtime.kill(this.#ref).catch(() => undefined);
  }

  /** Settles with every item when the whole plan has been given out. `complete: false`: sizes are partly unknown. */
  async run(): Promise<{ items: readonly PlanItem[]; complete: boolean }> {
    const { runtime, clock, signal, fetchDir, labels } = this.#request;
    const files = join(fetchDir, labels.attempt);
    const { onWarning, settings, tuning } = this.#request;
    const log = { warn: onWarning, error: onWarning };
    const ended = this.#ended;
    let abandoned = false;
    try {
      const ref = await runtime.start(this.#spec());
      this.#ref = ref;
      const supervisor = new Supervisor(runtime, ref, 'measuring', log, settings.stallTimeoutMs, tuning.patience);
      this.#supervisor = supervisor;
      supervisor.start();
      if (this.#isEarly) void this.letGo();
      const following = this.#follow(ref, ended.signal);
      // Its failure is thrown where it is awaited; until then it must not count as unhandled.
      following.catch(() => undefined);
      try {
        await waitUntilEnded(runtime, ref, clock, AbortSignal.any([signal, supervisor.abandoned]));
      } finally {
        supervisor.end();
      }
      abandoned = supervisor.abandoned.aborted;
      ended.abort();
      await following;
      if (!signal.aborted) await this.#readFile(ref, files);
    } catch (error) {
      this.#broken = true;
      this.#request.onWarning(`Measuring broke off: ${toSmartScannerError(error).message}`);
    } finally {
      ended.abort();
      // One that can't die is left to cleanup.
      if (this.#ref !== null && !abandoned) await runtime.remove(this.#ref).catch(() => undefined);
      await rm(files, { recursive: true, force: true }).catch(() => undefined);
    }
    if (signal.aborted) return { items: this.#items, complete: false };
    if (this.#broken) for (const item of completingItems(this.#items)) this.#add(item);
    this.#emit(this.#planner.finish());
    return { items: this.#items, complete: !this.#broken && this.#items.every((item) => item.entries !== null) };
  }

  #spec(): ReturnType<typeof startSpec> {
    const { labels, mountPath, settings, tuning } = this.#request;
    const job = {
      kind: 'measure' as const,
      ...jobCommon(labels.attempt, settings, tuning),
      chunkBytes: settings.chunkBytes,
      chunkEntries: settings.chunkEntries,
      timeoutMs: settings.analysisTimeoutMs,
    };
    return startSpec(labels, mountPath, job, tuning);
  }

  async #follow(ref: AttemptRef, signal: AbortSignal): Promise<void> {
    for await (const text of this.#request.runtime.lines(ref, signal)) {
      const parsed = parseWorkerLine(text);
      if (parsed.type === 'refused')
        throw new SmartScannerError('WORKER_PROTOCOL', `The worker speaks protocol version ${parsed.found}.`);
      if (parsed.type !== 'line') continue;
      this.#supervisor?.heard(parsed.line.type === 'progress' ? parsed.line : null);
      if (parsed.line.type === 'result') this.#supervisor?.told();
      if (parsed.line.type === 'progress') this.#request.onProgress(parsed.line);
      // A gap means that lines were lost: the rest is read from the file.
      if (parsed.line.type === 'item' && parsed.line.seq === this.#next) this.#take(parsed.line);
    }
  }

  async #readFile(ref: AttemptRef, into: string): Promise<void> {
    await mkdir(into, { recursive: true });
    const files = await this.#request.runtime.fetch(ref, [SPOOL_FILES.measure, SPOOL_FILES.result], into);
    const { result, problem } = await readResult(files);
    const file = files.find((candidate) => candidate.name === SPOOL_FILES.measure);
    if (file !== undefined && this.#next < (result?.items ?? Number.MAX_SAFE_INTEGER)) {
      for await (const text of createInterface({ input: createReadStream(file.path), crlfDelay: Infinity })) {
        const parsed = parseWorkerLine(text);
        if (parsed.type === 'line' && parsed.line.type === 'item' && parsed.line.seq === this.#next)
          this.#take(parsed.line);
      }
    }
    if (result?.reason === 'time-budget') {
      this.#request.onWarning(
        `TIMEOUT: measuring took longer than ${formatDuration(this.#request.settings.analysisTimeoutMs)}: what it had not read is scanned without knowing its size.`,
      );
    }
    if (result?.reason === 'stop-requested') {
      this.#request.onWarning(
        'Measuring was ended by the pause: what it had not read is scanned without knowing its size.',
      );
    }
    if (result?.items === undefined || this.#next !== result.items) {
      this.#broken = true;
      this.#request.onWarning(
        `Measuring ended early (${result?.error ?? problem ?? 'its worker left no result'}): the rest is scanned without knowing its size.`,
      );
    }
  }

  #take(item: MeasuredItem): void {
    this.#next += 1;
    this.#add({
      path: item.path,
      mode: item.mode,
      entries: item.entries,
      bytes: item.bytes === null ? null : Number(item.bytes),
    });
  }

  #add(item: PlanItem): void {
    this.#items.push(item);
    this.#emit(this.#planner.add(item));
  }

  #emit(chunks: readonly PlannedChunk[]): void {
    if (chunks.length > 0) this.#request.onChunks(chunks);
  }
}
