import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeTree } from './make-tree.ts';
import { median } from './measure.ts';

const USAGE = `usage: npm run bench:doctor -- [options]
  --runs 5             of each
  --files 1000000      files of the tree that was scanned before
  --dir PATH           where it lies (default: the system's temporary directory)
How long a full look of \`debug\` takes on a host that is well, and until it says the first thing: of a scan by local processes, and where DOCKER_HOST
is set of one by containers (the probe of a real worker is part of the look then). SMART_SCANNER_BASE_IMAGE as for a scan.`;
const CLI = join(import.meta.dirname, '..', 'dist', 'cli.cjs');
const WANTED = { firstMs: 1_000, wholeMs: 5_000 };

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    files: { type: 'string', default: '1000000' },
    dir: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else {
  const files = Number(values.files);
  const shape = { files, directories: Math.ceil(files / 20), nameBytes: 16, seed: 1 };
  const stem = join(values.dir, `smart-scanner-bench-${files}-${shape.directories}-16-1`);
  const tree = makeTree(stem, shape, (line) => console.error(line));
  for (const runtime of process.env['DOCKER_HOST'] === undefined ? ['process'] : ['process', 'docker'])
    await looks(tree, `${stem}-work`, runtime);
}

async function looks(tree: string, work: string, runtime: string): Promise<void> {
  const dataDir = join(work, `doctor-${runtime}`);
  rmSync(dataDir, { recursive: true, force: true });
  const scanned = await run(['scan', tree, 'Bench', '--data-dir', dataDir, '--runtime', runtime, '--quiet']);
  if (scanned.status !== 0) throw new Error(`The scan ended with ${scanned.status}: ${scanned.said}`);
  const first: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < Number(values.runs); round += 1) {
    const looked = await run(['debug', '--data-dir', dataDir]);
    if (looked.status !== 0) throw new Error(`This host is not well: ${looked.said}`);
    first.push(looked.firstMs);
    whole.push(looked.wholeMs);
  }
  console.log(
    `${runtime}: first line after ${ms(median(first))} (wanted ${ms(WANTED.firstMs)}), whole look ${ms(median(whole))} ` +
      `(wanted ${ms(WANTED.wholeMs)}); slowest of ${values.runs} ${ms(Math.max(...whole))}`,
  );
}

interface Looked {
  readonly status: number | null;
  readonly said: string;
  readonly firstMs: number;
  readonly wholeMs: number;
}

async function run(args: readonly string[]): Promise<Looked> {
  const began = performance.now();
  let firstMs = Infinity;
  let said = '';
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  child.stdout.on('data', (data: Buffer) => {
    firstMs = Math.min(firstMs, performance.now() - began);
    said += data.toString();
  });
  const [status] = (await closed) as [number | null];
  return { status, said, firstMs, wholeMs: performance.now() - began };
}

function ms(value: number): string {
  return `${(value / 1000).toFixed(2)} s`;
}
