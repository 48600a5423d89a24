import { setTimeout as delay } from 'node:timers/promises';
import { nameText } from '../../shared/names.ts';
import type { ProgressLine, ResultLine } from '../../shared/worker-protocol.ts';
import type { ScanLog } from '../log/scan-log.ts';
import type { AttemptRef, Runtime } from '../runtime/runtime.ts';
import type { Supervisor } from './supervisor.ts';
import { parseWorkerLine } from './worker-lines.ts';

const FOLLOW_AGAIN_MS = 2_000;
const GIVES_WAY_EVERY_MS = 60_000;

export interface VoiceOptions {
  readonly runtime: Runtime;
  readonly ref: AttemptRef;
  readonly log: ScanLog;
  readonly chunkId: number;
  readonly supervisor: Supervisor;
  progress(line: ProgressLine): void;
}

/** What a worker says while it runs. A hint in all but one thing: one that speaks another version of the protocol is ended. */
export class WorkerVoice {
  readonly #options: VoiceOptions;
  #told: ResultLine | null = null;
  #refused: number | null = null;
  #saidGivesWay = Number.NEGATIVE_INFINITY;

  constructor(options: VoiceOptions) {
    this.#options = options;
  }

  /** Its last word, where it was heard. */
  get told(): ResultLine | null {
    return this.#told;
  }

  /** The version of the protocol that it speaks and we don't. */
  get refused(): number | null {
    return this.#refused;
  }

  /** A stream may end before its worker does (a connection that was lost): it is opened again, or the worker would seem to be silent. */
  async follow(signal: AbortSignal): Promise<void> {
    for (let again = false; !signal.aborted || !again; again = true) {
      await this.#read(signal, again);
      await delay(FOLLOW_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #read(signal: AbortSignal, onlyNew: boolean): Promise<void> {
    const { runtime, ref } = this.#options;
    for await (const text of runtime.lines(ref, signal, onlyNew)) await this.#hear(text);
  }

  async #hear(text: string): Promise<void> {
    const { runtime, ref, log, chunkId, supervisor } = this.#options;
    const parsed = parseWorkerLine(text);
    supervisor.heard(parsed.type === 'line' && parsed.line.type === 'progress' ? parsed.line : null);
    if (parsed.type === 'refused') {
      this.#refused = parsed.found;
      await runtime.kill(ref).catch(() => undefined);
      return;
    }
    if (parsed.type === 'unknown') {
      if (parsed.text.trim() !== '') log.info(`WORKER chunk ${chunkId}: ${parsed.text.slice(0, 500)}`);
      return;
    }
    const { line } = parsed;
    if (line.type === 'result') {
      this.#told = line;
      supervisor.told();
    } else if (line.type === 'progress') {
      if (line.givesWay === true) this.#givesWay();
      this.#options.progress(line);
    } else if (line.type === 'stall') {
      const { path, syscall, sinceMs } = line;
      log.error(
        `STALL chunk ${chunkId}: ${syscall} on ${nameText(path)} has not returned for ${Math.round(sinceMs / 1000)} s`,
      );
    } else if (line.type === 'note' && line.level !== 'info') log.warn(`WORKER chunk ${chunkId}: ${line.text}`);
  }

  /** Others come and go: the log tells it now and then, not each time. */
  #givesWay(): void {
    const now = performance.now();
    if (now - this.#saidGivesWay < GIVES_WAY_EVERY_MS) return;
    this.#saidGivesWay = now;
    const { log, chunkId } = this.#options;
    log.info(`LOAD chunk ${chunkId} gives way: others use the host's processors or wait for its disks`);
  }
}
