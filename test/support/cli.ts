import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.cjs');
/** Longer than any command of a test takes, on a busy machine too; a hang becomes a failure that says so. */
const DEADLINE_MS = process.env['SMART_SCANNER_FAULTS'] === 'full' ? 450_000 : 150_000;

/** For `expect.poll` of a command: each start takes half a second of a processor from what is waited for. */
export const SELDOM = { interval: 2_000, timeout: 120_000 };

export interface CliResult {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Run as this user (needs root). */
  readonly uid?: number;
  /** Another program than the bundled command line. */
  readonly entry?: string;
  readonly cwd?: string;
  /** Killed after so long, ms. */
  readonly deadlineMs?: number;
}

/** A command that runs; `done` settles with what it said. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly done: Promise<CliResult>;
  /** Settles when its output has this text, or something that matches. */
  said(text: string | RegExp): Promise<void>;
  /** To the command and all that it started in its session, as a terminal sends Ctrl-C. */
  interrupt(): void;
}

/** Starts the bundled command line in a process group of its own, without a terminal and without the caller's Docker. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const child = spawn(process.execPath, [options.entry ?? CLI, ...args], {
    env: { ...process.env, DOCKER_HOST: 'unix:///nonexistent/docker.sock', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let out = '';
  let err = '';
  const waiting = new Set<() => void>();
  const more = (): void => {
    for (const look of [...waiting]) look();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    more();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
    more();
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), options.deadlineMs ?? DEADLINE_MS);
  const done = once(child, 'close').then(([status]: unknown[]) => {
    clearTimeout(timer);
    more();
    return { status: typeof status === 'number' ? status : null, out, err };
  });
  return {
    child,
    done,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const has = (what: string): boolean => (typeof text === 'string' ? what.includes(text) : text.test(what));
          if (has(out) || has(err)) resolve();
          else if (child.exitCode !== null || child.signalCode !== null)
            reject(
              new Error(
                `ended (${child.exitCode ?? child.signalCode}) and never said ${String(text)}:\n${out}\n${err}`,
              ),
            );
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
    interrupt: () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    },
  };
}

export function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).done;
}
