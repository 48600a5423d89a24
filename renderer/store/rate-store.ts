import type { StoreApi } from 'zustand/vanilla';
import type { DesktopStore } from './desktop-store.ts';

/** Seconds and files a second, as uPlot takes them. */
export interface Rates {
  readonly seconds: number[];
  readonly rates: number[];
}

/** Twenty minutes at two points a second, thinned out from then on. */
const MOST_POINTS = 2_400;
const APART_S = 0.5;

/** How fast each scan was since this window was opened, for its chart. */
export class RateHistory {
  readonly #runs = new Map<string, Rates>();

  constructor(desktop: StoreApi<DesktopStore>) {
    desktop.subscribe(({ state }) => {
      for (const { runId, snapshot, phase } of Object.values(state?.runs ?? {}))
        if (snapshot !== null && phase === 'scanning')
          this.#add(runId, snapshot.updatedAtMs / 1_000, snapshot.filesPerSecond);
      for (const runId of this.#runs.keys()) if (state?.runs[runId] === undefined) this.#runs.delete(runId);
    });
  }

  of(runId: string): Rates {
    return this.#runs.get(runId) ?? { seconds: [], rates: [] };
  }

  #add(runId: string, second: number, rate: number): void {
    const known = this.#runs.get(runId) ?? { seconds: [], rates: [] };
    this.#runs.set(runId, known);
    if (second < (known.seconds.at(-1) ?? -Infinity) + APART_S) return;
    known.seconds.push(second);
    known.rates.push(rate);
    if (known.seconds.length <= MOST_POINTS) return;
    // The older half keeps every other point.
    const keep = (_: number, index: number): boolean => index > MOST_POINTS / 2 || index % 2 === 0;
    known.seconds.splice(0, Infinity, ...known.seconds.filter(keep));
    known.rates.splice(0, Infinity, ...known.rates.filter(keep));
  }
}
