import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { formatBytes, formatCount } from '../shared/units.ts';
import { catalogBytes, contenders, mergeRate, scanAgain } from './contenders.ts';
import { makeTree } from './make-tree.ts';
import { median, type Run } from './measure.ts';

const USAGE = `usage: npm run bench -- [options]
  --files 1000000      files of the tree             --name-bytes 16   mean length of their names
  --directories 50000  directories                   --seed 1
  --runs 5             of each contender, in turn    --cold            drop the page cache before each run (root)
  --rescans 0          then scan that many times more into one catalog: does merging slow down?
  --dir PATH           where the tree lies (default: the system's temporary directory; never the repository)`;
const COLD_REFUSED = 3;

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000000' },
    directories: { type: 'string', default: '50000' },
    'name-bytes': { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '5' },
    rescans: { type: 'string', default: '0' },
    dir: { type: 'string', default: tmpdir() },
    cold: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await bench();

async function bench(): Promise<void> {
  const shape = {
    files: Number(values.files),
    directories: Number(values.directories),
    nameBytes: Number(values['name-bytes']),
    seed: Number(values.seed),
  };
  const stem = join(
    values.dir,
    `smart-scanner-bench-${shape.files}-${shape.directories}-${shape.nameBytes}-${shape.seed}`,
  );
  const tree = makeTree(stem, shape, (line) => console.error(line));
  const work = `${stem}-work`;
  const { contenders: all, missing } = contenders(tree, work);
  for (const name of missing) console.error(`Not installed, left out: ${name}`);
  const runs = new Map<string, Run[]>(all.map(({ name }) => [name, []]));
  // In turn, so that whatever else the machine does meets each of them alike.
  for (let round = 0; round <= Number(values.runs); round += 1) {
    for (const contender of all) {
      const { name } = contender;
      if (values.cold) dropCaches();
      const result = await contender.run();
      // The first round warms up.
      if (round > 0) runs.get(name)?.push(result);
      console.error(`${round === 0 ? 'warm-up' : `round ${round}`} ${name}: ${result.seconds.toFixed(2)} s`);
    }
  }
  print(runs, shape.files, work);
  await rescans(tree, join(work, 'again'), Number(values.rescans));
  rmSync(work, { recursive: true, force: true });
}

function print(runs: ReadonlyMap<string, readonly Run[]>, files: number, work: string): void {
  const medians = new Map([...runs].map(([name, list]) => [name, median(list.map((run) => run.seconds))]));
  const ratio = (name: string, other: string): string => {
    const base = medians.get(other);
    return base === undefined ? '–' : ((medians.get(name) ?? 0) / base).toFixed(2);
  };
  const table = new Table({
    head: ['', 'median s', 'fastest', 'slowest', '× du', '× gdu', 'peak memory'],
    style: { head: [], border: [] },
  });
  for (const [name, list] of runs) {
    const seconds = list.map((run) => run.seconds);
    const roles = new Map<string, number>();
    for (const run of list)
      for (const [role, bytes] of run.peakRss) roles.set(role, Math.max(roles.get(role) ?? 0, bytes));
    table.push([
      name,
      (medians.get(name) ?? 0).toFixed(2),
      Math.min(...seconds).toFixed(2),
      Math.max(...seconds).toFixed(2),
      ratio(name, 'du -s'),
      ratio(name, 'gdu -n -o'),
      [...roles].map(([role, bytes]) => `${role} ${formatBytes(bytes)}`).join(', '),
    ]);
  }
  console.log(table.toString());
  const bytes = catalogBytes(join(work, 'fast'));
  const rates = (runs.get('scan --fast-start') ?? []).map((run) => mergeRate(run.output));
  console.log(`catalog: ${formatBytes(bytes)}, ${(bytes / files).toFixed(1)} bytes a file`);
  console.log(`merging: ${formatCount(Math.round(median(rates)))} rows a second`);
}

/** Each scan is kept, so that the catalog grows by the whole tree each time. */
async function rescans(tree: string, dataDir: string, count: number): Promise<void> {
  rmSync(dataDir, { recursive: true, force: true });
  for (let scan = 1; scan <= count; scan += 1) {
    const run = await scanAgain(tree, dataDir, ['--fast-start', '--keep-scans', '1000']);
    const size = formatBytes(catalogBytes(dataDir));
    const rate = formatCount(Math.round(mergeRate(run.output)));
    console.log(`scan ${scan}: ${run.seconds.toFixed(2)} s, merging ${rate} rows a second, catalog ${size}`);
  }
}

function dropCaches(): void {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
  } catch (error) {
    console.error(`--cold needs root and Linux: ${String(error)}`);
    process.exit(COLD_REFUSED);
  }
}
