// How the scripts of the tests run other programs: to their end, passing on what interrupts them.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
export const node = join(root, 'node_modules', 'node', 'bin', 'node');

let running;
let interrupted;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // A terminal's Ctrl-C has reached the running child as well; the others have not. Whoever started something stops it then.
  process.on(signal, () => {
    interrupted ??= signal;
    running?.kill(signal);
  });
}

/** The signal that interrupted this process, or undefined. */
export const interruption = () => interrupted;

/** The exit status that shells give for it. */
export const interruptedStatus = () => 128 + constants.signals[interrupted];

/** Runs to its end in the project's directory; gives the exit status, 1 where there is none. Starts nothing once interrupted. */
export function run(command, args, environment = {}, stdout = 'inherit') {
  if (interrupted !== undefined) return Promise.resolve(1);
  return new Promise((resolve) => {
    running = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', stdout, 'inherit'],
    });
    running.once('error', (error) => {
      console.error(String(error));
      resolve(1);
    });
    running.once('exit', (status) => resolve(status ?? 1));
  });
}
