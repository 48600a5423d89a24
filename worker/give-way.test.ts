import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { SPOOL_FILES } from '../shared/worker-protocol.ts';
import { makePlainTree } from '../test/fixtures/plain-tree.ts';
import { temporaryDirectory } from '../test/support/temporary.ts';
import { jobOf, startWorker, worker } from '../test/support/worker.ts';
import { Pace } from './pace.ts';
import { SharedState, STOP } from './slots.ts';

describe('a worker that gives way', () => {
  it.skipIf(!existsSync('/proc/stat'))('sees that others use the processors, says so, and loses nothing', async () => {
    const dir = temporaryDirectory();
    const tree = makePlainTree(join(dir, 'tree'), 20, 10);
    const spool = join(dir, 'spool');
    mkdirSync(spool);
    // Its last file waits for somebody who reads it: so it lives as long as this test needs it.
    execFileSync('mkfifo', [join(spool, SPOOL_FILES.result)]);
    const others = Array.from({ length: availableParallelism() }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    );
    try {
      const held = startWorker('scan', jobOf('scan', tree, { spool, threads: 1, givesWay: true }));
      await held.saw('progress', (line) => line.type === 'progress' && line.givesWay === true);
      held.child.kill('SIGKILL');
      await held.done;
      const { status, result } = await worker('scan', jobOf('scan', tree, { threads: 1, givesWay: true }));
      expect(status).toBe(0);
      expect(result?.totals).toMatchObject({ files: 200, dirsFailed: 0, dirsPending: 0 });
    } finally {
      for (const other of others) other.kill('SIGKILL');
    }
  });
});

describe('the pace of a walker', () => {
  const WORK_MS = 10;
  const work = (pace: Pace): { worked: number; rested: number } => {
    const began = performance.now();
    while (performance.now() - began < WORK_MS);
    const ended = performance.now();
    pace.step();
    return { worked: ended - began, rested: performance.now() - ended };
  };

  it('is turns of work and of rest that are as much longer as it is told', () => {
    const shared = new SharedState(1);
    const pace = new Pace(shared);
    shared.setRest(3);
    for (let turn = 0; turn < 3; turn += 1) {
      const { worked, rested } = work(pace);
      // What goes before its first stretch counts as work as well. On a busy machine work may take long: no rest is longer than 250 ms.
      expect(rested).toBeGreaterThanOrEqual(Math.min(2.9 * worked, 240));
    }
  });

  it('knows no rest once the work is to end', () => {
    const shared = new SharedState(1);
    const pace = new Pace(shared);
    shared.setRest(1_000_000);
    shared.raiseStop(STOP.budget);
    let rested = 0;
    // Resting, this would take 25 s.
    for (let turn = 0; turn < 100; turn += 1) rested += work(pace).rested;
    expect(rested).toBeLessThan(10_000);
  });
});
