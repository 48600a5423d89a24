import { toSmartScannerError } from '../../shared/errors.ts';
import { nameText } from '../../shared/names.ts';
import type { ProgressLine } from '../../shared/worker-protocol.ts';
import type { ScanLog } from '../log/scan-log.ts';
import type { AttemptRef, Runtime } from '../runtime/runtime.ts';
import { Silence } from './silence.ts';

const LOOK_MS = 1_000;
/** A host that takes longer to say how the worker is was away: then its silence was not the worker's. */
const AWAY_MS = 5_000;

/** How long each step towards the end of a worker may take. */
export interface Patience {
  /** A worker replaces its stuck threads itself; only when it says nothing for this much longer has it stopped working altogether. */
  readonly beyondWorkerMs: number;
  /** After it was asked to end. */
  readonly askedMs: number;
  /** After it was killed, or after it told its result: then it ends itself. */
  readonly killedMs: number;
}

export const PATIENCE: Patience = { beyondWorkerMs: 30_000, askedMs: 10_000, killedMs: 30_000 };

type Said = Pick<ScanLog, 'warn' | 'error'>;
export type Stage = 'working' | 'asked' | 'killed' | 'abandoned';

/**
 * Watches one worker from outside: silent for longer than the stall timeout, it is asked to end, then killed; what does not die of that
 * (a thread that is stuck in the kernel) is abandoned. One that told its result and does not end is killed and abandoned in the same way.
 */
export class Supervisor {
  readonly #runtime: Runtime;
  readonly #ref: AttemptRef;
  readonly #name: string;
  readonly #log: Said;
  readonly #silentMs: number;
  readonly #patience: Patience;
  readonly #silence: Silence;
  readonly #abandoned = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #stage: Stage = 'working';
  #stageMs = 0;
  #last: ProgressLine | null = null;
  #hasResult = false;
  #looking = false;

  constructor(runtime: Runtime, ref: AttemptRef, name: string, log: Said, stallTimeoutMs: number, patience: Patience) {
    this.#silentMs = stallTimeoutMs + patience.beyondWorkerMs;
    this.#runtime = runtime;
    this.#ref = ref;
    this.#name = name;
    this.#log = log;
    this.#patience = patience;
    this.#silence = new Silence(performance.now());
  }

  /** Aborts when the worker is given up. */
  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** It had to be ended for its silence. */
  get stalled(): boolean {
    return this.#stage !== 'working' && !this.#hasResult;
  }

  /** Where it was when it was last heard, for people. */
  get where(): string {
    const wait = this.#last?.waitingOn[0];
    return wait === undefined
      ? 'at an unknown place'
      : `in ${wait.syscall || 'no call'} on ${nameText(wait.path) || '(mount point)'}`;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  heard(line: ProgressLine | null): void {
    this.#silence.heard();
    if (line !== null) this.#last = line;
  }

  /** Its last word: it ends itself now. */
  told(): void {
    this.#hasResult = true;
    this.#silence.heard();
  }

  #look(): void {
    const silentMs = this.#silence.look(performance.now());
    this.#stageMs += LOOK_MS;
    if (!this.#looking && this.#due(silentMs) !== null) void this.#stepIfSeen();
  }

  /** The step that it is time for; null: none yet. */
  #due(silentMs: number): (() => void) | null {
    const { askedMs, killedMs } = this.#patience;
    switch (this.#stage) {
      case 'working':
        if (this.#hasResult) return silentMs < killedMs ? null : () => this.#kill('told its result and did not end');
        return silentMs < this.#silentMs ? null : () => this.#ask(silentMs);
      case 'asked':
        return this.#stageMs < askedMs ? null : () => this.#kill('did not end when asked');
      case 'killed':
        return this.#stageMs < killedMs ? null : () => this.#abandon();
      case 'abandoned':
        return null;
    }
  }

  /** Only a host that answers can tell a worker that says nothing, or does not end, from one that is not seen. */
  async #stepIfSeen(): Promise<void> {
    this.#looking = true;
    const began = performance.now();
    const status = await this.#runtime.inspect(this.#ref).catch(() => null);
    this.#looking = false;
    if (this.#timer === null) return;
    // That it ended, others see as well.
    const hasEnded = status?.state === 'exited' || status?.state === 'gone';
    if (performance.now() - began > AWAY_MS || hasEnded) {
      this.#silence.heard();
      this.#stageMs = 0;
    } else this.#due(this.#silence.look(performance.now()))?.();
  }

  #abandon(): void {
    this.#to('abandoned');
    this.#log.error(`STALL ${this.#name}: its worker does not die (last ${this.where}): abandoned, the scan goes on`);
    this.end();
    this.#abandoned.abort();
  }

  #ask(silentMs: number): void {
    this.#to('asked');
    this.#log.error(
      `STALL ${this.#name}: its worker has said nothing for ${Math.round(silentMs / 1000)} s (last ${this.where}): asked to end`,
    );
    this.#act(this.#runtime.stop(this.#ref, 'stop'));
  }

  #kill(why: string): void {
    this.#to('killed');
    this.#log.warn(`STALL ${this.#name}: its worker ${why}: killed`);
    this.#act(this.#runtime.kill(this.#ref));
  }

  #to(stage: Stage): void {
    this.#stage = stage;
    this.#stageMs = 0;
  }

  #act(action: Promise<void>): void {
    action.catch((error: unknown) => {
      this.#log.warn(`STALL ${this.#name}: could not be ended: ${toSmartScannerError(error).message}`);
    });
  }
}
