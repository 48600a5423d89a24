import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePlainTree } from '../fixtures/plain-tree.ts';
import { cli, startCli } from '../support/cli.ts';
import {
  expectNobodyBlamed,
  expectUnharmed,
  Fault,
  IN_FULL,
  outcomes,
  rows,
  undisturbed,
  type ScanSums,
} from '../support/faults.ts';
import { between } from '../support/random.ts';
import { describeWithRuntimes } from '../support/runtimes.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { nodeWith, tuned } from '../support/tuned.ts';
import { runningWorkers } from '../support/workers.ts';

const KILLS = IN_FULL ? 20 : 8;
const mount = join(temporaryDirectory(), 'mount');
let sums: ScanSums = {};

beforeAll(async () => {
  makePlainTree(mount, 300, 80);
  sums = await undisturbed(mount);
});

describeWithRuntimes('SIGKILL to a worker', (runtime) => {
  it('at random moments: what it had is kept, the rest is tried again, and no directory is blamed', async () => {
    const fault = new Fault(`SIGKILL to a worker (${runtime.kind})`);
    const dataDir = temporaryDirectory();
    const args = ['--chunk-files', '1500', '--max-containers', '2', '--retries', '30', '--measure'];
    const running = startCli(
      ['scan', mount, 'M', '--data-dir', dataDir, ...runtime.args, ...args],
      tuned({ tuning: { retryBaseMs: 100 } }, { ...runtime.options, deadlineMs: 200_000 }),
    );
    const ended = running.done.then(() => true);
    const killed = new Set<string>();
    while (killed.size < KILLS && !(await Promise.race([ended, delay(between(fault.next, 20, 200), false)]))) {
      const workers = (await runningWorkers(runtime, dataDir)).filter(({ role }) => role === 'worker');
      const victim = workers[Math.floor(fault.next() * workers.length)];
      await victim?.kill().then(
        () => killed.add(victim.attempt),
        // It ended in between.
        () => undefined,
      );
    }
    expect((await running.done).status).toBe(0);
    expect(killed.size).toBeGreaterThan(0);
    expectUnharmed(dataDir, 'M', mount, sums);
    expectNobodyBlamed(dataDir);
    const recorded = rows(dataDir, "SELECT id FROM attempts WHERE outcome IN ('killed', 'lost')").length;
    // Some had told their result when they were killed.
    expect(recorded).toBeGreaterThan(0);
    expect(recorded).toBeLessThanOrEqual(killed.size);
    fault.injected(killed.size, outcomes(dataDir));
  });
});

describe('exit 1 of workers at random (process)', () => {
  it('costs a try: what they were reading is tried alone, found well, and nothing is set aside', async () => {
    const fault = new Fault('exit 1 of a worker (process)');
    const dir = temporaryDirectory();
    const dataDir = join(dir, 'data');
    const log = join(dir, 'exits');
    writeFileSync(log, '');
    const workerNode = nodeWith(dir, 'faulty-worker', {
      FAULT_KIND: 'exit',
      FAULT_SHARE: '0.4',
      FAULT_WITHIN_MS: '250',
      FAULT_SEED: String(fault.next()),
      FAULT_LOG: log,
    });
    const args = ['--chunk-files', '1500', '--max-containers', '2', '--retries', '30', '--runtime', 'process'];
    const scan = await cli(
      ['scan', mount, 'M', '--data-dir', dataDir, ...args],
      tuned({ workerNode, tuning: { retryBaseMs: 100 } }, { deadlineMs: 200_000 }),
    );
    expect(scan.status, scan.out).toBe(0);
    expectUnharmed(dataDir, 'M', mount, sums);
    expect(rows(dataDir, 'SELECT * FROM quarantine')).toEqual([]);
    const exits = readFileSync(log, 'utf8').trim().split('\n');
    const recorded = rows(dataDir, "SELECT id FROM attempts WHERE outcome = 'crashed' AND exit_code = 1").length;
    expect(recorded).toBeGreaterThan(0);
    expect(recorded).toBeLessThanOrEqual(exits.length);
    fault.injected(exits.length, outcomes(dataDir));
  });
});
