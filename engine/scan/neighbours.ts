import { SmartScannerError, toSmartScannerError } from '../../shared/errors.ts';
import type { Neighbours } from '../../shared/worker-protocol.ts';
import type { NeighbourPaths } from '../runtime/runtime.ts';
import type { YieldTo } from '../../shared/settings.ts';
import type { ScanContext } from './context.ts';
import { runHelper } from './helper-run.ts';
import { jobCommon, startSpec } from './job.ts';

/** Where Unraid tells of its parity check and of its mover. */
export const UNRAID: NeighbourPaths = { parity: '/var/local/emhttp/var.ini', mover: '/var/run/mover.pid' };

const LOOK_MS = 60_000;
const PROBE_DEADLINE_MS = 60_000;

/** What runs of these, in words; null: nothing. */
export function neighbourText(found: Neighbours | null, of: readonly YieldTo[] = ['parity', 'mover']): string | null {
  const { parity = null, mover = false } = found ?? {};
  const texts: string[] = [];
  if (parity !== null && of.includes('parity')) {
    const share = parity.percent === null ? '' : `, ${Math.floor(parity.percent)} %`;
    texts.push(`a parity check runs (${parity.action}${share})`);
  }
  if (mover && of.includes('mover')) texts.push('the mover runs');
  return texts.length === 0 ? null : texts.join(' and ');
}

/** Pauses a scan while the host's own work runs that it is to make way for. Looks by a probe that does not touch the mount. */
export class NeighbourWatch {
  readonly #context: ScanContext;
  readonly #signal: AbortSignal;

  constructor(context: ScanContext, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
  }

  take(found: Neighbours | null): void {
    const { gate, settings } = this.#context;
    const text = neighbourText(found, settings.yieldTo);
    if (text === null) gate.release('yield');
    else gate.hold('yield', text);
  }

  /** Until the signal aborts. */
  async run(): Promise<void> {
    const { clock, log } = this.#context;
    const isOver = (): boolean => this.#signal.aborted;
    for (;;) {
      await clock.delay(LOOK_MS, this.#signal);
      if (isOver()) return;
      try {
        this.take(await this.#look());
      } catch (error) {
        if (!isOver()) log.warn(`YIELD: what else runs on the host is unknown: ${toSmartScannerError(error).message}`);
      }
    }
  }

  #look(): Promise<Neighbours | null> {
    const { runtime, clock, fetchDir, hostId, scanId, owner, mountPath, settings, tuning, newId } = this.#context;
    const attempt = newId();
    const labels = { host: hostId, scan: scanId, chunk: '0', attempt, role: 'probe' as const, owner };
    const job = { kind: 'probe' as const, ...jobCommon(attempt, settings, tuning) };
    return runHelper(
      runtime,
      { ...startSpec(labels, mountPath, job, tuning), neighbours: { ...this.#context.neighbours, only: true } },
      { clock, fetchDir: `${fetchDir}/${attempt}`, files: [], deadlineMs: PROBE_DEADLINE_MS, signal: this.#signal },
      ({ result }) => {
        if (result.probe !== undefined) return Promise.resolve(result.probe.neighbours ?? null);
        throw new SmartScannerError(
          'WORKER_CRASHED',
          `The probe of ${mountPath} failed: ${result.error ?? 'no result'}.`,
        );
      },
    );
  }
}
