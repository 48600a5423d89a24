import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../shared/errors.ts';
import type { ScanSnapshot } from '../../shared/snapshot.ts';
import { makePlainTree } from '../fixtures/plain-tree.ts';
import { cli, startCli } from '../support/cli.ts';
import {
  expectNobodyBlamed,
  expectUnharmed,
  Fault,
  IN_FULL,
  rows,
  undisturbed,
  type ScanSums,
} from '../support/faults.ts';
import { childrenOf } from '../support/processes.ts';
import { between, pick } from '../support/random.ts';
import { describeWithRuntimes } from '../support/runtimes.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { nodeWith, preloadOf, tuned } from '../support/tuned.ts';

const HOUR_MS = 3_600_000;
const STALL_SECONDS = 4;
/** Longer than each timeout, even that of a container that takes long to end on a busy machine; in full, longer than a host may be unseen. */
const STOPPED_MS = IN_FULL ? 130_000 : 13_000;
const PATIENCE = { tuning: { patience: { beyondWorkerMs: 6_000, askedMs: 5_000, killedMs: 10_000 } } };
const mount = join(temporaryDirectory(), 'mount');
let sums: ScanSums = {};

beforeAll(async () => {
  makePlainTree(mount, 300, 40);
  sums = await undisturbed(mount);
});

const SMALL = ['--chunk-files', '800', '--max-containers', '2', '--stall-timeout', String(STALL_SECONDS)];

describeWithRuntimes('SIGSTOP of the orchestrator', (runtime) => {
  it('for longer than every timeout: no false stall, and the scan stays its own', { timeout: 900_000 }, async () => {
    const fault = new Fault(`SIGSTOP of the orchestrator (${runtime.kind})`);
    const dataDir = temporaryDirectory();
    const begin = ['scan', mount, 'M', '--data-dir', dataDir, ...runtime.args, ...SMALL, '--measure'];
    const running = startCli(begin, tuned(PATIENCE, { ...runtime.options, deadlineMs: 850_000 }));
    await running.said(`Chunk ${Math.ceil(between(fault.next, 0, 6))} starts`);
    await delay(between(fault.next, 0, 500));
    const pid = running.child.pid ?? 0;
    // A laptop that sleeps stops all of them; a debugger or a terminal only one.
    const withCatalog = next(fault);
    const stopped = withCatalog ? [pid, ...childrenOf(pid, 'catalog.mjs')] : [pid];
    for (const one of stopped) process.kill(one, 'SIGSTOP');
    const began = performance.now();
    const refused = await cli(begin, runtime.options);
    expect(refused).toMatchObject({ status: EXIT.notStarted });
    expect(refused.err).toContain('SCAN_RUNNING');
    await delay(Math.max(0, STOPPED_MS - (performance.now() - began)));
    for (const one of stopped) process.kill(one, 'SIGCONT');
    const { status, out, err } = await running.done;
    expect({ status, err }, out).toEqual({ status: EXIT.covered, err: '' });
    expect(out).not.toContain('STALL');
    expectUnharmed(dataDir, 'M', mount, sums);
    expectNobodyBlamed(dataDir);
    expect(rows(dataDir, "SELECT id FROM attempts WHERE outcome NOT IN ('finished', 'remainder')")).toEqual([]);
    fault.injected(1, `${STOPPED_MS / 1000} s${withCatalog ? ', with its catalog process' : ''}`);
  });
});

function next(fault: Fault): boolean {
  return fault.next() < 0.5;
}

describe('a clock that is stepped by an hour (process)', () => {
  it('makes no stall and no negative duration', { timeout: 330_000 }, async () => {
    const fault = new Fault('clock stepped by an hour (process)');
    const dir = temporaryDirectory();
    const dataDir = join(dir, 'data');
    const step = {
      CLOCK_STEP_FILE: join(dir, 'now'),
      CLOCK_STEP_LOG: join(dir, 'lived'),
      CLOCK_STEP_MS: String(pick(fault.next, [HOUR_MS, -HOUR_MS])),
    };
    const options = tuned({ ...PATIENCE, workerNode: nodeWith(dir, 'stepped-clock', step) }, { deadlineMs: 300_000 });
    const running = startCli(
      ['scan', mount, 'M', '--data-dir', dataDir, '--runtime', 'process', ...SMALL, '--measure', '--json'],
      { ...options, env: { ...options.env, ...step, NODE_OPTIONS: `--require="${preloadOf('stepped-clock')}"` } },
    );
    await running.said(`Chunk ${Math.ceil(between(fault.next, 0, 4))} starts`);
    await delay(between(fault.next, 0, 300));
    writeFileSync(step.CLOCK_STEP_FILE, '');
    const scan = await running.done;
    expect(scan.status, scan.err).toBe(EXIT.covered);
    const events = scan.out
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { event: string; snapshot?: ScanSnapshot; durationMs?: number; text?: string },
      );
    expect(events.at(-1)?.durationMs).toBeGreaterThanOrEqual(0);
    for (const { snapshot } of events) {
      if (snapshot === undefined) continue;
      expect(snapshot.updatedAtMs).toBeGreaterThanOrEqual(snapshot.startedAtMs);
      expect(snapshot.etaMs ?? 0).toBeGreaterThanOrEqual(0);
      for (const chunk of snapshot.running) {
        expect(chunk.waitingMs).toBeGreaterThanOrEqual(0);
        expect(snapshot.updatedAtMs).toBeGreaterThanOrEqual(chunk.startedAtMs);
      }
    }
    expect(events.filter(({ text }) => text?.includes('STALL'))).toEqual([]);
    expect(rows(dataDir, 'SELECT id FROM attempts WHERE ended < started')).toEqual([]);
    expect(rows(dataDir, 'SELECT id FROM scans WHERE finished < started')).toEqual([]);
    expectUnharmed(dataDir, 'M', mount, sums);
    expectNobodyBlamed(dataDir);
    const processes = readFileSync(step.CLOCK_STEP_LOG, 'utf8');
    expect(processes).toMatch(/^lived .*tuned-cli\.cjs scan$/m);
    expect(processes).toMatch(/^lived .*catalog\.mjs/m);
    expect(processes).toMatch(/worker\.cjs scan$/m);
    fault.injected(1, `by ${Number(step.CLOCK_STEP_MS) / HOUR_MS} h`);
  });
});
