import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  PROTOCOL_MAJOR,
  PROTOCOL_MINOR,
  ResultLineSchema,
  SPOOL_FILES,
  WorkerLineSchema,
  type JobKind,
  type ResultLine,
  type WorkerLine,
} from '../../shared/worker-protocol.ts';
import { temporaryDirectory } from './temporary.ts';

const WORKER = join(import.meta.dirname, '..', '..', 'dist', 'worker.cjs');
/** Far more than any of them takes by itself: beside other tests, and with a file system that is a process of ours, all of it is slower. */
const DEADLINE_MS = 75_000;

export interface WorkerEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Each checked against the protocol's schema. */
  readonly lines: readonly WorkerLine[];
  readonly err: string;
  /** The last line, if it was a result. */
  readonly result: ResultLine | undefined;
}

export interface RunningWorker {
  readonly child: ChildProcess;
  readonly spool: string;
  readonly done: Promise<WorkerEnd>;
  /** Settles with its first line of this type (that is as wanted); rejects if it ends without. */
  saw(type: WorkerLine['type'], isWanted?: (line: WorkerLine) => boolean): Promise<void>;
}

/** A job with everything that all kinds want; a kind adds its own. */
export function jobOf(kind: JobKind, mount: string, more: object = {}): object {
  return {
    kind,
    protocol: { major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR },
    attempt: `attempt-of-${kind}`,
    mount,
    spool: join(temporaryDirectory(), 'spool'),
    threads: 2,
    stallTimeoutMs: 60_000,
    crossFilesystems: false,
    excludes: [],
    ...(kind === 'scan' ? SCAN : {}),
    ...(kind === 'measure' ? { chunkBytes: 1e12, chunkEntries: 1e6, timeoutMs: 60_000 } : {}),
    ...(kind === 'list' ? { path: '', limit: 1000 } : {}),
    ...more,
  };
}

const SCAN = {
  roots: [{ path: '', mode: 'subtree' }],
  budget: { entries: null, bytes: null, timeMs: null, pendingDirs: null },
  order: 'depth',
  hashShard: false,
};

/** Starts the bundled worker as a runtime would: the job in a file in the spool, a pipe as stdin. */
export function startWorker(kind: string, job: object, bundle = WORKER): RunningWorker {
  const spool = 'spool' in job && typeof job.spool === 'string' ? job.spool : temporaryDirectory();
  mkdirSync(spool, { recursive: true });
  const jobPath = join(spool, SPOOL_FILES.job);
  writeFileSync(jobPath, JSON.stringify(job));
  return runWorker([kind, jobPath], spool, bundle);
}

export function runWorker(args: readonly string[], spool: string, bundle = WORKER): RunningWorker {
  const child = spawn(process.execPath, [bundle, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  const lines: WorkerLine[] = [];
  const waiting: {
    type: string;
    isWanted: (line: WorkerLine) => boolean;
    resolve: () => void;
    reject: (error: Error) => void;
  }[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    const ended = out.split('\n');
    out = ended.pop() ?? '';
    lines.push(...ended.map((line) => v.parse(WorkerLineSchema, JSON.parse(line))));
    for (const one of waiting) if (lines.some(one.isWanted)) one.resolve();
  });
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  // A worker that has ended takes no more control lines.
  child.stdin.on('error', () => undefined);
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const done = once(child, 'close').then(([status, signal]: unknown[]): WorkerEnd => {
    clearTimeout(timer);
    for (const one of waiting) one.reject(new Error(`no ${one.type} line: ${JSON.stringify(lines)} ${err}`));
    const last = lines.at(-1);
    return {
      status: typeof status === 'number' ? status : null,
      signal: typeof signal === 'string' ? (signal as NodeJS.Signals) : null,
      lines,
      err,
      result: last?.type === 'result' ? last : undefined,
    };
  });
  return {
    child,
    spool,
    done,
    saw: (type, isAsWanted = () => true) =>
      new Promise((resolve, reject) => {
        const isWanted = (line: WorkerLine): boolean => line.type === type && isAsWanted(line);
        if (lines.some(isWanted)) resolve();
        else waiting.push({ type, isWanted, resolve, reject });
      }),
  };
}

export function worker(kind: JobKind, job: object): Promise<WorkerEnd> {
  return startWorker(kind, job).done;
}

/** The result as the spool has it: what counts where lines were lost. */
export function resultFile(spool: string): ResultLine {
  return v.parse(ResultLineSchema, JSON.parse(readFileSync(join(spool, SPOOL_FILES.result), 'utf8')));
}
