import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatCount } from '../shared/units.ts';
import { makeTree, makeWideTree } from './make-tree.ts';
import { measure, median, type Run } from './measure.ts';
import { probes } from './probes.ts';
import { slowProgram } from './slow-directories.ts';

const USAGE = `usage: npm run bench:supervision -- [options]
  --runs 3             of each
  --files 1000000      files of the trees for supervision and balance
  --chunks 500         chunks through real containers; 0 leaves Docker out
  --delay-ms 5         what each directory of the balanced and the skewed tree takes
  --dir PATH           where the trees lie (default: the system's temporary directory)
Docker is that of DOCKER_HOST; SMART_SCANNER_BASE_IMAGE as for a scan.`;
const CLI = join(import.meta.dirname, '..', 'dist', 'cli.cjs');
const FILES_PER_CHUNK = 20;
const CONCURRENCY = 8;
const BALANCE_WORKERS = 4;
const BALANCE_DIRECTORIES = 20_000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    files: { type: 'string', default: '1000000' },
    chunks: { type: 'string', default: '500' },
    'delay-ms': { type: 'string', default: '5' },
    dir: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});
const log = (line: string): void => console.error(line);
const runs = Number(values.runs);
if (values.help) console.log(USAGE);
else {
  await supervision();
  await balance();
  if (Number(values.chunks) > 0) await containers(Number(values.chunks));
}

function scan(tree: string, more: readonly string[], cli = CLI): Promise<Run> {
  const dataDir = join(values.dir, 'smart-scanner-bench-supervision');
  rmSync(dataDir, { recursive: true, force: true });
  return measure([process.execPath, cli, 'scan', tree, 'Bench', '--data-dir', dataDir, ...more]);
}

/** The processor time of the orchestrator beyond what any scan costs (starting, planning, closing), as a share of the scan's time. */
async function supervision(): Promise<void> {
  const shape = { files: Number(values.files), directories: Number(values.files) / 20, nameBytes: 16, seed: 1 };
  const name = `smart-scanner-bench-${shape.files}-${shape.directories}-${shape.nameBytes}-${shape.seed}`;
  const tree = makeTree(join(values.dir, name), shape, log);
  const empty = join(values.dir, 'smart-scanner-bench-empty');
  mkdirSync(empty, { recursive: true });
  const shares: number[] = [];
  for (let round = 0; round < runs; round += 1) {
    const nothing = await scan(empty, ['--runtime', 'process', '--fast-start']);
    const whole = await scan(tree, ['--runtime', 'process', '--fast-start']);
    const share = (whole.cpuSeconds - nothing.cpuSeconds) / whole.seconds;
    log(`supervision: ${whole.seconds.toFixed(2)} s, orchestrator ${whole.cpuSeconds.toFixed(2)} s CPU`);
    shares.push(share);
  }
  console.log(`supervision: ${(100 * median(shares)).toFixed(1)} % of the scan's time (median of ${runs})`);
}

/** A tree with nine tenths of its files below one directory, against one without, where directories take their time. */
async function balance(): Promise<void> {
  const files = Number(values.files);
  const seconds = new Map<string, number[]>();
  for (const share of [0.1, 0.9]) {
    const tree = makeWideTree(join(values.dir, `smart-scanner-bench-wide-${files}-${share}`), {
      files,
      directories: BALANCE_DIRECTORIES,
      firstShare: share,
      log,
    });
    const cli = slowProgram(tree, Number(values['delay-ms']));
    const args = ['--runtime', 'process', '--fast-start', '--max-containers', String(BALANCE_WORKERS)];
    for (let round = 0; round < runs; round += 1) {
      const run = await scan(tree, args, cli);
      const name = share === 0.9 ? 'skewed' : 'balanced';
      log(`balance ${name}: ${run.seconds.toFixed(2)} s`);
      seconds.set(name, [...(seconds.get(name) ?? []), run.seconds]);
    }
  }
  const even = median(seconds.get('balanced') ?? []);
  const skewed = median(seconds.get('skewed') ?? []);
  console.log(
    `balance: skewed ${skewed.toFixed(2)} s, balanced ${even.toFixed(2)} s, ratio ${(skewed / even).toFixed(2)} ` +
      `(${formatCount(files)} files, ${BALANCE_WORKERS} workers, ${values['delay-ms']} ms a directory, median of ${runs})`,
  );
}

/** Many small chunks through real containers, against as many `worker probe` with the same image and options. */
async function containers(chunks: number): Promise<void> {
  const tree = makeWideTree(join(values.dir, `smart-scanner-bench-chunks-${chunks}`), {
    files: chunks * FILES_PER_CHUNK,
    directories: chunks,
    firstShare: null,
    log,
  });
  const scans: number[] = [];
  const probed: number[] = [];
  for (let round = 0; round < runs; round += 1) {
    const more = ['--measure', '--chunk-files', String(FILES_PER_CHUNK + 1), '--max-containers', String(CONCURRENCY)];
    const run = await scan(tree, ['--runtime', 'docker', ...more]);
    const found = /Chunks\s+(\d+) done/u.exec(run.output)?.[1] ?? '?';
    log(`containers: ${found} chunks in ${run.seconds.toFixed(2)} s`);
    scans.push(run.seconds);
    const seconds = await probes(tree, chunks, CONCURRENCY, join(values.dir, 'smart-scanner-bench-probes'));
    log(`containers: ${chunks} probes in ${seconds.toFixed(2)} s`);
    probed.push(seconds);
  }
  const ratio = median(scans) / median(probed);
  console.log(
    `containers: ${chunks} chunks ${median(scans).toFixed(1)} s, ${chunks} probes ${median(probed).toFixed(1)} s, ratio ${ratio.toFixed(2)}`,
  );
}
