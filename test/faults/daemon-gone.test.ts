import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXIT } from '../../shared/errors.ts';
import { describeWithDocker } from '../docker.ts';
import { makePlainTree } from '../fixtures/plain-tree.ts';
import { startCli } from '../support/cli.ts';
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
import { PrivateEngine } from '../support/private-engine.ts';
import { between } from '../support/random.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const AWAY_MS = IN_FULL ? 30_000 : 5_000;
const mount = join(temporaryDirectory(), 'mount');
let sums: ScanSums = {};

// Where tests have an engine, another one can be started: the shared one must go on for other tests.
describeWithDocker('a daemon', () => {
  let engine: PrivateEngine | null = null;

  beforeAll(async () => {
    makePlainTree(mount, 300, 60);
    sums = await undisturbed(mount);
    engine = new PrivateEngine();
    await engine.start();
  }, 300_000);
  afterAll(() => engine?.remove(), 200_000);
  const workersOf = async (): Promise<number> => {
    const docker = new Docker({ socketPath: engine?.address.replace('unix://', '') ?? '' });
    return (await docker.listContainers({ filters: { label: ['io.smart-scanner.role=worker'] } })).length;
  };

  it.each([
    ['stopped', 'daemon stopped (docker)', 'halt', AWAY_MS],
    ['killed -9', 'daemon killed -9 (docker)', 'kill', 500],
    ['killed -9 with its containers', 'daemon killed -9 with its containers (docker)', 'crash', 500],
  ] as const)(
    '%s and started again fails no chunk: the scan waits and goes on',
    { timeout: 800_000 },
    async (_what, name, end, awayMs) => {
      const fault = new Fault(name);
      const dataDir = temporaryDirectory();
      const args = [
        '--runtime',
        'docker',
        '--chunk-files',
        '6000',
        '--max-containers',
        '2',
        '--measure',
        '--cpus',
        // They are to be at it when it happens: starting alone takes seconds.
        '0.05',
      ];
      const running = startCli(['scan', mount, 'M', '--data-dir', dataDir, ...args], {
        env: { DOCKER_HOST: engine?.address ?? '', SMART_SCANNER_BASE_IMAGE: engine?.baseImage ?? '' },
        deadlineMs: 780_000,
      });
      await running.said(`Chunk ${Math.ceil(between(fault.next, 0, 3))} starts`);
      await delay(between(fault.next, 0, 1_500));
      if (end === 'crash') await expect.poll(workersOf, { timeout: 60_000 }).toBeGreaterThan(0);
      await engine?.[end]();
      await delay(awayMs);
      await engine?.restart();
      const { status, out, err } = await running.done;
      expect({ status, err }, out).toEqual({ status: EXIT.covered, err: '' });
      expect(out).toContain('RECONNECTING: the host does not answer');
      const failed = rows(dataDir, 'SELECT a.* FROM attempts a JOIN chunks c ON c.id = a.chunk WHERE c.failures > 0');
      expect(failed, out).toEqual([]);
      expectUnharmed(dataDir, 'M', mount, sums);
      expectNobodyBlamed(dataDir);
      const met = rows(dataDir, "SELECT outcome, exit_code, reason FROM attempts WHERE outcome = 'lost'");
      // No live-restore here: whatever way the daemon went, it was not seen to end well.
      if (end === 'crash')
        expect(met, out).toContainEqual({
          outcome: 'lost',
          exit_code: 255,
          reason: 'The worker was lost with its daemon (exit code 255).',
        });
      fault.injected(1, `away for ${awayMs / 1000} s; ${outcomes(dataDir)}`);
    },
  );
});
