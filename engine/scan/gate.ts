import type { PauseKind, PauseReason } from '../../shared/snapshot.ts';

/**
 * What keeps a scan from starting workers: a set of reasons, at most one of each kind. While any of them holds, nothing is started, and what
 * runs is asked to end at the next directory.
 */
export class Gate {
  readonly #reasons = new Map<PauseKind, PauseReason>();
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;

  /** `now`: ms UTC. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get holds(): boolean {
    return this.#reasons.size > 0;
  }

  /** Oldest first. */
  get reasons(): readonly PauseReason[] {
    return [...this.#reasons.values()];
  }

  reason(kind: PauseKind): PauseReason | null {
    return this.#reasons.get(kind) ?? null;
  }

  /** What holds already keeps its time and gets the new text. */
  hold(kind: PauseKind, text: string): void {
    const before = this.#reasons.get(kind);
    this.#reasons.set(kind, { kind, text, sinceMs: before?.sinceMs ?? this.#now() });
    if (before?.text !== text) this.#tell();
  }

  /** false: it did not hold. */
  release(kind: PauseKind): boolean {
    const held = this.#reasons.delete(kind);
    if (held) this.#tell();
    return held;
  }

  /** Called after each change, also of a text. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves once nothing holds, or when the signal aborts. */
  async untilOpen(signal: AbortSignal): Promise<void> {
    if (!this.holds || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.holds && !signal.aborted) return;
        this.#listeners.delete(look);
        signal.removeEventListener('abort', look);
        resolve();
      };
      this.#listeners.add(look);
      signal.addEventListener('abort', look);
    });
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
