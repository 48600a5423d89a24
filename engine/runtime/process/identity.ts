import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PS_DEADLINE_MS = 5_000;
/** Field 22 of /proc/<pid>/stat, counted after the command name, which may hold anything in its parentheses. */
const START_TIME_AFTER_NAME = 19;
const STATE_AFTER_NAME = 0;
const THREADS_AFTER_NAME = 17;

/**
 * When a process started, in words of its platform: with the pid it tells a process from another one that got its number later. null
 * when there is no such process. A zombie has ended too, unless a thread of it is stuck in the kernel.
 */
export async function startTimeOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (text === null) return null;
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const isDead = fields[STATE_AFTER_NAME] === 'Z' && Number(fields[THREADS_AFTER_NAME]) <= 1;
    return isDead ? null : (fields[START_TIME_AFTER_NAME] ?? null);
  }
  try {
    if (process.platform === 'win32') {
      const script = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`;
      const { stdout } = await run('powershell', ['-NoProfile', '-Command', script], { timeout: PS_DEADLINE_MS });
      return stdout.trim() || null;
    }
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], { timeout: PS_DEADLINE_MS });
    return stdout.trim() || null;
  } catch {
    return null;
  }
}

/** `<pid>:<start time>`. */
export function identityOf(pid: number, startTime: string): string {
  return `${pid}:${startTime}`;
}

export function pidOf(identity: string): number {
  return Number(identity.split(':', 1)[0]);
}

/** Whether exactly this process still runs. */
export async function isRunning(identity: string): Promise<boolean> {
  const pid = pidOf(identity);
  const startTime = await startTimeOf(pid);
  return startTime !== null && identityOf(pid, startTime) === identity;
}
