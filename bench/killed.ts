// npm run bench:killed -- [--files 1000000] [--kills 10] [--seed 1] [--dir PATH]
// Scans the bench tree once left alone, and once with its orchestrator killed again and again, each time gone on with by --resume: the catalogs
// must be the same, row by row. Exit status 1 where they differ.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Sqlite from 'better-sqlite3';
import { random } from '../test/support/random.ts';
import { makeTree } from './make-tree.ts';

const CLI = join(import.meta.dirname, '..', 'dist', 'cli.cjs');
const CATALOG = 'smart_catalog.db';
const WORD = 2n ** 64n;

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000000' },
    kills: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    dir: { type: 'string', default: tmpdir() },
  },
});
const files = Number(values.files);
const shape = { files, directories: Math.ceil(files / 20), nameBytes: 16, seed: 1 };
const stem = join(values.dir, `smart-scanner-bench-${files}-${shape.directories}-16-1`);
const tree = makeTree(stem, shape, (line) => console.error(line));
const alone = join(`${stem}-work`, 'alone');
const killed = join(`${stem}-work`, 'killed');
for (const dir of [alone, killed]) rmSync(dir, { recursive: true, force: true });
const options = ['--runtime', 'process', '--chunk-files', String(Math.ceil(files / 40)), '--quiet'];
const begin = (dataDir: string): string[] => ['scan', tree, 'bench', '--data-dir', dataDir, ...options];
const resume = ['scan', '--resume', '--data-dir', killed, '--quiet'];

const wholeMs = await run(begin(alone));
const next = random(Number(values.seed));
const kills = Number(values.kills);
let spentMs = 0;
for (let kill = 0; kill < kills; kill += 1) {
  // Spread over the whole scan: each share is about what is left of it for one kill.
  const afterMs = 500 + (wholeMs / kills) * (0.5 + next());
  spentMs += await run(isKnown(killed) ? resume : begin(killed), afterMs);
  console.error(`kill ${kill + 1} after ${Math.round(afterMs)} ms: ${chunksDone(killed)} chunks done`);
}
spentMs += await run(resume);
const [one, other] = [digestOf(alone), digestOf(killed)];
console.log(`left alone: ${(wholeMs / 1000).toFixed(1)} s, ${one}`);
console.log(`killed ${kills} times (seed ${values.seed}): ${(spentMs / 1000).toFixed(1)} s in all, ${other}`);
console.log(one === other ? 'The catalogs are the same.' : 'THE CATALOGS DIFFER.');
process.exitCode = one === other ? 0 : 1;

/** Gives how long it took, ms. `killAfterMs`: its orchestrator gets SIGKILL then, unless it has ended. */
async function run(args: readonly string[], killAfterMs?: number): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const ended = once(child, 'close');
  if (killAfterMs !== undefined) await Promise.race([delay(killAfterMs, undefined, { ref: false }), ended]);
  if (killAfterMs !== undefined) child.kill('SIGKILL');
  const [status] = (await ended) as [number | null];
  const isOver = said.includes('NO_SUCH_SCAN');
  if (status !== 0 && killAfterMs === undefined && !isOver) throw new Error(`${args.join(' ')}: ${status} ${said}`);
  return performance.now() - began;
}

function isKnown(dataDir: string): boolean {
  return existsSync(join(dataDir, CATALOG)) && value(dataDir, 'SELECT count(*) FROM scans') > 0;
}

function chunksDone(dataDir: string): number {
  return isKnown(dataDir) ? value(dataDir, "SELECT count(*) FROM chunks WHERE state = 'done'") : 0;
}

function value(dataDir: string, sql: string): number {
  const db = new Sqlite(join(dataDir, CATALOG), { readonly: true });
  try {
    return Number(db.prepare(sql).pluck().get());
  } catch {
    // Killed before there was a table.
    return 0;
  } finally {
    db.close();
  }
}

/** Of every row of the published scan, whatever their order and ids. */
function digestOf(dataDir: string): string {
  const db = new Sqlite(join(dataDir, CATALOG), { readonly: true });
  try {
    const health = String(db.pragma('integrity_check', { simple: true }));
    const scan = db.prepare('SELECT published_scan FROM mounts').pluck().get();
    const paths = new Map<number, string>();
    let sum = 0n;
    let rows = 0;
    const add = (...fields: unknown[]): void => {
      sum = (sum + createHash('sha256').update(fields.join('\0')).digest().readBigUInt64BE()) % WORD;
      rows += 1;
    };
    const dirs = db.prepare<unknown[], DirRow>(
      'SELECT id, parent, name, state, ino, mtime, all_files, all_dirs, all_size, all_alloc, all_charged FROM dirs WHERE scan = ? ORDER BY id',
    );
    for (const { id, parent, name, ...rest } of dirs.iterate(scan)) {
      const path = parent === null ? '' : `${paths.get(parent) ?? '?'}/${String(name)}`;
      paths.set(id, path);
      add(path, ...Object.values(rest));
    }
    const entries = db.prepare<unknown[], EntryRow>(
      'SELECT e.dir, e.name, e.kind, e.size, e.alloc, e.mtime, e.ino, e.charged FROM dirs d JOIN entries e ON e.dir = d.id WHERE d.scan = ?',
    );
    for (const { dir, name, ...rest } of entries.iterate(scan))
      add(`${paths.get(dir) ?? '?'}/${String(name)}`, ...Object.values(rest));
    return `integrity ${health}, ${rows} rows, digest ${sum.toString(16)}`;
  } finally {
    db.close();
  }
}

interface DirRow {
  readonly id: number;
  readonly parent: number | null;
  readonly name: unknown;
}

interface EntryRow {
  readonly dir: number;
  readonly name: unknown;
}
