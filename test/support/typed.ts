import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.cjs');
const DEADLINE_MS = 60_000;

/**
 * Runs a command at a terminal of its own, and types an answer each time its question is there; a function does what a person would do before.
 * Gives all that stood on the screen.
 */
export async function typed(
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string | (() => string)])[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly status: number | null; readonly screen: string }> {
  const command = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  let screen = '';
  let seen = 0;
  const left = [...answers];
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    const next = left[0];
    const at = next === undefined ? -1 : screen.indexOf(next[0], seen);
    if (next === undefined || at < 0) return;
    seen = at + next[0].length;
    left.shift();
    child.stdin.write(`${typeof next[1] === 'string' ? next[1] : next[1]()}\r`);
  });
  const [status] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { status, screen };
}
