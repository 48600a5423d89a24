import { accessSync, constants, lstatSync, opendirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { restOf } from '../shared/mount-table.ts';
import { localTimezone } from '../shared/timezone.ts';
import { WORKER_EXIT, type ProbeJob, type ProbeResult, type ResultLine } from '../shared/worker-protocol.ts';
import { boundPathOf, mountOf, space } from './mounts.ts';
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
  const mount = mountOf(job.mount);
  const known = {
    ...base,
    exists: true,
    isDirectory: true,
    totalBytes: total,
    freeBytes: free,
    device,
    filesystem: mount?.filesystem ?? null,
    isMountPoint: mount === null ? null : mount.point === job.mount,
    pathInFilesystem: mount === null ? null : join(mount.root, restOf(job.mount, mount.point)),
    ...(job.bound === undefined ? {} : { boundPath: boundPathOf(job.mount, job.bound) }),
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
