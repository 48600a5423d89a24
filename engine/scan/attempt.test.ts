import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SmartScannerError } from '../../shared/errors.ts';
import { defaultSettings } from '../../shared/settings.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { SPOOL_FILES, WORKER_EXIT } from '../../shared/worker-protocol.ts';
import type { AttemptEnd, CatalogClient, ChunkRow, HarvestReply } from '../catalog/api.ts';
import type { AttemptRef, AttemptStatus, FetchedFile, Runtime } from '../runtime/runtime.ts';
import { Attempt, type AttemptOutcome } from './attempt.ts';
import type { Clock } from './clock.ts';
import type { ScanContext } from './context.ts';
import { PATIENCE } from './supervisor.ts';

const REF: AttemptRef = { runtime: 'docker', node: 'n', attempt: 'a', id: 'c', spool: 's' };
const CHUNK: ChunkRow = {
  id: 7,
  scanId: 'scan',
  state: 'running',
  parentChunk: null,
  bytes: null,
  entries: null,
  rootCount: 1,
  label: '',
  firstMode: 'subtree',
  attempts: 1,
  failures: 0,
  reason: null,
  alone: false,
  strikes: 0,
  last: false,
};
const EXITED: AttemptStatus = {
  state: 'exited',
  exitCode: 139,
  oomKilled: false,
  health: null,
  startedAtMs: 1,
  finishedAtMs: 2,
  error: null,
  raw: { Pid: 1 },
};

/** Time that passes only while somebody waits for it. */
function heldClock(): Clock {
  let ms = 0;
  return {
    now: () => ms,
    monotonic: () => ms,
    delay: (wait) => {
      ms += wait;
      return Promise.resolve();
    },
  };
}

interface Tried {
  readonly outcome: AttemptOutcome;
  readonly ends: readonly AttemptEnd[];
  readonly log: readonly string[];
  readonly removed: number;
  readonly tookMs: number;
}

/** One attempt whose runtime does what `runtime` says, and whose catalog only remembers how it ended. */
async function attempt(runtime: Partial<Runtime>, catalog: Partial<CatalogClient> = {}): Promise<Tried> {
  const clock = heldClock();
  const ends: AttemptEnd[] = [];
  const log: string[] = [];
  let removed = 0;
  const write = (line: string): void => void log.push(line);
  const context = {
    clock,
    newId: () => 'a',
    host: { losses: 0, lostAtMs: null, onChange: () => undefined },
    settings: defaultSettings(),
    setAside: [],
    tuning: { limits: { cpus: 1, memoryBytes: 1 }, threads: 1, patience: PATIENCE },
    info: { ids: ['daemon'] },
    fetchDir: temporaryDirectory(),
    log: { info: write, warn: write, error: write },
    catalog: {
      startAttempt: () => Promise.resolve({ roots: [] }),
      attemptStarted: () => Promise.resolve(null),
      attemptFailed: ({ end }: { end: AttemptEnd }) => {
        ends.push(end);
        return Promise.resolve({ chunk: { ...CHUNK, state: 'waiting' } });
      },
      harvest: () => Promise.reject(new SmartScannerError('SHARD_DAMAGED', 'It is not a shard.')),
      ...catalog,
    },
    runtime: {
      kind: 'docker',
      start: () => Promise.resolve(REF),
      async *lines() {
        // None came.
      },
      waitForEnd: () => Promise.resolve(),
      inspect: () => Promise.resolve(EXITED),
      fetch: () => Promise.resolve([]),
      logs: () => Promise.resolve(''),
      remove: () => {
        removed += 1;
        return Promise.resolve();
      },
      ...runtime,
    },
  } as unknown as ScanContext;
  const plan = {
    chunk: CHUNK,
    budget: { entries: null, bytes: null, timeMs: null, pendingDirs: null },
    threads: 1,
    givesWay: false,
    limits: { cpus: 1, memoryBytes: 1, priority: { cpuShares: 512, ioWeight: 250, niceness: 5 } },
    order: 'depth',
  } as const;
  const tried = new Attempt(
    context,
    { ...plan, remainderParts: 1 },
    { progress: () => undefined, workerEnded: () => undefined },
  );
  const outcome = await tried.run();
  return { outcome, ends, log, removed, tookMs: clock.monotonic() };
}

const SHARD: FetchedFile = { name: SPOOL_FILES.shard, path: '/spool/shard.db', bytes: 0, copied: false };
const REPLY: HarvestReply = {
  chunk: { ...CHUNK, state: 'done' },
  children: [],
  merged: { files: 1, directories: 1, failedDirectories: 0, failedEntries: 0, vanished: 0, bytes: 1 },
  failures: [],
  suspects: [],
  durationMs: 1,
};
const full = (): Error => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
const spoolFull = (): Promise<AttemptStatus> => Promise.resolve({ ...EXITED, exitCode: WORKER_EXIT.spoolFull });
const gone = (): Promise<never> => Promise.reject(new SmartScannerError('DOCKER_UNREACHABLE', 'No daemon answers.'));

describe('an attempt', () => {
  it('whose host stops answering is given up as lost after two minutes, which blames nobody', async () => {
    const { outcome, ends, removed, tookMs } = await attempt({ inspect: gone });
    expect(outcome.type).toBe('failed');
    expect(ends).toEqual([expect.objectContaining({ outcome: 'lost', code: 'DEADLINE', exitCode: null })]);
    expect(ends[0]?.reason).toContain('No daemon answers.');
    expect(removed).toBe(1);
    expect(tookMs).toBeGreaterThanOrEqual(120_000);
    expect(tookMs).toBeLessThan(130_000);
  });

  it('goes on when its host answers again in time', async () => {
    let asked = 0;
    const { ends } = await attempt({ inspect: () => ((asked += 1) < 50 ? gone() : Promise.resolve(EXITED)) });
    expect(ends).toEqual([expect.objectContaining({ outcome: 'crashed', exitCode: 139 })]);
  });

  it('that finds no daemon to start its worker is lost, not failed', async () => {
    const { ends, log } = await attempt({ start: gone });
    expect(ends).toEqual([expect.objectContaining({ outcome: 'lost', code: 'DOCKER_UNREACHABLE' })]);
    expect(log.join()).toContain('Failed to start container');
  });

  it.each<[string, Partial<Runtime>, string | null]>([
    ['job can not be written', { start: () => Promise.reject(full()) }, 'start-failed'],
    ['shard can not be fetched', { fetch: () => Promise.reject(full()) }, 'crashed'],
    ['shard could not be begun', { inspect: spoolFull, fetch: () => Promise.resolve([SHARD]) }, 'spool'],
  ])('whose %s because a disk is full says that, whatever else it looks like', async (_what, runtime, outcome) => {
    const { ends, removed } = await attempt(runtime);
    expect(ends).toEqual([expect.objectContaining({ outcome, code: 'DISK_FULL' })]);
    expect(ends[0]?.reason).toMatch(/no space left on device|its disk is full/);
    expect(removed).toBe(outcome === 'start-failed' ? 0 : 1);
  });

  it('whose start can not be noted leaves no worker behind', async () => {
    let removed = 0;
    const failing = attempt(
      { remove: () => Promise.resolve(void (removed += 1)) },
      { attemptStarted: () => Promise.reject(new SmartScannerError('DISK_FULL', 'The disk is full.')) },
    );
    await expect(failing).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(removed).toBe(1);
  });

  it.each([[{ files: 3, dirsScanned: 2 }], [null]])(
    'has merged what its worker counted, or is told: %j',
    async (counted) => {
      const path = join(temporaryDirectory(), SPOOL_FILES.result);
      const rest = { entries: 4, subdirs: 1, excluded: 0, failed: 0, vanished: 0, dirsFailed: 0, dirsVanished: 0 };
      const more = { dirsExcluded: 0, dirsPending: 0, sizeBytes: '0', allocatedBytes: '0' };
      const totals = counted === null ? {} : { totals: { ...counted, ...rest, ...more } };
      const line = { type: 'result', kind: 'scan', exit: 0, reason: 'finished', durationMs: 1, ...totals };
      writeFileSync(path, JSON.stringify(line));
      const result = { name: SPOOL_FILES.result, path, bytes: 1, copied: false };
      const asked: unknown[] = [];
      const { ends } = await attempt(
        { fetch: () => Promise.resolve([SHARD, result]) },
        {
          harvest: (request) => {
            asked.push(request.totals);
            return Promise.reject(new SmartScannerError('SHARD_DISAGREES', 'One more was merged.'));
          },
        },
      );
      expect(asked).toEqual([counted === null ? null : expect.objectContaining(counted)]);
      expect(ends).toEqual([expect.objectContaining({ code: 'SHARD_DISAGREES', reason: 'One more was merged.' })]);
    },
  );

  it('whose shard changed on its way fetches it once more, and fails only where it is damaged again', async () => {
    const far = { ...SHARD, copied: true };
    const merging = async (good: number): Promise<{ fetched: number; type: string; log: string }> => {
      let fetched = 0;
      let merged = 0;
      const damaged = new SmartScannerError('SHARD_DAMAGED', 'It changed on its way.');
      const { outcome, log } = await attempt(
        {
          fetch: (_ref, names) => {
            fetched += names.includes(SPOOL_FILES.shard) ? 1 : 0;
            return Promise.resolve(names.includes(SPOOL_FILES.shard) ? [far] : []);
          },
        },
        { harvest: () => ((merged += 1) < good ? Promise.reject(damaged) : Promise.resolve(REPLY)) },
      );
      return { fetched, type: outcome.type, log: log.join() };
    };
    const once = await merging(2);
    expect(once).toMatchObject({ fetched: 2, type: 'harvested' });
    expect(once.log).toContain('Chunk 7: It changed on its way. It is fetched once more.');
    expect(await merging(3)).toMatchObject({ fetched: 2, type: 'failed' });
  });

  it('that fails has all of its output and its inspect in the scan log', async () => {
    const output = Array.from({ length: 200_000 }, (_, line) => `line ${line}`).join('\n');
    const { log } = await attempt({ logs: (_ref, maxBytes) => Promise.resolve(output.slice(-maxBytes)) });
    expect(log).toContain('CONTAINER LOG chunk 7: line 0');
    expect(log).toContain('CONTAINER LOG chunk 7: line 199999');
    expect(log).toContain('INSPECT chunk 7: {"Pid":1}');
  });
});
