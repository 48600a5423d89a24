import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EXIT } from '../shared/errors.ts';
import { describeWithDocker } from './docker.ts';
import { startFreezingProxy } from './fixtures/freezing-proxy.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, SELDOM, startCli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { temporaryDirectory } from './support/temporary.ts';

describeWithDocker('a daemon that goes away and comes back', ({ address, baseImage }) => {
  it('again and again costs no chunk a failure: the scan waits, says so, and goes on', async () => {
    const dir = temporaryDirectory();
    const mount = makePlainTree(join(dir, 'tree'), 400, 10);
    const dataDir = join(dir, 'data');
    const proxy = await startFreezingProxy(join(dir, 'docker.sock'), address.replace(/^unix:\/\//, ''));
    try {
      const args = ['--runtime', 'docker', '--chunk-files', '300', '--max-containers', '2', '--measure'];
      const scan = startCli(['scan', mount, 'M', '--data-dir', dataDir, ...args], {
        env: { DOCKER_HOST: proxy.address, SMART_SCANNER_BASE_IMAGE: baseImage },
      });
      for (const moment of ['Chunk 1 starts', 'Chunk 4 starts', 'Chunk 7 starts']) {
        await scan.said(moment);
        await delay(Math.random() * 500);
        proxy.cut();
        // What somebody at another terminal reads.
        await expect
          .poll(async () => (await cli(['monitor', '--once', '--data-dir', dataDir])).out, SELDOM)
          .toMatch(/M {2}Reconnecting: the host has not answered since \d\d:\d\d; its workers go on/);
        proxy.restore();
      }
      const { status, out, err } = await scan.done;
      expect({ status, err }).toEqual({ status: EXIT.covered, err: '' });
      expect(out).toMatch(/WARNING - RECONNECTING: the host does not answer \(.+\); its workers go on/);
      expect(out.split('RECONNECTED after').length).toBe(out.split('RECONNECTING:').length);
      expect(out).not.toContain('Failed to start container');
      expect(catalogValue(dataDir, 'SELECT sum(failures) FROM chunks')).toBe(0);
      expect(
        catalogValue(dataDir, "SELECT count(*) FROM attempts WHERE outcome NOT IN ('finished', 'remainder')"),
      ).toBe(0);
      expectSame(dataDir, 'M', mount);
    } finally {
      proxy.close();
    }
  });
});
