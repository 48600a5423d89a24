import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { AttemptStats } from '../runtime.ts';

const SAMPLE_MS = 500;
const KIB = 1024;
/** USER_HZ, fixed for user space on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Fields of /proc/<pid>/stat after the command name. */
const FIELD = { utime: 11, stime: 12 } as const;

/** CPU over half a second, and resident memory; null where there is no /proc or the process has ended. */
export async function sampleProcess(pid: number): Promise<AttemptStats | null> {
  const before = await read(pid);
  if (before === null) return null;
  const began = performance.now();
  await delay(SAMPLE_MS);
  const after = await read(pid);
  if (after === null) return null;
  const seconds = (performance.now() - began) / 1000;
  return { cpuPercent: ((after.ticks - before.ticks) / TICKS_PER_SECOND / seconds) * 100, memoryBytes: after.rssBytes };
}

async function read(pid: number): Promise<{ ticks: number; rssBytes: number } | null> {
  const [text, status] = await Promise.all(
    ['stat', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => null)),
  );
  if (typeof text !== 'string' || typeof status !== 'string') return null;
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return {
    ticks: (fields[FIELD.utime] ?? 0) + (fields[FIELD.stime] ?? 0),
    // Not from `stat`, which counts in pages: how large those are only the kernel knows.
    rssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KIB,
  };
}
