import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EXIT } from '../../shared/errors.ts';
import { describeWithDocker } from '../docker.ts';
import { startFreezingProxy } from '../fixtures/freezing-proxy.ts';
import { makePlainTree } from '../fixtures/plain-tree.ts';
import { catalogValue } from '../support/catalog-rows.ts';
import { startCli } from '../support/cli.ts';
import { expectNobodyBlamed, expectUnharmed, Fault, IN_FULL, outcomes, rows, undisturbed } from '../support/faults.ts';
import { between } from '../support/random.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { tuned } from '../support/tuned.ts';

/** After the first call was given up: one has 30 s, and one is made every 30 s. A stream of an archive has 60. */
const FROZEN_ON_MS = IN_FULL ? 40_000 : 2_000;

function expectNoFailure(dataDir: string): void {
  expect(catalogValue(dataDir, 'SELECT sum(failures) FROM chunks')).toBe(0);
  // A start that nobody answered is lost, which counts as no failure.
  expect(
    rows(dataDir, "SELECT id, outcome FROM attempts WHERE outcome NOT IN ('finished', 'remainder', 'lost')"),
  ).toEqual([]);
  expectNobodyBlamed(dataDir);
}

describeWithDocker('an API that does not answer', ({ address, baseImage }) => {
  const target = address.replace(/^unix:\/\//, '');

  it('for longer than any call may take: the scan says so, waits, and goes on', { timeout: 600_000 }, async () => {
    const fault = new Fault('an API that accepts and never answers (docker)');
    const dir = temporaryDirectory();
    const dataDir = join(dir, 'data');
    const tree = makePlainTree(join(dir, 'tree'), 300, 20);
    const sums = await undisturbed(tree);
    const proxy = await startFreezingProxy(join(dir, 'docker.sock'), target);
    try {
      const args = ['--runtime', 'docker', '--chunk-files', '400', '--max-containers', '2', '--measure'];
      // Silence of workers that is only ours: shorter than the API is gone.
      const running = startCli(
        ['scan', tree, 'M', '--data-dir', dataDir, ...args, '--stall-timeout', '20'],
        tuned(
          { tuning: { patience: { beyondWorkerMs: 5_000, askedMs: 3_000, killedMs: 3_000 } } },
          { env: { DOCKER_HOST: proxy.address, SMART_SCANNER_BASE_IMAGE: baseImage }, deadlineMs: 580_000 },
        ),
      );
      await running.said(`Chunk ${Math.ceil(between(fault.next, 1, 8))} starts`);
      await delay(between(fault.next, 0, 600));
      proxy.freeze();
      const began = performance.now();
      await running.said('RECONNECTING');
      await delay(FROZEN_ON_MS);
      proxy.thaw();
      const frozenMs = performance.now() - began;
      const { status, out, err } = await running.done;
      expect({ status, err }, out).toEqual({ status: EXIT.covered, err: '' });
      expect(out).toMatch(/WARNING - RECONNECTING: the host does not answer \(.*did not answer.*\); its workers go on/);
      expect(out).toContain('RECONNECTED after');
      expect(out).not.toContain('STALL');
      expectUnharmed(dataDir, 'M', tree, sums);
      expectNoFailure(dataDir);
      fault.injected(1, `frozen for ${Math.round(frozenMs / 1000)} s`);
    } finally {
      proxy.close();
    }
  });

  it('one that breaks off in the middle of an archive: it is fetched again', { timeout: 400_000 }, async () => {
    const fault = new Fault('an API that cuts in the middle of an archive (docker)');
    const dir = temporaryDirectory();
    const dataDir = join(dir, 'data');
    const tree = makePlainTree(join(dir, 'tree'), 60, 400);
    const sums = await undisturbed(tree);
    let cuts = 0;
    let fetched = 0;
    const cutAfter = (head: string): number | null => {
      if (!/^GET \S*\/archive\?path=\S*shard\.db\b/.test(head)) return null;
      fetched += 1;
      if (fault.next() < 0.4) return null;
      cuts += 1;
      return between(fault.next, 0, 500_000);
    };
    const proxy = await startFreezingProxy(join(dir, 'docker.sock'), target, cutAfter);
    try {
      const args = ['--runtime', 'docker', '--chunk-files', '6000', '--max-containers', '2'];
      const running = startCli(
        ['scan', tree, 'M', '--data-dir', dataDir, ...args],
        // Below a file there is no directory that a daemon could see: spools become volumes, and shards travel.
        tuned(
          { dockerSpool: join(tree, 'group-0', 'dir-0', 'file-0.txt', 'none') },
          { env: { DOCKER_HOST: proxy.address, SMART_SCANNER_BASE_IMAGE: baseImage }, deadlineMs: 380_000 },
        ),
      );
      const { status, out, err } = await running.done;
      expect({ status, err }, out).toEqual({ status: EXIT.covered, err: '' });
      expect(cuts).toBeGreaterThan(0);
      expectUnharmed(dataDir, 'M', tree, sums);
      expectNoFailure(dataDir);
      fault.injected(cuts, `${fetched} fetches; ${outcomes(dataDir)}`);
    } finally {
      proxy.close();
    }
  });
});
