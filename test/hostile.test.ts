import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { independentWalk } from './fixtures/independent-walk.ts';
import { lock, makeHostileTree, type HostileTree } from './fixtures/hostile-tree.ts';
import { publishedRows } from './support/catalog-rows.ts';
import { expectSame } from './support/compare.ts';
import { cli } from './support/cli.ts';
import { describeWithRuntimes } from './support/runtimes.ts';
import { roomyParent, temporaryDirectory } from './support/temporary.ts';

const NOBODY = 65_534;
const FAILED = 3;

let tree: HostileTree;

beforeAll(async () => {
  tree = await makeHostileTree(join(temporaryDirectory(roomyParent()), 'tree'));
  for (const what of tree.missing) console.log(`NOT MADE: ${what}`);
});
afterAll(() => tree.close());

describeWithRuntimes('a hostile tree', (runtime) => {
  const ways: readonly (readonly [string, readonly string[]])[] = [
    ['measured', []],
    ['with fast start', ['--fast-start']],
    ['in many small chunks', ['--chunk-files', '500', '--measure']],
  ];
  it.each(ways)('is scanned entry by entry, %s', async (_name, args) => {
    const dataDir = temporaryDirectory();
    const scan = await cli(
      ['scan', tree.root, 'Hostile', '--data-dir', dataDir, ...runtime.args, ...args],
      runtime.options,
    );
    expect(scan).toMatchObject({ status: 0 });
    expect(scan.out).toContain('COVERED');
    // Names of the tree drive no terminal.
    expect(scan.out).not.toContain('\u001b');
    expectSame(dataDir, 'Hostile', tree.root);
    const stats = await cli(['stats', '--data-dir', dataDir, '--top', '100'], runtime.options);
    expect(stats).toMatchObject({ status: 0 });
    expect(stats.out).not.toContain('\u001b');
  });
});

describe.runIf(process.getuid?.() === 0)('a directory that can not be read (process, as nobody)', () => {
  it('is one failed row with its cause; all else is there; exit 2', async () => {
    const parent = temporaryDirectory();
    const dataDir = join(parent, 'data');
    mkdirSync(dataDir);
    for (const dir of [parent, dataDir]) chownSync(dir, NOBODY, NOBODY);
    lock(tree, true);
    execFileSync('chmod', ['755', join(tree.root, '..')]);
    try {
      const scan = await cli(['scan', tree.root, 'Locked', '--data-dir', dataDir, '--runtime', 'process'], {
        uid: NOBODY,
      });
      expect(scan).toMatchObject({ status: 2 });
      expect(scan.out).toMatch(/locked.*EACCES/);
      const rows = publishedRows(dataDir, 'Locked');
      expect(rows.get('locked')).toMatchObject({ state: FAILED, reason: 'EACCES' });
      const walked = independentWalk(tree.root, NOBODY);
      expect([...rows.keys()].sort()).toEqual([...walked.keys()].sort());
    } finally {
      lock(tree, false);
    }
  });
});
