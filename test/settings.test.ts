import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedRows, catalogValue } from './support/catalog-rows.ts';
import { cli, type CliResult } from './support/cli.ts';
import { describeWithRuntimes } from './support/runtimes.ts';
import { temporaryDirectory } from './support/temporary.ts';

const EXCLUDED = 4;

function makeTree(): string {
  const tree = join(temporaryDirectory(), 'tree');
  for (const dir of ['.Recycle.Bin/old', 'photos/@eaDir', 'photos/raw', 'lost+found', '.hidden/deep']) {
    mkdirSync(join(tree, dir), { recursive: true });
    writeFileSync(join(tree, dir, 'file.tmp'), 'x');
    writeFileSync(join(tree, dir, 'file.txt'), 'x');
  }
  return tree;
}

describeWithRuntimes('excludes', (runtime) => {
  const scan = (tree: string, dataDir: string, ...more: string[]): Promise<CliResult> =>
    cli(['scan', tree, 'M', '--data-dir', dataDir, ...runtime.args, ...more], runtime.options);

  it('leaves out what gitignore patterns and presets name, says by which rule, and still is covered', async () => {
    const tree = makeTree();
    const dataDir = temporaryDirectory();
    const said = await scan(
      tree,
      dataDir,
      '--exclude',
      '*.tmp',
      '--exclude',
      '/photos/raw/',
      '--exclude-preset',
      'nas',
    );
    expect(said).toMatchObject({ status: 0 });
    const rows = publishedRows(dataDir, 'M');
    expect(
      [...rows]
        .filter(([, row]) => row.state !== EXCLUDED)
        .map(([path]) => path)
        .sort(),
    ).toEqual(['', '.hidden', '.hidden/deep', '.hidden/deep/file.txt', 'photos']);
    expect(rows.get('photos/raw')).toMatchObject({ state: EXCLUDED, reason: 'rule:/photos/raw/' });
    expect(rows.get('.Recycle.Bin')?.reason).toMatch(/^rule:.*Recycle/);
    // Four directories and the one *.tmp that is not below them.
    expect(said.out).toMatch(/\+ 5 excluded \+ 0 failed/);
    const all = temporaryDirectory();
    expect(await scan(tree, all)).toMatchObject({ status: 0 });
    expect(publishedRows(all, 'M').size).toBe(9 + 10);
  });

  it('keeps the inventory when a rescan finds less than half of it, unless told to publish', async () => {
    const tree = join(temporaryDirectory(), 'tree');
    mkdirSync(tree);
    for (let index = 0; index < 100; index += 1) writeFileSync(join(tree, `file-${index}`), '');
    const dataDir = temporaryDirectory();
    expect(await scan(tree, dataDir)).toMatchObject({ status: 0 });
    for (const name of readdirSync(tree).slice(0, 60)) rmSync(join(tree, name));
    const less = await scan(tree, dataDir);
    expect(less.out).toMatch(/Not published.*half/i);
    expect(publishedRows(dataDir, 'M').size).toBe(101);
    expect(await scan(tree, dataDir, '--publish')).toMatchObject({ status: 0 });
    expect(publishedRows(dataDir, 'M').size).toBe(41);
    expect(catalogValue(dataDir, 'SELECT count(*) FROM scans')).toBe(3);
  });
});

function canMount(): boolean {
  const dir = join(temporaryDirectory(), 'probe');
  mkdirSync(dir);
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'none', dir], { stdio: 'ignore' });
    execFileSync('umount', [dir]);
    return true;
  } catch {
    console.log('SKIPPED: other file systems: mounting one takes root');
    return false;
  }
}

describe.runIf(canMount())('another file system below the mount point', () => {
  it('is not entered, and said to be left out for that reason; with --cross-filesystems it is', async () => {
    const tree = join(temporaryDirectory(), 'tree');
    const other = join(tree, 'other');
    mkdirSync(other, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'none', other]);
    try {
      writeFileSync(join(other, 'inside'), 'x');
      const dataDir = temporaryDirectory();
      const scan = (...more: string[]): Promise<CliResult> =>
        cli(['scan', tree, 'M', '--data-dir', dataDir, '--runtime', 'process', ...more]);
      expect(await scan()).toMatchObject({ status: 0 });
      expect(publishedRows(dataDir, 'M').get('other')).toMatchObject({ state: EXCLUDED, reason: 'other-filesystem' });
      expect(await scan('--cross-filesystems')).toMatchObject({ status: 0 });
      expect(publishedRows(dataDir, 'M').has('other/inside')).toBe(true);
    } finally {
      execFileSync('umount', [other]);
    }
  });
});
