import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Certificate } from '../shared/certificate.ts';
import { independentWalk } from './fixtures/independent-walk.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { publishedRows } from './support/catalog-rows.ts';
import { cli, type CliResult } from './support/cli.ts';
import { describeWithRuntimes } from './support/runtimes.ts';
import { temporaryDirectory } from './support/temporary.ts';

const CHURN = join(import.meta.dirname, 'fixtures', 'churn.ts');
/** How the tree is planned while it changes; the last in chunks so small that directories of the plan are gone when their turn comes. */
const WAYS = [['--fast-start'], ['--measure', '--chunk-files', '300']];

describeWithRuntimes('a tree that changes', (runtime) => {
  const scan = async (tree: string, dataDir: string, ...more: string[]): Promise<CliResult & { cert: Certificate }> => {
    const args = ['scan', tree, 'Changing', '--data-dir', dataDir, '--json', ...runtime.args, ...more];
    const result = await cli(args, runtime.options);
    const last = JSON.parse(result.out.trimEnd().split('\n').at(-1) ?? 'null') as { certificate?: Certificate } | null;
    if (last?.certificate === undefined)
      throw new Error(`no certificate, exit ${String(result.status)}: ${result.err}`);
    return { ...result, cert: last.certificate };
  };

  it('while it is scanned is covered each time, and each account adds up', async () => {
    const tree = makePlainTree(join(temporaryDirectory(), 'tree'), 100, 30);
    const dataDir = temporaryDirectory();
    const churn = spawn(process.execPath, [CHURN, tree], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(churn.stdout, 'data');
    try {
      let vanished = 0;
      for (const way of WAYS) {
        const { status, cert, err } = await scan(tree, dataDir, ...way);
        expect({ status, err, verdict: cert.verdict, gaps: cert.gaps }).toEqual({
          status: 0,
          err: '',
          verdict: 'covered',
          gaps: [],
        });
        const { returned, files, subdirs, excluded, failed } = cert.entries;
        expect(files + subdirs + excluded + failed + cert.entries.vanished).toBe(returned);
        expect(cert.mergedRows).toBe(files);
        vanished += cert.entries.vanished + cert.directories.vanished;
      }
      expect(vanished).toBeGreaterThan(0);
      // What nobody touched is there, whatever happened beside it.
      const rows = publishedRows(dataDir, 'Changing');
      const still = [...independentWalk(join(tree, 'group-0')).keys()].map((path) =>
        path === '' ? 'group-0' : `group-0/${path}`,
      );
      expect(still.filter((path) => !rows.has(path))).toEqual([]);
    } finally {
      churn.kill();
      await once(churn, 'close');
    }
  });

  it('between its plan and its scan: gone, replaced and new directories are what they are now', async () => {
    const tree = makePlainTree(join(temporaryDirectory(), 'tree'), 40, 20);
    const outside = makePlainTree(join(temporaryDirectory(), 'outside'), 5, 5);
    const dataDir = temporaryDirectory();
    const small = ['--chunk-files', '250'];
    expect(await scan(tree, dataDir, ...small)).toMatchObject({ status: 0 });
    rmSync(join(tree, 'group-0'), { recursive: true });
    rmSync(join(tree, 'group-1', 'dir-11'), { recursive: true });
    rmSync(join(tree, 'group-2', 'dir-22'), { recursive: true });
    symlinkSync(outside, join(tree, 'group-2', 'dir-22'));
    rmSync(join(tree, 'group-2', 'dir-23'), { recursive: true });
    writeFileSync(join(tree, 'group-2', 'dir-23'), 'a file now');
    renameSync(join(tree, 'group-3', 'dir-33'), join(tree, 'group-3', 'renamed'));
    mkdirSync(join(tree, 'group-9', 'new'), { recursive: true });
    writeFileSync(join(tree, 'group-9', 'new', 'file'), 'x');
    const { status, cert } = await scan(tree, dataDir, ...small);
    expect({ status, verdict: cert.verdict, gaps: cert.gaps }).toEqual({ status: 0, verdict: 'covered', gaps: [] });
    expect(cert.published).toBe(true);
    expect(cert.directories.vanished).toBeGreaterThan(0);
    const VANISHED = 5;
    const there = [...publishedRows(dataDir, 'Changing')].filter(([, row]) => row.state !== VANISHED);
    expect(there.map(([path]) => path).sort()).toEqual([...independentWalk(tree).keys()].sort());
    // In the next one nothing is left of what is gone.
    expect(await scan(tree, dataDir, ...small)).toMatchObject({ status: 0, cert: { directories: { vanished: 0 } } });
    expect([...publishedRows(dataDir, 'Changing').keys()].sort()).toEqual([...independentWalk(tree).keys()].sort());
  });
});
