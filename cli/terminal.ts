import logUpdate from 'log-update';
import pc from 'picocolors';

export interface Terminal {
  readonly colors: ReturnType<typeof pc.createColors>;
  /** A terminal that can redraw. */
  readonly live: boolean;
  /** Aborted when what is written arrives nowhere any more. */
  readonly gone: AbortSignal;
  readonly width: () => number;
  out(text: string): void;
  err(text: string): void;
  /** Redraws the live part; `null` ends it and gives the cursor back. */
  draw(text: string | null): void;
  /** Waits until all is written; false where some of it could not be, except to a reader that went away by itself. */
  flushed(): Promise<boolean>;
}

const DEFAULT_WIDTH = 80;
/** A reader that had enough (`| head`): a pipe, a socket. */
const READER_LEFT: readonly unknown[] = ['EPIPE', 'ECONNRESET'];

/**
 * stdout and stderr as one place to write to. Where they break, what is written later is dropped and the command goes on: a scan must
 * reach its end whoever looks on.
 */
export function openTerminal(
  options: { readonly color: boolean },
  { stdout, stderr }: Pick<typeof process, 'stdout' | 'stderr'> = process,
): Terminal {
  const gone = new AbortController();
  let errBroken = false;
  let failed = false;
  const err = (text: string): void => {
    if (!errBroken) stderr.write(`${text}\n`);
  };
  stderr.on('error', () => (errBroken = true));
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (gone.signal.aborted) return;
    gone.abort();
    if (READER_LEFT.includes(error.code)) return;
    failed = true;
    err(`The output can't be written (${error.message}); what follows of it is dropped.`);
  });
  // No terminal: `isTTY` is absent, and `undefined` would have picocolors decide by the environment ($CI colours a pipe).
  const color = stdout.isTTY ? options.color && process.env['NO_COLOR'] === undefined : false;
  let drawn = false;
  return {
    colors: pc.createColors(color),
    live: stdout.isTTY && process.env['TERM'] !== 'dumb',
    gone: gone.signal,
    width: () => stdout.columns || DEFAULT_WIDTH,
    out: (text) => {
      if (gone.signal.aborted) return;
      if (drawn) logUpdate.clear();
      stdout.write(`${text}\n`);
    },
    err: (text) => {
      if (drawn && !gone.signal.aborted) logUpdate.clear();
      err(text);
    },
    draw: (text) => {
      if (gone.signal.aborted) return;
      if (text === null) {
        if (drawn) {
          logUpdate.clear();
          logUpdate.done();
        }
        drawn = false;
        return;
      }
      drawn = true;
      logUpdate(text);
    },
    flushed: async () => {
      // The error of a write comes a turn after its callback.
      if (!gone.signal.aborted) await new Promise((resolve) => stdout.write('', () => setImmediate(resolve)));
      return !failed;
    },
  };
}
