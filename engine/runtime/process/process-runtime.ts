import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { availableParallelism, constants, hostname, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SmartScannerError } from '../../../shared/errors.ts';
import { CONTROL, SPOOL_FILES } from '../../../shared/worker-protocol.ts';
import type {
  AttemptLabels,
  AttemptRef,
  AttemptStats,
  AttemptStatus,
  FetchedFile,
  FoundAttempt,
  HostTime,
  Runtime,
  RuntimeInfo,
  StartSpec,
} from '../runtime.ts';
import { isOurSpool } from '../spool-names.ts';
import { changed, followLines } from './follow.ts';
import { identityOf, isRunning, pidOf, startTimeOf } from './identity.ts';
import { machineId } from './machine-id.ts';
import { sampleProcess } from './sample.ts';
import { setNiceness } from '../niceness.ts';

const RECORD = 'attempt.json';
const STDOUT = 'stdout.ndjson';
const STDERR = 'stderr.log';
/** Where there is such a thing. */
const OWN_MOUNTS = '/proc/self/mountinfo';
const NODE = 'local';
/** A killed process gets this long to disappear. */
const KILL_GRACE_MS = 10_000;
/** Between two looks at a killed process that is no child of ours. */
const DEAD_YET_MS = 50;

export interface ProcessRuntimeOptions {
  readonly nodePath: string;
  readonly workerBundle: string;
  /** One directory for each attempt is made in it. */
  readonly spoolRoot: string;
  /** Whatever the load of a scan says: as nice as this at least. */
  readonly leastNiceness?: number;
}

interface Record {
  readonly labels: AttemptLabels;
  readonly ref: AttemptRef;
  readonly startedAtMs: number;
}

/** Workers as local child processes: the embedded default. They go on when the orchestrator dies, and are found again by pid and start time. */
export class ProcessRuntime implements Runtime {
  readonly kind = 'process' as const;
  readonly leases = null;
  readonly #options: ProcessRuntimeOptions;
  readonly #children = new Map<string, ChildProcess>();
  /** Of children that have ended: only their parent learns their exit code. */
  readonly #ended = new Map<string, { code: number | null; atMs: number }>();

  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
  }

  async connect(): Promise<RuntimeInfo> {
    return {
      kind: 'process',
      ids: [await machineId()],
      description: 'this computer',
      address: 'local',
      hostName: hostname(),
      cpus: availableParallelism(),
      memoryBytes: totalmem(),
      isVirtualMachine: false,
      isRemote: false,
      operatingSystem: `${platform()} ${release()}`,
      warning: null,
    };
  }

  time(): Promise<HostTime> {
    const now = new Date();
    return Promise.resolve({ atMs: now.getTime(), offsetMinutes: -now.getTimezoneOffset() });
  }

  async prepare(): Promise<void> {
    await stat(this.#options.workerBundle).catch((error: unknown) => {
      throw new SmartScannerError('WORKER_START', `The worker ${this.#options.workerBundle} is missing.`, {
        hint: 'Build it: npm run build.',
        cause: error,
      });
    });
  }

  async start(spec: StartSpec): Promise<AttemptRef> {
    const spool = join(this.#options.spoolRoot, spec.labels.attempt);
    const { neighbours } = spec;
    const job = {
      ...spec.job,
      ...(spec.job.kind === 'places' ? { mountTable: OWN_MOUNTS } : {}),
      mount: spec.mountPath,
      spool,
      ...(neighbours === undefined ? {} : { neighbours: { ...neighbours, seesProcesses: true } }),
    };
    const opened: FileHandle[] = [];
    let child: ChildProcess | null = null;
    const startedAtMs = Date.now();
    try {
      await makeSpool(spool);
      await writeFile(join(spool, SPOOL_FILES.job), JSON.stringify(job));
      const out = await open(join(spool, STDOUT), 'a');
      opened.push(out);
      const err = await open(join(spool, STDERR), 'a');
      opened.push(err);
      child = spawn(
        this.#options.nodePath,
        [
          `--max-old-space-size=${heapMebibytes(spec.limits.memoryBytes)}`,
          this.#options.workerBundle,
          spec.job.kind,
          join(spool, SPOOL_FILES.job),
        ],
        // A session of its own: neither the terminal's Ctrl-C nor our end reaches it.
        { detached: true, stdio: ['pipe', out.fd, err.fd], cwd: spool, env: workerEnvironment() },
      );
      // At once: one that ends before this is over would never be heard of.
      this.#adopt(spec.labels.attempt, child);
      await once(child, 'spawn');
      const pid = child.pid ?? 0;
      setNiceness(pid, Math.max(spec.limits.priority.niceness, this.#options.leastNiceness ?? 0));
      const startTime = (await startTimeOf(pid)) ?? 'ended';
      const ref: AttemptRef = {
        runtime: 'process',
        node: NODE,
        attempt: spec.labels.attempt,
        id: identityOf(pid, startTime),
        spool,
      };
      const record: Record = { labels: spec.labels, ref, startedAtMs };
      await writeFile(join(spool, RECORD), JSON.stringify(record));
      return ref;
    } catch (error) {
      // A worker that nobody knows of must not go on.
      child?.kill('SIGKILL');
      this.#forget(spec.labels.attempt);
      await rm(spool, { recursive: true, force: true });
      throw new SmartScannerError(
        'WORKER_START',
        `The worker could not be started: ${error instanceof Error ? error.message : String(error)}.`,
        { cause: error },
      );
    } finally {
      for (const file of opened) await file.close();
    }
  }

  /** All of them: this file doesn't end before its worker does. */
  lines(ref: AttemptRef, signal: AbortSignal): AsyncIterable<string> {
    return followLines(join(ref.spool, STDOUT), signal);
  }

  async waitForEnd(ref: AttemptRef, signal: AbortSignal): Promise<void> {
    const child = this.#children.get(ref.attempt);
    if (child === undefined) {
      // Not our child (any more): its output is what moves.
      await changed(join(ref.spool, STDOUT), signal);
      return;
    }
    await once(child, 'exit', { signal }).catch(() => undefined);
  }

  async inspect(ref: AttemptRef): Promise<AttemptStatus> {
    const own = this.#ended.get(ref.attempt);
    const running = own === undefined && (this.#children.has(ref.attempt) || (await isRunning(ref.id)));
    const record = await this.#record(ref.spool);
    const base = { oomKilled: false, health: null, startedAtMs: record?.startedAtMs ?? null, error: null };
    if (running) return { ...base, state: 'running', exitCode: null, finishedAtMs: null, raw: { pid: pidOf(ref.id) } };
    const exitCode = own?.code ?? (await this.#exitOfResult(ref.spool));
    const state = record === null ? 'gone' : 'exited';
    return { ...base, state, exitCode, finishedAtMs: own?.atMs ?? null, raw: { pid: pidOf(ref.id), exitCode } };
  }

  async stop(ref: AttemptRef, kind: 'stop' | 'split'): Promise<void> {
    const child = this.#children.get(ref.attempt);
    if (child?.stdin?.writable === true) child.stdin.write(`${CONTROL[kind]}\n`);
    else if (await isRunning(ref.id)) signalProcess(pidOf(ref.id), 'SIGTERM');
  }

  async kill(ref: AttemptRef): Promise<void> {
    const child = this.#children.get(ref.attempt);
    if (child !== undefined) child.kill('SIGKILL');
    else if (await isRunning(ref.id)) signalProcess(pidOf(ref.id), 'SIGKILL');
  }

  async logs(ref: AttemptRef, maxBytes: number): Promise<string> {
    const parts = await Promise.all(
      [STDOUT, STDERR].map((name) => tail(join(ref.spool, name), Math.floor(maxBytes / 2))),
    );
    return parts.filter((part) => part !== '').join('\n');
  }

  stats(ref: AttemptRef): Promise<AttemptStats | null> {
    return sampleProcess(pidOf(ref.id));
  }

  async fetch(ref: AttemptRef, names: readonly string[]): Promise<FetchedFile[]> {
    const files: FetchedFile[] = [];
    for (const name of names) {
      const path = join(ref.spool, name);
      const info = await stat(path).catch(() => null);
      if (info !== null) files.push({ name, path, bytes: info.size, copied: false });
    }
    return files;
  }

  async list(): Promise<FoundAttempt[]> {
    const found: FoundAttempt[] = [];
    for (const name of await readdir(this.#options.spoolRoot).catch(() => [])) {
      if (!(await isOurSpool(this.#options.spoolRoot, name, [RECORD, SPOOL_FILES.job]))) continue;
      const spool = join(this.#options.spoolRoot, name);
      const record = await this.#record(spool);
      const info = await stat(spool).catch(() => null);
      if (info === null) continue;
      // Where it lies now, not where its record says: the data directory may have been moved, and what is removed is this one.
      const ref: AttemptRef = { runtime: 'process', node: NODE, attempt: name, id: record?.ref.id ?? '0:none', spool };
      const { state } = await this.inspect(ref);
      found.push({
        ref,
        labels: record?.labels ?? null,
        state,
        createdAtMs: info.birthtimeMs || info.mtimeMs,
        spoolBytes: await sizeOf(spool),
      });
    }
    return found;
  }

  async remove(ref: AttemptRef): Promise<void> {
    await this.kill(ref);
    await this.#died(ref);
    this.#forget(ref.attempt);
    await rm(ref.spool, { recursive: true, force: true, maxRetries: 3 });
  }

  close(): Promise<void> {
    for (const child of this.#children.values()) {
      child.stdin?.destroy();
      child.unref();
    }
    return Promise.resolve();
  }

  /** Throws where it does not die: its spool must stay as long as it may write there. */
  async #died(ref: AttemptRef): Promise<void> {
    const deadline = AbortSignal.timeout(KILL_GRACE_MS);
    const child = this.#children.get(ref.attempt);
    if (child !== undefined) await once(child, 'exit', { signal: deadline }).catch(() => undefined);
    while (await isRunning(ref.id)) {
      if (deadline.aborted) {
        throw new SmartScannerError(
          'WORKER_UNKILLABLE',
          `Process ${pidOf(ref.id)} does not die; its spool stays at ${ref.spool}.`,
          {
            hint: 'A disk or share that does not answer holds it; run cleanup when it answers again.',
          },
        );
      }
      await delay(DEAD_YET_MS);
    }
  }

  #forget(attempt: string): void {
    this.#children.delete(attempt);
    this.#ended.delete(attempt);
  }

  #adopt(attempt: string, child: ChildProcess): void {
    this.#children.set(attempt, child);
    child.stdin?.on('error', () => undefined);
    child.on('error', () => undefined);
    child.once('exit', (code, signal) => {
      // False where nobody wants to know any more.
      if (!this.#children.delete(attempt)) return;
      // A signal has no code of its own; shells and Docker say 128 and its number.
      const killed = 128 + constants.signals[signal ?? 'SIGKILL'];
      this.#ended.set(attempt, { code: code ?? killed, atMs: Date.now() });
    });
  }

  async #record(spool: string): Promise<Record | null> {
    try {
      return JSON.parse(await readFile(join(spool, RECORD), 'utf8')) as Record;
    } catch {
      return null;
    }
  }

  async #exitOfResult(spool: string): Promise<number | null> {
    try {
      const result = JSON.parse(await readFile(join(spool, SPOOL_FILES.result), 'utf8')) as { exit?: unknown };
      return typeof result.exit === 'number' ? result.exit : null;
    } catch {
      return null;
    }
  }
}

/** Not `recursive` at first: on a read-only disk that says no more than that the directory isn't there. */
async function makeSpool(spool: string): Promise<void> {
  await mkdir(spool, { mode: 0o700 }).catch(async (error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await mkdir(spool, { recursive: true, mode: 0o700 });
  });
}

/** The heap is a part of what a worker may use; a worker needs little in any case. */
function heapMebibytes(memoryBytes: number): number {
  return Math.max(64, Math.min(2048, Math.floor(memoryBytes / 2 / 1024 ** 2)));
}

/** Nothing of the user's environment is a worker's business but where programs and temporary files are, and its time zone. */
function workerEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'TMPDIR', 'TEMP', 'TMP', 'TZ', 'LANG', 'SystemRoot', 'LD_LIBRARY_PATH'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between.
  }
}

async function tail(path: string, maxBytes: number): Promise<string> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, maxBytes);
    const buffer = Buffer.alloc(length);
    await file.read(buffer, 0, length, size - length);
    return buffer.toString();
  } finally {
    await file.close();
  }
}

async function sizeOf(dir: string): Promise<number> {
  const sizes = (await readdir(dir).catch(() => [])).map(
    async (name) => (await stat(join(dir, name)).catch(() => null))?.size ?? 0,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
