import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { measure, type Run } from './measure.ts';
import { workerOf } from './worker-job.ts';

const DIST = join(import.meta.dirname, '..', 'dist');

export interface Contender {
  readonly name: string;
  run(): Promise<Run>;
}

/** Everything that walks the tree: ours, and what people use today. Programs that aren't installed are left out and named. */
export function contenders(tree: string, work: string): { contenders: Contender[]; missing: string[] } {
  const others: readonly (readonly [string, readonly string[]])[] = [
    ['du -s', ['du', '-s', tree]],
    ['find -printf', ['find', tree, '-fprintf', '/dev/null', '%s %b %T@ %p\\n']],
    ['ncdu -0 -o', ['ncdu', '-0', '-o', '/dev/null', tree]],
    ['gdu -n -o', ['gdu', '-n', '-o', '/dev/null', tree]],
  ];
  const missing = others.filter(([, [program = '']]) => !isInstalled(program)).map(([name]) => name);
  const found = others.filter(([name]) => !missing.includes(name));
  return {
    contenders: [
      ...found.map(([name, command]) => ({ name, run: () => measure(command) })),
      { name: 'worker alone', run: () => worker(tree, join(work, 'worker')) },
      { name: 'scan --fast-start', run: () => scan(tree, join(work, 'fast'), ['--fast-start']) },
      { name: 'scan --measure', run: () => scan(tree, join(work, 'measured'), ['--measure']) },
    ],
    missing,
  };
}

/** Walk and shard, without planning and merging. */
async function worker(tree: string, spool: string): Promise<Run> {
  rmSync(spool, { recursive: true, force: true });
  return await measure(workerOf(tree, spool));
}

/** The whole command, from its start to the certificate, into a fresh data directory. */
async function scan(tree: string, dataDir: string, more: readonly string[]): Promise<Run> {
  rmSync(dataDir, { recursive: true, force: true });
  return await scanAgain(tree, dataDir, more);
}

export function scanAgain(tree: string, dataDir: string, more: readonly string[]): Promise<Run> {
  const command = [process.execPath, join(DIST, 'cli.cjs'), 'scan', tree, 'Bench', '--runtime', 'process'];
  return measure([...command, '--data-dir', dataDir, ...more], (line) => {
    if (line.includes(dataDir) && line.includes('worker.cjs')) return 'worker';
    return line.includes('catalog.mjs') ? 'catalog' : null;
  });
}

export function catalogBytes(dataDir: string): number {
  return statSync(join(dataDir, 'smart_catalog.db')).size;
}

/** Rows a second of all merges of a scan, by its log lines. */
export function mergeRate(output: string): number {
  let rows = 0;
  let ms = 0;
  for (const [, files, directories, duration] of output.matchAll(
    /: (\d+) files in (\d+) directories merged in (\d+) ms/g,
  )) {
    rows += Number(files) + Number(directories);
    ms += Number(duration);
  }
  return ms === 0 ? 0 : (rows / ms) * 1000;
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
