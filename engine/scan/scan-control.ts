import { SmartScannerError } from '../../shared/errors.ts';
import type { ScanContext } from './context.ts';
import type { ScanProgress } from './progress.ts';
import type { Scheduler } from './scheduler.ts';

/** What people ask of a running scan, or of one of its chunks. */
export interface Control {
  readonly kind: 'pause' | 'resume' | 'stop';
  /** null: the whole scan. */
  readonly chunkId: number | null;
  /** `<user>@<computer>`. */
  readonly by: string;
}

export interface Controlled {
  /** Workers that ended for it and let go of the mount. */
  readonly workers: number;
  /** Workers that have not let go of it after 20 s. */
  readonly holding: number;
  /** Chunks that wait for a worker now. */
  readonly waiting: number;
  /** Why the scan is paused now, one sentence a reason; empty: it goes on. */
  readonly pauses: string[];
}

export interface ControlHooks {
  /** Whether there is something left to pause: not while it ends. */
  canPause(): boolean;
  stop(): void;
}

/** Pauses, resumes and stops, and settles when that is so. */
export class ScanControl {
  readonly #context: ScanContext;
  readonly #scheduler: Scheduler;
  readonly #progress: ScanProgress;
  readonly #hooks: ControlHooks;

  constructor(context: ScanContext, scheduler: Scheduler, progress: ScanProgress, hooks: ControlHooks) {
    this.#context = context;
    this.#scheduler = scheduler;
    this.#progress = progress;
    this.#hooks = hooks;
  }

  /** Throws NO_SUCH_SCAN where it is ending, NO_SUCH_CHUNK. */
  async act(asked: Control): Promise<Controlled> {
    if (!this.#hooks.canPause()) {
      throw new SmartScannerError('NO_SUCH_SCAN', `The scan of ${this.#context.mountName} is ending already.`, {
        hint: 'Wait until it has ended.',
      });
    }
    const what = asked.chunkId === null ? '' : ` of chunk ${asked.chunkId}`;
    this.#context.log.warn(`ASKED by ${asked.by}: ${asked.kind}${what}`);
    const { freed, held } = asked.chunkId === null ? await this.#scan(asked) : await this.#chunk(asked, asked.chunkId);
    const { queued, waiting } = this.#progress.chunks;
    return {
      workers: freed,
      holding: held,
      waiting: queued + waiting,
      pauses: this.#context.gate.reasons.map(({ text }) => text),
    };
  }

  async #scan({ kind, by }: Control): Promise<{ freed: number; held: number }> {
    const { gate, disk } = this.#context;
    if (kind === 'pause') {
      if (gate.reason('asked') === null) gate.hold('asked', `asked by ${by}`);
      return await this.#scheduler.untilLetGo();
    }
    if (kind === 'resume') {
      gate.release('asked');
      disk.lookNow();
    } else this.#hooks.stop();
    return NOBODY;
  }

  async #chunk({ kind }: Control, id: number): Promise<{ freed: number; held: number }> {
    if (!this.#scheduler.knows(id)) {
      throw new SmartScannerError(
        'NO_SUCH_CHUNK',
        `Chunk ${id} of ${this.#context.mountName} neither runs nor waits.`,
        {
          hint: 'See the numbers of chunks in `smart-scanner monitor` and in the scan log.',
        },
      );
    }
    if (kind !== 'resume') return await this.#scheduler.hold(id, kind === 'pause' ? 'paused' : 'stopped');
    this.#scheduler.release(id);
    return NOBODY;
  }
}

const NOBODY = { freed: 0, held: 0 } as const;
