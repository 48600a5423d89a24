import type { ScanContext } from './context.ts';
import { NeighbourWatch } from './neighbours.ts';
import { WindowWatch } from './window-watch.ts';

/** Begins to watch what pauses a scan by itself. Settles when each has looked once, before anything is started; gives the way to end it. */
export async function watchPauses(context: ScanContext): Promise<() => Promise<void>> {
  const over = new AbortController();
  const { signal } = over;
  const watches: Promise<void>[] = [];
  const { settings, gate, clock, log, runtime } = context;
  if (settings.window !== null) {
    const watch = new WindowWatch({ window: settings.window, gate, clock, log, time: () => runtime.time(), signal });
    await watch.look();
    watches.push(watch.run());
  }
  if (settings.yieldTo.length > 0) {
    const watch = new NeighbourWatch(context, signal);
    watch.take(context.foundNeighbours);
    watches.push(watch.run());
  }
  return async () => {
    over.abort();
    await Promise.all(watches);
  };
}
