import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import type { ScanRow } from '../../shared/inventory.ts';
import type { AttemptLabels, FoundAttempt, Runtime } from '../runtime/runtime.ts';
import type { CleanupReport } from './app.ts';
import { cleanup } from './cleanup.ts';
import { HeardOwners } from './cleanup-leases.ts';
import { placesOf } from './places.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const OPEN = { mountName: 'M', owner: 'me@here', startedAtMs: NOW - MINUTE };

function attempt(scan: string | null, state: FoundAttempt['state'], ageMs: number): FoundAttempt {
  const id = `${scan ?? 'nobody'} ${state} ${ageMs}`;
  const labels: AttemptLabels = {
    host: 'h',
    scan: scan ?? '',
    chunk: '1',
    attempt: id,
    role: 'worker',
    owner: 'me@here',
  };
  return {
    ref: { runtime: 'docker', node: 'n', attempt: id, id, spool: '' },
    labels: scan === null ? null : labels,
    state,
    createdAtMs: NOW - ageMs,
    spoolBytes: null,
  };
}

/** Cleans up behind a catalog that knows one scan that runs and one that doesn't. */
async function clean(found: readonly FoundAttempt[]): Promise<{ report: CleanupReport; removed: string[] }> {
  const removed: string[] = [];
  const runtime: Pick<Runtime, 'list' | 'remove' | 'leases'> = {
    leases: null,
    list: () => Promise.resolve([...found]),
    remove: (ref) => {
      removed.push(ref.id);
      return Promise.resolve();
    },
  };
  const catalog = {
    openScans: () =>
      Promise.resolve({
        scans: [
          { ...OPEN, scanId: 'live', alive: true },
          { ...OPEN, scanId: 'dead', alive: false },
        ],
      }),
    scans: () => Promise.resolve({ scans: ['live', 'dead'].map((scanId) => ({ scanId }) as ScanRow) }),
  };
  const dir = temporaryDirectory();
  const places = placesOf(dir, 'smart_catalog.db');
  for (const name of ['notes', '0198b4f3-0000-7000-8000-00000000000a'])
    mkdirSync(join(places.fetched, name), { recursive: true });
  const report = await cleanup(
    {
      runtimes: [runtime as Runtime],
      catalog,
      places,
      owner: 'me@here',
      heard: new HeardOwners(),
      nowMs: NOW,
      isHere: true,
    },
    true,
  );
  return { report, removed };
}

it('never stops what runs for a scan that it knows nothing of: it belongs to somebody else', async () => {
  const others = ['elsewhere', 'none', null].map((scan) => attempt(scan, 'running', 48 * 60 * MINUTE));
  const { report, removed } = await clean(others);
  expect(removed).toEqual([]);
  expect(report.items.filter(({ kind }) => kind === 'container').map(({ keptBecause }) => keptBecause)).toEqual([
    'it runs and belongs to another computer or data directory',
    'it runs for a check or a plan',
    'it runs and belongs to another computer or data directory',
  ]);
});

it('removes what has ended for an unknown scan after an hour, not before', async () => {
  const young = (['exited', 'created', 'gone'] as const).map((state) => attempt('elsewhere', state, 59 * MINUTE));
  const old = (['exited', 'created', 'gone'] as const).map((state) => attempt('elsewhere', state, 61 * MINUTE));
  expect((await clean([...young, ...old])).removed).toEqual(old.map(({ ref }) => ref.id));
});

it('removes at once what a scan of this catalog left, also what still runs, and leaves that of a running one', async () => {
  const left = [attempt('dead', 'running', 1000), attempt('dead', 'exited', 1000)];
  const held = [attempt('live', 'running', 120 * MINUTE), attempt('live', 'exited', 120 * MINUTE)];
  expect((await clean([...held, ...left])).removed).toEqual(left.map(({ ref }) => ref.id));
});

it('counts as a fetched shard only what is named like an attempt', async () => {
  const { report } = await clean([]);
  expect(report.items.map(({ id }) => id)).toEqual(['0198b4f3-0000-7000-8000-00000000000a']);
});
