import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

export interface Run {
  readonly seconds: number;
  /** Peak resident memory by role (main, or what `roleOf` says), bytes. */
  readonly peakRss: ReadonlyMap<string, number>;
  readonly output: string;
  /** Of the command itself, without the processes it started. */
  readonly cpuSeconds: number;
}

const SAMPLE_MS = 50;
const KIBIBYTE = 1024;
/** USER_HZ of every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Runs one command to its end. `roleOf` names other processes to watch by their command line (workers live in a session of their own);
 * null: not ours. Throws when the command fails.
 */
export async function measure(
  command: readonly string[],
  roleOf?: (commandLine: string) => string | null,
): Promise<Run> {
  const [program = '', ...args] = command;
  const peakRss = new Map<string, number>();
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  let ticks = 0;
  const sample = (): void => {
    ticks = Math.max(ticks, ticksOf(String(child.pid)));
    // Looking at every process of the machine takes its processors: only where somebody asked.
    for (const pid of roleOf === undefined ? [String(child.pid)] : readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const role =
        Number(pid) === child.pid ? 'main' : (roleOf?.(readProc(pid, 'cmdline').replaceAll('\0', ' ')) ?? null);
      const peak = role === null ? null : /^VmHWM:\s+(\d+) kB/m.exec(readProc(pid, 'status'))?.[1];
      if (role !== null && peak !== null && peak !== undefined)
        peakRss.set(role, Math.max(peakRss.get(role) ?? 0, Number(peak) * KIBIBYTE));
    }
  };
  const timer = process.platform === 'linux' ? setInterval(sample, SAMPLE_MS) : null;
  const [status] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - startedAt) / 1000;
  if (timer !== null) clearInterval(timer);
  const output = Buffer.concat(chunks).toString();
  if (status !== 0) throw new Error(`${command.join(' ')} ended with status ${String(status)}:\n${output}`);
  return { seconds, peakRss, output, cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** User and system time of a process, its threads included. */
export function ticksOf(pid: string): number {
  // Behind the name in brackets, which may hold anything.
  const fields = readProc(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended in between.
    return '';
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
