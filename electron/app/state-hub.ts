import type { DesktopState, StatePatch } from '../../shared/desktop-state.ts';

/** Ten a second at most: faster than anybody reads. */
const FLUSH_MS = 100;

type Changes = Partial<Omit<DesktopState, 'revision'>>;

/** The one state that windows, tray and notifications show. Changes are collected and go out as one patch. */
export class StateHub {
  #state: DesktopState;
  #pending: Changes | null = null;
  #timer: NodeJS.Timeout | null = null;
  readonly #patched = new Set<(patch: StatePatch) => void>();
  readonly #changed = new Set<(state: DesktopState, before: DesktopState) => void>();
  #shown: DesktopState;

  constructor(initial: Omit<DesktopState, 'revision'>) {
    this.#state = { ...initial, revision: 0 };
    this.#shown = this.#state;
  }

  /** What the newest patch led to: a patch that comes next fits it. */
  get shown(): DesktopState {
    return this.#shown;
  }

  /** With what is not sent yet. */
  get now(): DesktopState {
    return this.#state;
  }

  /** `runs`: only those that changed. */
  change(changes: Changes): void {
    this.#state = merge(this.#state, changes);
    const runs = { ...this.#pending?.runs, ...changes.runs };
    this.#pending = { ...this.#pending, ...changes, ...(Object.keys(runs).length === 0 ? {} : { runs }) };
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  /** Forgets a run: windows get all that are left. */
  dismiss(runId: string): void {
    this.flush();
    const runs = Object.fromEntries(Object.entries(this.#state.runs).filter(([id]) => id !== runId));
    this.#state = { ...this.#state, runs, revision: this.#state.revision + 1 };
    // A gap in the revisions makes every window fetch the whole state.
    this.#state = { ...this.#state, revision: this.#state.revision + 1 };
    this.#send({ revision: this.#state.revision });
  }

  onPatch(listener: (patch: StatePatch) => void): void {
    this.#patched.add(listener);
  }

  /** With the state of before, to see what became different. */
  onChange(listener: (state: DesktopState, before: DesktopState) => void): void {
    this.#changed.add(listener);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#pending === null) return;
    const changes = this.#pending;
    this.#pending = null;
    this.#state = { ...this.#state, revision: this.#state.revision + 1 };
    this.#send({ ...changes, revision: this.#state.revision });
  }

  #send(patch: StatePatch): void {
    const before = this.#shown;
    this.#shown = this.#state;
    for (const listener of this.#patched) listener(patch);
    for (const listener of this.#changed) listener(this.#shown, before);
  }
}

function merge(state: DesktopState, changes: Changes): DesktopState {
  return { ...state, ...changes, runs: { ...state.runs, ...changes.runs } };
}
