import type { Name } from '../../shared/names.ts';
import type { ScanProblem, ScanSnapshot, RunningChunk } from '../../shared/snapshot.ts';
import type { ProgressLine } from '../../shared/worker-protocol.ts';
import type { ChunkRow, HarvestReply, OpenedScan } from '../catalog/api.ts';

const RATE_WINDOW_MS = 10_000;
const MAX_PROBLEMS = 50;

interface Live {
  chunk: ChunkRow;
  /** Which try at its chunk it is, from 1. */
  number: number;
  role: 'worker' | 'measure';
  phase: 'running' | 'merging';
  startedAtMs: number;
  lastProgressAtMs: number;
  line: ProgressLine | null;
  /** Where `workerRate` began to count. */
  rated: { atMs: number; files: number };
}

/** Adds up what is merged and what running workers report. Plain sums, no I/O. */
export class ScanProgress {
  readonly #running = new Map<string, Live>();
  readonly #samples: { at: number; files: number }[] = [];
  readonly #problems: ScanProblem[] = [];
  readonly #chunks = { planned: 0, queued: 0, running: 0, merging: 0, waiting: 0, done: 0, failed: 0 };
  #files = 0;
  #directories = 0;
  #bytes = 0;
  #failedDirectories = 0;
  /** Of the chunks with known sizes: what was planned, and what of it is done. */
  #plannedEntries = 0;
  #doneEntries = 0;
  #unknownChunks = 0;
  measuredEntries: number | null = null;
  /** Chunks that wait until somebody resumes them. */
  paused = 0;

  chunksAdded(chunks: readonly ChunkRow[]): void {
    for (const chunk of chunks) {
      this.#chunks.planned += 1;
      this.#chunks.queued += 1;
      if (chunk.entries === null) this.#unknownChunks += 1;
      else this.#plannedEntries += chunk.entries;
    }
  }

  started(key: string, chunk: ChunkRow, role: 'worker' | 'measure', atMs: number, number = chunk.attempts + 1): void {
    const rated = { atMs, files: 0 };
    this.#running.set(key, {
      chunk,
      number,
      role,
      phase: 'running',
      startedAtMs: atMs,
      lastProgressAtMs: atMs,
      line: null,
      rated,
    });
    if (role === 'worker') this.#move('queued', 'running');
  }

  reported(key: string, line: ProgressLine, atMs: number): void {
    const live = this.#running.get(key);
    if (live === undefined) return;
    if (live.line === null || line.entries > live.line.entries) live.lastProgressAtMs = atMs;
    live.line = line;
  }

  /** Directories that it knows of and has not begun, and for how long it runs. */
  pendingOf(key: string, atMs: number): { pending: number; ranMs: number } {
    const live = this.#running.get(key);
    return { pending: live?.line?.dirsPending ?? 0, ranMs: live === undefined ? 0 : atMs - live.startedAtMs };
  }

  /** A scan goes on: what is merged, and how its chunks ended. The open ones are added as chunks are. */
  resumed(opened: Pick<OpenedScan, 'merged' | 'ended'>): void {
    const { merged, ended } = opened;
    this.#files += merged.files;
    this.#directories += merged.directories;
    this.#bytes += merged.bytes;
    this.#failedDirectories += merged.failedDirectories;
    this.#plannedEntries += merged.entries;
    this.#doneEntries += merged.entries;
    this.#chunks.planned += ended.done + ended.failed;
    this.#chunks.done += ended.done;
    this.#chunks.failed += ended.failed;
  }

  /** Files a second of one worker since this was last asked, at first since it started. */
  workerRate(key: string, atMs: number): number {
    const live = this.#running.get(key);
    if (live === undefined) return 0;
    const before = live.rated;
    live.rated = { atMs, files: live.line?.files ?? 0 };
    return atMs <= before.atMs ? 0 : ((live.rated.files - before.files) * 1000) / (atMs - before.atMs);
  }

  /** The worker has ended; its slot is free while what it found is merged. */
  workerEnded(key: string): void {
    const live = this.#running.get(key);
    if (live?.phase !== 'running') return;
    live.phase = 'merging';
    this.#move('running', 'merging');
  }

  measured(key: string): void {
    this.#running.delete(key);
  }

  harvested(key: string, chunk: ChunkRow, reply: HarvestReply): void {
    this.#ended(key, chunk, reply.chunk.state);
    this.#files += reply.merged.files;
    this.#directories += reply.merged.directories;
    this.#bytes += reply.merged.bytes;
    this.#failedDirectories += reply.merged.failedDirectories;
    this.chunksAdded(reply.children);
  }

  failed(key: string, before: ChunkRow, after: ChunkRow): void {
    this.#ended(key, before, after.state);
  }

  released(key: string): void {
    const live = this.#take(key);
    if (live !== undefined) this.#move(live.phase, 'queued');
  }

  /** It was queued, and somebody asked that it isn't tried. */
  chunkStopped(chunk: ChunkRow): void {
    this.#move('queued', 'failed');
    if (chunk.entries === null) this.#unknownChunks -= 1;
    else this.#doneEntries += chunk.entries;
  }

  retryDue(): void {
    this.#move('waiting', 'queued');
  }

  problem(problem: ScanProblem): void {
    this.#problems.push(problem);
    if (this.#problems.length > MAX_PROBLEMS) this.#problems.shift();
  }

  get chunks(): ScanSnapshot['chunks'] {
    return { ...this.#chunks, paused: this.paused };
  }

  /** Everything that a snapshot says about numbers. `now`: monotonic ms for the rate; `nowMs`: stamp for waits. */
  view(now: number, nowMs: number, planning: boolean): ProgressView {
    let files = this.#files;
    let directories = this.#directories;
    let bytes = this.#bytes;
    let failedDirectories = this.#failedDirectories;
    let runningEntries = 0;
    const running: RunningChunk[] = [];
    for (const live of this.#running.values()) {
      if (live.role === 'worker' && live.line !== null) {
        files += live.line.files;
        directories += live.line.dirsScanned;
        bytes += live.line.bytes;
        failedDirectories += live.line.dirsFailed;
        runningEntries += Math.min(live.line.entries, live.chunk.entries ?? live.line.entries);
      } else if (live.role === 'measure' && live.line !== null) {
        this.measuredEntries = live.line.entries;
      }
      running.push(toRunning(live));
    }
    const filesPerSecond = this.#rate(now, files);
    const sized = !planning && this.#unknownChunks === 0 && this.#plannedEntries > 0;
    const fraction = sized ? Math.min(1, (this.#doneEntries + runningEntries) / this.#plannedEntries) : null;
    const left = fraction === null ? null : (1 - fraction) * this.#plannedEntries;
    const etaMs = left === null || filesPerSecond <= 0 ? null : Math.round((left / filesPerSecond) * 1000);
    return {
      files,
      directories,
      bytes,
      failedDirectories,
      filesPerSecond,
      measuredEntries: this.measuredEntries,
      fraction,
      etaMs,
      chunks: this.chunks,
      running: running.sort(
        (a, b) =>
          Number(a.phase === 'merging') - Number(b.phase === 'merging') ||
          a.startedAtMs - b.startedAtMs ||
          a.chunkId - b.chunkId,
      ),
      problems: [...this.#problems],
      updatedAtMs: nowMs,
    };
  }

  #rate(now: number, files: number): number {
    this.#samples.push({ at: now, files });
    while ((this.#samples[0]?.at ?? now) < now - RATE_WINDOW_MS && this.#samples.length > 2) this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || now - first.at < 1) return 0;
    return Math.max(0, ((files - first.files) * 1000) / (now - first.at));
  }

  #take(key: string): Live | undefined {
    const live = this.#running.get(key);
    this.#running.delete(key);
    return live;
  }

  #ended(key: string, before: ChunkRow, state: ChunkRow['state']): void {
    const live = this.#take(key);
    if (live === undefined || state === 'running' || state === 'queued') return;
    this.#move(live.phase, state);
    if (state === 'waiting') return;
    if (before.entries === null) this.#unknownChunks -= 1;
    else this.#doneEntries += before.entries;
  }

  #move(from: Counted, to: Counted): void {
    this.#chunks[from] -= 1;
    this.#chunks[to] += 1;
  }
}

type Counted = Exclude<keyof ScanSnapshot['chunks'], 'planned' | 'paused'>;

export interface ProgressView {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly failedDirectories: number;
  readonly filesPerSecond: number;
  readonly measuredEntries: number | null;
  readonly fraction: number | null;
  readonly etaMs: number | null;
  readonly chunks: ScanSnapshot['chunks'];
  readonly running: readonly RunningChunk[];
  readonly problems: readonly ScanProblem[];
  readonly updatedAtMs: number;
}

function toRunning(live: Live): RunningChunk {
  const longest = live.line?.waitingOn[0];
  const path: Name | null = longest?.path ?? null;
  return {
    chunkId: live.chunk.id,
    attempt: live.number,
    label: live.chunk.label,
    rootCount: live.chunk.rootCount,
    role: live.role,
    phase: live.phase,
    startedAtMs: live.startedAtMs,
    files: live.line?.files ?? 0,
    entries: live.line?.entries ?? 0,
    path,
    syscall: longest?.syscall ?? null,
    waitingMs: longest?.sinceMs ?? 0,
    large: live.line?.large ?? null,
    lastProgressAtMs: live.lastProgressAtMs,
  };
}
