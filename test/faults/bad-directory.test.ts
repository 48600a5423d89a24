import { expect, it } from 'vitest';
import { EXIT } from '../../shared/errors.ts';
import type { FuseDirectory } from '../fixtures/fuse/tree.ts';
import { publishedRows } from '../support/catalog-rows.ts';
import { cli } from '../support/cli.ts';
import { expectSound, Fault, rows } from '../support/faults.ts';
import { describeWithFuse, mountFuse } from '../support/fuse.ts';
import { pick } from '../support/random.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { tuned } from '../support/tuned.ts';

const GOOD = 10;
const FILES = 40;
const MAX_ENTRIES = 3_000;
const FAILED = 3;

describeWithFuse('directories that can not be read', () => {
  it('an error of a directory and of a file, a directory without end: failed rows, and all the rest is there', async () => {
    const fault = new Fault('EIO, a directory without end (process)');
    const call = pick(fault.next, ['opendir', 'readdir']);
    const file = `file-${Math.floor(fault.next() * 6)}`;
    const good = Object.fromEntries(
      Array.from({ length: GOOD }, (_unused, index): [string, FuseDirectory] => [`good-${index}`, { files: FILES }]),
    );
    const mount = await mountFuse({
      directories: {
        ...good,
        'bad-directory': { files: 6, [call]: 'EIO' },
        'bad-file': { files: 6, lookups: { [file]: 'EIO' } },
        endless: { endless: true, directories: { 'in it': { files: 2 } } },
      },
    });
    const dataDir = temporaryDirectory();
    const way = pick(fault.next, ['--fast-start', '--measure']);
    const scan = await cli(
      ['scan', mount.path, 'M', '--data-dir', dataDir, '--runtime', 'process', '--chunk-files', '200', way],
      tuned({ tuning: { maxDirectoryEntries: MAX_ENTRIES } }),
    );
    expect(scan.status, scan.out).toBe(EXIT.gaps);
    expectSound(dataDir);
    const all = publishedRows(dataDir, 'M');
    const failed = [...all].filter(([, row]) => row.state === FAILED).map(([path, row]) => [path, row.reason]);
    expect(failed.sort()).toEqual([
      ['bad-directory', 'EIO'],
      ['endless', 'TOO_LARGE'],
    ]);
    expect(rows(dataDir, 'SELECT CAST(name AS TEXT) AS name, syscall, code FROM problems')).toEqual([
      { name: file, syscall: 'lstat', code: 'EIO' },
    ]);
    const goodRows = [...all.keys()].filter((path) => path.startsWith('good-'));
    expect(goodRows).toHaveLength(GOOD * (FILES + 1));
    expect([...all.keys()].filter((path) => path.startsWith('bad-file/'))).toHaveLength(5);
    // Nothing of what has no end was kept; measuring may have met the directory in it, which then is a chunk of its own.
    const below = [...all.keys()].filter((path) => path.startsWith('endless/'));
    expect(below.filter((path) => !path.startsWith('endless/in it'))).toEqual([]);
    expect([0, 3]).toContain(below.length);
    fault.injected(3, `${call}, ${way}`);
  }, 150_000);
});
