import { linkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { EXIT } from '../../shared/errors.ts';
import { makePlainTree } from '../fixtures/plain-tree.ts';
import { catalogValue } from '../support/catalog-rows.ts';
import { cli, startCli, type RunningCli } from '../support/cli.ts';
import { expectNobodyBlamed, expectUnharmed, Fault, IN_FULL, undisturbed, type ScanSums } from '../support/faults.ts';
import { between, pick, type Random } from '../support/random.ts';
import { describeWithRuntimes, type TestRuntime } from '../support/runtimes.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { runningWorkers } from '../support/workers.ts';

const mount = join(temporaryDirectory(), 'mount');
let sums: ScanSums = {};

beforeAll(async () => {
  makePlainTree(mount, 200, 30);
  // One inode below several chunks: charged once, whichever of them is merged last.
  for (let at = 0; at < 50; at += 1)
    linkSync(join(mount, 'group-0', 'dir-0', 'file-6.txt'), join(mount, `group-${at % 20}`, `link-${at}`));
  sums = await undisturbed(mount);
});

type Phase = 'any' | 'plan' | 'scan' | 'merge' | 'close';

/** Settles somewhere in this phase of a scan that speaks JSON, or when it has ended. */
async function reach(phase: Phase, running: RunningCli, next: Random): Promise<void> {
  const said = (text: string): Promise<void> => running.said(text).catch(() => undefined);
  switch (phase) {
    case 'any':
      await Promise.race([delay(between(next, 200, 2_500)), running.done]);
      return;
    case 'plan':
      await said('PLAN measuring');
      await delay(between(next, 0, 300));
      return;
    case 'scan':
      await said(next() < 0.5 ? ' starts: group' : ' is taken over');
      await delay(between(next, 0, 600));
      return;
    case 'merge':
      await said('"merging":1');
      await delay(between(next, 0, 40));
      return;
    case 'close':
      await said('"phase":"closing"');
      await delay(between(next, 0, 60));
      return;
  }
}

describeWithRuntimes('SIGKILL to the orchestrator', (runtime) => {
  // Twenty in `npm test`, most of them where a scan costs less.
  const KILLS = IN_FULL ? 20 : runtime.kind === 'process' ? 13 : 7;
  const begin = (dataDir: string): string[] =>
    ['scan', mount, 'M', '--data-dir', dataDir, '--chunk-files', '400', '--max-containers', '2', '--json'].concat(
      runtime.args,
    );
  const resume = (dataDir: string): string[] => ['scan', '--resume', '--data-dir', dataDir, '--json'];

  it(`at ${KILLS} moments of planning, scanning, merging and closing: each time it goes on`, async () => {
    const fault = new Fault(`SIGKILL to the orchestrator (${runtime.kind})`);
    const phases = new Map<Phase, number>();
    let scans = 0;
    for (let kills = 0; kills < KILLS;) {
      const dataDir = temporaryDirectory();
      // A few at each scan: one that is killed again and again is another test than one that is killed in its first second.
      const atMost = kills + Math.ceil(between(fault.next, 1, 8));
      while (kills < Math.min(KILLS, atMost)) {
        const phase = pick<Phase>(fault.next, ['any', 'plan', 'scan', 'merge', 'close']);
        const running = startCli(isKnown(dataDir) ? resume(dataDir) : begin(dataDir), runtime.options);
        await reach(phase, running, fault.next);
        if (!running.child.kill('SIGKILL')) break;
        await running.done;
        kills += 1;
        phases.set(phase, (phases.get(phase) ?? 0) + 1);
        if (isOver(dataDir)) break;
      }
      scans += 1;
      await finish(dataDir, runtime);
      expectUnharmed(dataDir, 'M', mount, sums);
      expectNobodyBlamed(dataDir);
      expect(await runningWorkers(runtime, dataDir)).toEqual([]);
    }
    fault.injected(KILLS, `${scans} scans; ${[...phases].map(([phase, count]) => `${phase} ${count}`).join(', ')}`);
  }, 2_400_000);

  /** Goes on with what was killed last, unless it had ended all the same (its catalog process ends the call that it is in). */
  async function finish(dataDir: string, { options }: TestRuntime): Promise<void> {
    const last = await cli(isKnown(dataDir) ? resume(dataDir) : begin(dataDir), options);
    if (!last.out.includes('NO_SUCH_SCAN')) expect(last).toMatchObject({ status: EXIT.covered });
    expect(catalogValue(dataDir, "SELECT count(*) FROM scans WHERE state = 'finished'")).toBe(1);
    await cli(['cleanup', '--yes', '--data-dir', dataDir], options);
  }
});

/** It may have been killed before there was a catalog, or a scan in it. */
function isKnown(dataDir: string): boolean {
  return value(dataDir, 'SELECT count(*) FROM scans') > 0;
}

function isOver(dataDir: string): boolean {
  return value(dataDir, "SELECT count(*) FROM scans WHERE state = 'finished'") > 0;
}

function value(dataDir: string, sql: string): number {
  try {
    return Number(catalogValue(dataDir, sql));
  } catch {
    return 0;
  }
}
