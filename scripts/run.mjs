// node scripts/run.mjs <file.ts> [arguments…]
// Sets everything up, then runs a TypeScript file of the project with its own Node 24, which strips the types. Runs on Node 20.
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';

const USAGE = 64;
const root = join(import.meta.dirname, '..');
const [file, ...args] = process.argv.slice(2);

if (file === undefined) {
  console.error('usage: node scripts/run.mjs <file.ts> [arguments…]');
  process.exit(USAGE);
}
run('sh', [join(root, 'scripts', 'setup.sh')]);
run(join(root, 'node_modules', 'node', 'bin', 'node'), [join(root, file), ...args]);

/** Ends this process with the program's exit status unless that is 0; 128 + signal as shells do. */
function run(command, commandArgs) {
  const { status, signal, error } = spawnSync(command, commandArgs, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 128 + constants.signals[signal]);
}
