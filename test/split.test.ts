import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EXIT } from '../shared/errors.ts';
import { describeWithDocker } from './docker.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { roomyParent, temporaryDirectory } from './support/temporary.ts';

describeWithDocker('one chunk that runs long while others idle', ({ address, baseImage }) => {
  it('is split, and what it left is scanned by several workers', async () => {
    const mount = makePlainTree(join(temporaryDirectory(roomyParent()), 'tree'), 8_000, 8);
    const dataDir = temporaryDirectory();
    // With a tenth of a processor the one chunk of this plan would take far longer than it takes to ask it to share.
    const args = ['--runtime', 'docker', '--max-containers', '3', '--cpus', '0.1'];
    const scan = await cli(['scan', mount, 'M', '--data-dir', dataDir, ...args], {
      env: { DOCKER_HOST: address, SMART_SCANNER_BASE_IMAGE: baseImage },
    });
    expect(scan).toMatchObject({ status: EXIT.covered });
    expect(scan.out).toContain('Chunk 1 is split: other workers have nothing to do');
    expect(catalogValue(dataDir, 'SELECT count(*) FROM chunks WHERE parent = 1')).toBeGreaterThan(2);
    expect(catalogValue(dataDir, 'SELECT count(*) FROM chunks WHERE failures > 0')).toBe(0);
    expect(catalogValue(dataDir, 'SELECT outcome FROM attempts WHERE chunk = 1')).toBe('remainder');
    expectSame(dataDir, 'M', mount);
  });
});
