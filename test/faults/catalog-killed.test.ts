import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { EXIT } from '../../shared/errors.ts';
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
import { between } from '../support/random.ts';
import { describeWithRuntimes } from '../support/runtimes.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { runningWorkers } from '../support/workers.ts';

const KILLS = IN_FULL ? 6 : 3;
const mount = join(temporaryDirectory(), 'mount');
let sums: ScanSums = {};

beforeAll(async () => {
  makePlainTree(mount, 400, 60);
  sums = await undisturbed(mount);
});

describeWithRuntimes('SIGKILL to the catalog process', (runtime) => {
  it('ends the scan with exit 3; its workers go on, and --resume takes them up', async () => {
    const fault = new Fault(`SIGKILL to the catalog process (${runtime.kind})`);
    const dataDir = temporaryDirectory();
    const args = ['--data-dir', dataDir];
    const begin = ['scan', mount, 'M', ...args, ...runtime.args, '--chunk-files', '2500', '--max-containers', '2'];
    let kills = 0;
    let command = begin;
    while (kills < KILLS) {
      const running = startCli(command, runtime.options);
      const began = await running.said('Chunk ').then(
        () => true,
        () => false,
      );
      await Promise.race([delay(between(fault.next, 0, 700)), running.done]);
      const [catalog] = childrenOf(running.child.pid ?? 0, 'catalog.mjs');
      // It may have ended by itself.
      if (!began || catalog === undefined) break;
      process.kill(catalog, 'SIGKILL');
      const { status, err } = await running.done;
      expect(status, err).toBe(EXIT.notStarted);
      expect(err).toContain('CATALOG_GONE');
      kills += 1;
      command = ['scan', '--resume', ...args];
    }
    expect(kills).toBeGreaterThan(0);
    const last = await cli(['scan', '--resume', ...args], runtime.options);
    if (!last.err.includes('NO_SUCH_SCAN')) expect(last).toMatchObject({ status: EXIT.covered });
    expectUnharmed(dataDir, 'M', mount, sums);
    expectNobodyBlamed(dataDir);
    // None was ended for it: each was found again, or had ended by then.
    expect(rows(dataDir, "SELECT outcome FROM attempts WHERE outcome IN ('stopped', 'killed', 'crashed')")).toEqual([]);
    await cli(['cleanup', '--yes', ...args], runtime.options);
    expect(await runningWorkers(runtime, dataDir)).toEqual([]);
    fault.injected(kills);
  });
});
