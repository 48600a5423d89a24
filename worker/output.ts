import {
  PROTOCOL_MAJOR,
  PROTOCOL_MINOR,
  type Job,
  type ProgressLine,
  type ResultLine,
} from '../shared/worker-protocol.ts';
import type { Name } from '../shared/names.ts';
import { SHARD_VERSION } from '../shared/shard-schema.ts';
import type { Counters } from './slots.ts';

const WORKER_VERSION = '1';
/** The last line gets this long to leave the process. */
const DRAIN_MS = 1000;
const MAX_WAITS = 4;

/** NDJSON on stdout. A reader that goes away never stops the worker. */
export class Output {
  readonly #kind: string;
  #ended = false;

  constructor(kind: string) {
    this.#kind = kind;
    const ignoreLostReader = (): void => undefined;
    process.stdout.on('error', ignoreLostReader);
    process.stderr.on('error', ignoreLostReader);
  }

  hello(job: Job): void {
    this.line({
      type: 'hello',
      protocol: { major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR },
      worker: WORKER_VERSION,
      node: process.version,
      shard: SHARD_VERSION,
      pid: process.pid,
      attempt: job.attempt,
      kind: this.#kind,
    });
  }

  progress(
    sum: Counters,
    queued: number,
    waits: readonly {
      readonly path: Name;
      readonly syscall: string;
      readonly sinceMs: number;
      readonly thread: number;
    }[],
    lstatMedianUs: number | null,
    givesWay = false,
    large: ProgressLine['large'] | null = null,
  ): void {
    this.line({
      type: 'progress',
      entries: sum.entries,
      files: sum.files,
      dirsScanned: sum.dirs,
      dirsPending: sum.pending + queued,
      dirsFailed: sum.failed,
      bytes: sum.bytes,
      waitingOn: waits
        .slice(0, MAX_WAITS)
        .map(({ path, syscall, sinceMs, thread }) => ({ path, syscall, sinceMs, thread })),
      lstatMedianUs,
      rssBytes: process.memoryUsage.rss(),
      ...(givesWay ? { givesWay } : {}),
      ...(large === null ? {} : { large }),
    });
  }

  note(level: 'info' | 'warning' | 'error', text: string): void {
    this.line({ type: 'note', level, text });
  }

  line(line: object): void {
    if (!this.#ended) process.stdout.write(`${JSON.stringify(line)}\n`);
  }

  /** Writes the result and ends the process. A thread stuck in the kernel makes `exit` hang for ever: then by SIGKILL. */
  async end(result: ResultLine, stuck: Promise<boolean>): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, DRAIN_MS);
      process.stdout.write(`${JSON.stringify(result)}\n`, () => resolve());
    });
    if (await stuck) process.kill(process.pid, 'SIGKILL');
    else process.exit(result.exit);
  }
}
