import { accessSync, constants, lstatSync, opendirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { localTimezone } from '../shared/timezone.ts';
import { WORKER_EXIT, type ProbeJob, type ProbeResult, type ResultLine } from '../shared/worker-protocol.ts';
import { lookAtNeighbours } from './neighbours.ts';
import { errorCode } from './roots.ts';

/** Looks at a mount point: what a scan of it would meet first. */
export function probe(job: ProbeJob): ResultLine {
  const began = performance.now();
  const neighbours = job.neighbours === undefined ? {} : { neighbours: lookAtNeighbours(job.neighbours) };
  const only = job.neighbours?.only === true;
  const result = { ...(only ? lookAtSpool(job) : look(job)), ...neighbours };
  const exit = result.listable || only ? WORKER_EXIT.done : WORKER_EXIT.mount;
  return {
    type: 'result',
    kind: 'probe',
    exit,
    reason: 'finished',
    durationMs: performance.now() - began,
    probe: result,
  };
}

function lookAtSpool(job: ProbeJob): ProbeResult {
  const spool = space(job.spool);
  return {
    exists: false,
    isDirectory: false,
    listable: false,
    empty: false,
    code: null,
    syscall: null,
    filesystem: null,
    isMountPoint: null,
    totalBytes: null,
    freeBytes: null,
    spoolFreeBytes: spool.free,
    spoolTotalBytes: spool.total,
    spoolWritable: writable(job.spool),
    nowMs: Date.now(),
    timezone: localTimezone(),
  };
}

function look(job: ProbeJob): ProbeResult {
  const base = lookAtSpool(job);
  let device: string;
  try {
    const stat = statSync(job.mount, { bigint: true });
    if (!stat.isDirectory()) return { ...base, exists: true };
    device = String(stat.dev);
  } catch (error) {
    const { code, syscall } = errorCode(error);
    return { ...base, exists: code !== 'ENOENT' && code !== 'ENOTDIR', code, syscall };
  }
  const { total, free } = space(job.mount);
  const known = {
    ...base,
    exists: true,
    isDirectory: true,
    totalBytes: total,
    freeBytes: free,
    device,
    ...mountOf(job.mount),
  };
  try {
    const dir = opendirSync(job.mount);
    const names: string[] = [];
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) {
        names.push(entry.name);
        if (names.length >= Math.max(1, job.samples ?? 0)) break;
      }
    } finally {
      dir.closeSync();
    }
    const lstat = job.samples === undefined ? null : latency(job.mount, names);
    return { ...known, listable: true, empty: names.length === 0, ...(lstat === null ? {} : { lstat }) };
  } catch (error) {
    return { ...known, ...errorCode(error) };
  }
}

/** A slow disk is known after a few: no longer than this, ms. */
const SAMPLING_MS = 2_000;

function latency(mount: string, names: readonly string[]): ProbeResult['lstat'] | null {
  const times: number[] = [];
  const until = performance.now() + SAMPLING_MS;
  for (const name of names) {
    const began = performance.now();
    if (began > until) break;
    // An error takes its time, too.
    lstatSync(join(mount, name), { throwIfNoEntry: false });
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return times.length === 0 ? null : { samples: times.length, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function space(path: string): { total: string | null; free: string | null } {
  try {
    const stat = statfsSync(path, { bigint: true });
    return { total: String(stat.blocks * stat.bsize), free: String(stat.bavail * stat.bsize) };
  } catch {
    return { total: null, free: null };
  }
}

type MountLook = Required<Pick<ProbeResult, 'filesystem' | 'isMountPoint' | 'pathInFilesystem'>>;

/** From /proc/self/mountinfo; nulls where there is none. */
function mountOf(path: string): MountLook {
  let text: string;
  try {
    text = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return { filesystem: null, isMountPoint: null, pathInFilesystem: null };
  }
  let best: { point: string; root: string; filesystem: string } | null = null;
  for (const line of text.split('\n')) {
    const [left, right] = line.split(' - ');
    const [root, point] = (left?.split(' ').slice(3, 5) ?? []).map(unescaped);
    const filesystem = right?.split(' ')[0];
    if (point === undefined || root === undefined || filesystem === undefined) continue;
    const within = path === point || path.startsWith(point === '/' ? '/' : `${point}/`);
    // The last of equal ones is the one on top.
    if (within && point.length >= (best?.point.length ?? 0)) best = { point, root, filesystem };
  }
  if (best === null) return { filesystem: null, isMountPoint: null, pathInFilesystem: null };
  const { point, root, filesystem } = best;
  return { filesystem, isMountPoint: point === path, pathInFilesystem: join(root, path.slice(point.length)) };
}

/** Spaces and the like are octal there. */
function unescaped(text: string): string {
  return text.replace(/\\(\d{3})/g, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
