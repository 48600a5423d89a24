import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { startFreezingProxy, type FreezingProxy } from './fixtures/freezing-proxy.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, startCli, type CliResult } from './support/cli.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { runningWorkers } from './support/workers.ts';

/** Three seconds of patience, and what ending takes on a busy machine. */
const A_FEW_SECONDS_MS = 10_000;

describeWithDocker('a daemon that stops answering', ({ address, baseImage }) => {
  const base = temporaryDirectory();
  const tree = join(base, 'tree');
  let proxy: FreezingProxy | null = null;

  beforeAll(() => {
    makePlainTree(tree, 400, 100);
  });
  afterEach(() => {
    proxy?.close();
  });

  /** Starts a scan, freezes the daemon when it has said `when`, presses Ctrl-C twice, and tells how long that took to end it. */
  async function stoppedTwice(
    name: string,
    when: string,
    more: readonly string[],
  ): Promise<CliResult & { tookMs: number; dataDir: string }> {
    const dir = join(base, name);
    const dataDir = join(dir, 'data');
    mkdirSync(dir);
    proxy = await startFreezingProxy(join(dir, 'proxy.sock'), address.replace(/^unix:\/\//, ''));
    const env = { DOCKER_HOST: proxy.address, SMART_SCANNER_BASE_IMAGE: baseImage };
    const running = startCli(['scan', tree, 'Hung', '--data-dir', dataDir, '--runtime', 'docker', ...more], { env });
    await running.said(when);
    proxy.freeze();
    await delay(500);
    running.interrupt();
    await delay(500);
    const pressed = performance.now();
    running.interrupt();
    const result = await running.done;
    return { ...result, tookMs: performance.now() - pressed, dataDir };
  }

  it('does not keep the second Ctrl-C from ending a scan: its chunks stay open, cleanup removes its workers', async () => {
    const slow = ['--chunk-files', '2000', '--measure', '--max-containers', '2'];
    const { status, tookMs, dataDir, out, err } = await stoppedTwice('scan', 'Chunk 2 done', slow);
    expect({ status, inTime: tookMs < A_FEW_SECONDS_MS, out, err }).toMatchObject({ status: 130, inTime: true });
    expect(out).toContain('SMART SCAN INTERRUPTED');
    expect(catalogValue(dataDir, 'SELECT state FROM scans')).toBe('interrupted');
    expect(catalogValue(dataDir, `SELECT count(*) FROM chunks WHERE state = 'running'`)).toBe(0);
    expect(catalogValue(dataDir, `SELECT count(*) FROM chunks WHERE state = 'queued'`)).toBeGreaterThan(0);
    expect(catalogValue(dataDir, `SELECT count(*) FROM chunks WHERE state = 'failed'`)).toBe(0);
    const env = { DOCKER_HOST: address, SMART_SCANNER_BASE_IMAGE: baseImage };
    expect(await cli(['cleanup', '--yes', '--data-dir', dataDir], { env })).toMatchObject({ status: 0 });
    const runtime = { kind: 'docker', args: [], options: { env } } as const;
    expect(await runningWorkers(runtime, dataDir)).toEqual([]);
  });

  it('nor from ending one that only prepares', async () => {
    const { status, tookMs, err } = await stoppedTwice('preparing', 'one container per chunk', []);
    expect({ status, inTime: tookMs < A_FEW_SECONDS_MS, err }).toMatchObject({ status: 130, inTime: true });
    expect(err).toContain('INTERRUPTED: Stopped before the scan began.');
  });
});
