import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { publishedRows } from './support/catalog-rows.ts';
import { cli } from './support/cli.ts';
import { temporaryDirectory } from './support/temporary.ts';

const base = temporaryDirectory();
const MOUNTS = ['One', 'Two', 'Three'];

beforeAll(() => {
  for (const mount of MOUNTS) makePlainTree(join(base, mount), 5, 5);
});

it('several first scans of different mounts into one new data directory don’t hinder one another', async () => {
  for (let round = 0; round < 4; round += 1) {
    const dataDir = join(temporaryDirectory(), 'not made yet');
    const scans = MOUNTS.map((mount) =>
      cli(['scan', join(base, mount), mount, '--data-dir', dataDir, '--runtime', 'process']),
    );
    for (const { status, err } of await Promise.all(scans)) expect({ status, err }).toEqual({ status: 0, err: '' });
    for (const mount of MOUNTS) expect(publishedRows(dataDir, mount).size).toBe(1 + 1 + 5 + 25);
  }
});
