import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { cli } from './support/cli.ts';
import { temporaryDirectory } from './support/temporary.ts';

describeWithDocker('a worker with too little memory', ({ address, baseImage }) => {
  it('is tried again with half the threads until they fit, and the scan covers all', async () => {
    const dir = temporaryDirectory();
    const tree = makePlainTree(join(dir, 'tree'), 30, 40);
    const data = join(dir, 'data');
    // Many more threads than 64 MiB hold; the kernel kills the container.
    const limits = ['--memory', '64MiB', '--threads', '16', '--retries', '5', '--fast-start'];
    const { status, out } = await cli(['scan', tree, 'Tree', '--runtime', 'docker', '--data-dir', data, ...limits], {
      env: { DOCKER_HOST: address, SMART_SCANNER_BASE_IMAGE: baseImage },
    });
    const [log = ''] = readdirSync(join(data, 'logs'));
    expect(readFileSync(join(data, 'logs', log), 'utf8')).toContain('The worker ran out of memory and was killed');
    expect(out).toContain('COVERED');
    expect(status).toBe(0);
  });
});
