import type { App, LiveScan } from '../engine/app/app.ts';
import { formatDuration } from '../shared/units.ts';
import { frame } from './display.ts';
import type { Terminal } from './terminal.ts';
import { safeText, toJsonLine } from './text.ts';

/** A scan that lives but says nothing for this long (it is held, or its computer is busy) shows how old its figures are. */
const SILENT_MS = 5_000;

/** `smart-scanner monitor`: every running scan of this data directory, whoever runs it. */
export async function monitorCommand(
  app: App,
  options: { once: boolean; json: boolean },
  terminal: Terminal,
): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  terminal.gone.addEventListener('abort', end, { once: true });
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  let last = '';
  await app.queries.watchScans((scans) => {
    if (options.json) terminal.out(toJsonLine({ event: 'scans', scans }));
    else if (terminal.live && !options.once) terminal.draw(text(scans, terminal));
    else {
      // Without a terminal the same state is not printed twice.
      const now = text(scans, terminal);
      if (now !== last) terminal.out(now);
      last = now;
    }
    if (options.once) stop.abort();
  }, stop.signal);
  terminal.draw(null);
}

function text(scans: readonly LiveScan[], terminal: Terminal): string {
  if (scans.length === 0) return 'No scan is running on this data directory.';
  return scans
    .map(({ snapshot, alive, silentMs }) =>
      alive
        ? frame(snapshot, terminal.width(), terminal.colors) +
          (silentMs < SILENT_MS
            ? ''
            : `\n${terminal.colors.yellow(`  Nothing heard of it for ${formatDuration(Math.floor(silentMs / 1_000) * 1_000)}: what stands above is that old.`)}`)
        : terminal.colors.yellow(
            `${safeText(snapshot.mountName)}: the scan by ${safeText(snapshot.owner)} ended without closing. What it merged is in the catalog; \`scan --resume\` goes on with it.`,
          ),
    )
    .join('\n\n');
}
