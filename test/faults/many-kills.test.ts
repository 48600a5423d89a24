import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithDocker } from '../docker.ts';
import { makePlainTree } from '../fixtures/plain-tree.ts';
import { catalogValue } from '../support/catalog-rows.ts';
import { startCli, type RunningCli } from '../support/cli.ts';
import { expectNobodyBlamed, expectUnharmed, Fault, IN_FULL, outcomes, undisturbed } from '../support/faults.ts';
import { residentBytes } from '../support/processes.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { nodeWith, tuned } from '../support/tuned.ts';
import { killWorkers } from '../support/workers.ts';

const PROCESS_CHUNKS = IN_FULL ? 2_000 : 100;
const DOCKER_CHUNKS = IN_FULL ? 100 : 20;
const FILES = 10;
const MIB = 1024 ** 2;
const OPTIONS = ['--chunk-files', '12', '--retries', '30', '--measure'];

/** One directory and what is in it makes a chunk. */
function treeOf(chunks: number): string {
  return makePlainTree(join(temporaryDirectory(), 'tree'), chunks, FILES);
}

/** Its memory, once a second: flat means that the second half of a scan takes no more than the first, give or take a heap's breath. */
function watchMemory(running: RunningCli): () => { first: number; second: number } {
  const samples: number[] = [];
  const timer = setInterval(() => {
    const bytes = residentBytes(running.child.pid ?? 0);
    if (bytes !== null) samples.push(bytes);
  }, 500);
  return () => {
    clearInterval(timer);
    const half = samples.length >> 1;
    return { first: Math.max(...samples.slice(0, half)), second: Math.max(...samples.slice(half)) };
  };
}

function expectReadable(dataDir: string): { lines: number; bytes: number } {
  const path = String(catalogValue(dataDir, 'SELECT log_path FROM scans'));
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const strange = lines.filter((line) => !/^[\d-]{10} [\d:]{8} - (?:INFO|WARNING|ERROR) - \S/.test(line));
  expect(strange).toEqual([]);
  expect(lines.filter((line) => line.includes('SMART SCAN COMPLETE covered'))).toHaveLength(1);
  const attempts = Number(catalogValue(dataDir, 'SELECT count(*) FROM attempts'));
  // A few lines each, and its worker's own words where it failed.
  expect(lines.length / attempts).toBeLessThan(15);
  return { lines: lines.length, bytes: statSync(path).size };
}

function expectHardlyHindered(
  fault: Fault,
  kills: number,
  dataDir: string,
  memory: { first: number; second: number },
): void {
  const attempts = Number(catalogValue(dataDir, 'SELECT count(*) FROM attempts'));
  const recorded = Number(catalogValue(dataDir, "SELECT count(*) FROM attempts WHERE outcome = 'killed'"));
  // About half of all attempts.
  expect(recorded / attempts).toBeGreaterThan(0.3);
  expect(memory.second).toBeLessThan(memory.first * 1.15 + 32 * MIB);
  const { lines, bytes } = expectReadable(dataDir);
  const chunks = Number(catalogValue(dataDir, 'SELECT count(*) FROM chunks'));
  const inMib = (size: number): string => (size / MIB).toFixed(0);
  fault.injected(
    kills,
    `${chunks} chunks, ${attempts} attempts (${outcomes(dataDir)}); orchestrator's memory at most ${inMib(memory.first)} MiB in the first half, ` +
      `${inMib(memory.second)} MiB in the second; log ${lines} lines, ${inMib(bytes)} MiB`,
  );
}

describe('half of all attempts killed (process)', () => {
  it(
    `at about ${PROCESS_CHUNKS} chunks: it finishes, its memory stays flat and its log readable`,
    { timeout: 3_500_000 },
    async () => {
      const fault = new Fault('half of all attempts killed (process)');
      const tree = treeOf(PROCESS_CHUNKS);
      const sums = await undisturbed(tree);
      const dir = temporaryDirectory();
      const dataDir = join(dir, 'data');
      const log = join(dir, 'kills');
      writeFileSync(log, '');
      const workerNode = nodeWith(dir, 'faulty-worker', {
        FAULT_KIND: 'kill',
        FAULT_SHARE: '0.6',
        FAULT_WITHIN_MS: '60',
        FAULT_SEED: String(fault.next()),
        FAULT_LOG: log,
      });
      const running = startCli(
        ['scan', tree, 'M', '--data-dir', dataDir, '--runtime', 'process', '--max-containers', '4', ...OPTIONS],
        tuned({ workerNode, tuning: { retryBaseMs: 20 } }, { deadlineMs: 3_400_000 }),
      );
      const memory = watchMemory(running);
      const { status, err } = await running.done;
      const most = memory();
      expect(status, err).toBe(0);
      expectUnharmed(dataDir, 'M', tree, sums);
      expectNobodyBlamed(dataDir);
      const kills = readFileSync(log, 'utf8').trim().split('\n').length;
      expectHardlyHindered(fault, kills, dataDir, most);
    },
  );
});

describeWithDocker('half of all attempts killed (docker)', ({ address, baseImage }) => {
  it(`at about ${DOCKER_CHUNKS} chunks: it finishes all the same`, { timeout: 1_800_000 }, async () => {
    const fault = new Fault('half of all attempts killed (docker)');
    const tree = treeOf(DOCKER_CHUNKS);
    const sums = await undisturbed(tree);
    const dataDir = temporaryDirectory();
    const options = { env: { DOCKER_HOST: address, SMART_SCANNER_BASE_IMAGE: baseImage } };
    const end = await killWorkers({ kind: 'docker', args: [], options }, dataDir, () => fault.next() <= 0.6);
    try {
      const running = startCli(
        ['scan', tree, 'M', '--data-dir', dataDir, '--runtime', 'docker', '--max-containers', '3', ...OPTIONS],
        tuned({ tuning: { retryBaseMs: 20 } }, { ...options, deadlineMs: 1_700_000 }),
      );
      const memory = watchMemory(running);
      const { status, err } = await running.done;
      const most = memory();
      expect(status, err).toBe(0);
      expectUnharmed(dataDir, 'M', tree, sums);
      expectNobodyBlamed(dataDir);
      expectHardlyHindered(fault, await end(), dataDir, most);
    } finally {
      await end();
    }
  });
});
