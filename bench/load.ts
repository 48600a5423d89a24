import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { LoadSchema } from '../shared/settings.ts';
import { makeTree } from './make-tree.ts';
import { measure, median } from './measure.ts';

const USAGE = `usage: npm run bench:load -- [options]      (root on Linux: drops the page cache before each run)
  --files 1000000      files of the tree that is scanned; a fifth as many in the one that find walks
  --runs 5             of find, alone and beside each load, in turn
  --runtime process    or docker (DOCKER_HOST, SMART_SCANNER_BASE_IMAGE)
  --dir PATH           where both trees lie (default: the system's temporary directory)`;
const CLI = join(import.meta.dirname, '..', 'dist', 'cli.cjs');
const DIRECTORY_FILES = 20;
/** The scan is in its stride by then. */
const SETTLE_MS = 3_000;

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '5' },
    runtime: { type: 'string', default: 'process' },
    dir: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await bench();

/** What a scan costs somebody else on the same disk: a `find` in the foreground, its caches dropped, beside scans of each load. */
async function bench(): Promise<void> {
  const scanned = tree(Number(values.files));
  const walked = tree(Number(values.files) / 5);
  const seconds = new Map<string, number[]>();
  for (let round = 1; round <= Number(values.runs); round += 1) {
    for (const load of ['alone', ...LoadSchema.options]) {
      const scan = load === 'alone' ? null : await startScan(scanned, load);
      dropCaches();
      const run = await measure(['find', walked, '-fprintf', '/dev/null', '%s %T@ %p\\n']);
      const cut = scan?.exitCode !== null && scan !== null;
      if (scan !== null) await end(scan);
      console.error(
        `round ${round} ${load}: ${run.seconds.toFixed(2)} s${cut ? ' (the scan ended before: more --files)' : ''}`,
      );
      seconds.set(load, [...(seconds.get(load) ?? []), run.seconds]);
    }
  }
  const alone = median(seconds.get('alone') ?? []);
  const table = new Table({ head: ['', 'median s', 'slower by'], style: { head: [], border: [] } });
  for (const [load, list] of seconds)
    table.push([load, median(list).toFixed(2), `${(100 * (median(list) / alone - 1)).toFixed(0)} %`]);
  console.log(table.toString());
}

function tree(files: number): string {
  const shape = { files, directories: files / DIRECTORY_FILES, nameBytes: 16, seed: 1 };
  const name = `smart-scanner-bench-${shape.files}-${shape.directories}-${shape.nameBytes}-${shape.seed}`;
  return makeTree(join(values.dir, name), shape, (line) => console.error(line));
}

async function startScan(mount: string, load: string): Promise<ChildProcess> {
  const dataDir = join(values.dir, 'smart-scanner-bench-load');
  rmSync(dataDir, { recursive: true, force: true });
  const args = [
    'scan',
    mount,
    'Bench',
    '--data-dir',
    dataDir,
    '--runtime',
    values.runtime,
    '--fast-start',
    '--load',
    load,
  ];
  dropCaches();
  const scan = spawn(process.execPath, [CLI, ...args, '--quiet'], { stdio: 'ignore' });
  await delay(SETTLE_MS);
  return scan;
}

async function end(scan: ChildProcess): Promise<void> {
  if (scan.exitCode !== null) return;
  const ended = once(scan, 'exit');
  scan.kill('SIGINT');
  await delay(100);
  scan.kill('SIGINT');
  await ended;
}

function dropCaches(): void {
  writeFileSync('/proc/sys/vm/drop_caches', '3');
}
