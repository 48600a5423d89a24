import { nameText } from '../../shared/names.ts';
import { SmartScannerError } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/units.ts';
import type { ProbeResult } from '../../shared/worker-protocol.ts';
import type { ScanSettings } from '../../shared/settings.ts';
import type { AttemptLabels, NeighbourPaths, Runtime } from '../runtime/runtime.ts';
import type { Clock } from './clock.ts';
import type { Tuning } from './context.ts';
import { runHelper } from './helper-run.ts';
import { jobCommon, startSpec } from './job.ts';
import { neighbourText } from './neighbours.ts';

const PROBE_DEADLINE_MS = 60_000;

export interface ProbeRequest {
  readonly runtime: Runtime;
  readonly labels: AttemptLabels;
  readonly mountPath: string;
  readonly settings: ScanSettings;
  readonly tuning: Tuning;
  readonly clock: Clock;
  readonly fetchDir: string;
  readonly neighbours: NeighbourPaths;
  readonly signal: AbortSignal;
  /** Entries to be timed; absent: none. */
  readonly samples?: number;
}

/** Looks at the mount point with a worker's own eyes. Throws MOUNT_NOT_FOUND where the daemon can't even bind it. */
export async function probeMount(request: ProbeRequest): Promise<ProbeResult> {
  const { runtime, labels, mountPath, settings, tuning } = request;
  const job = {
    kind: 'probe' as const,
    ...jobCommon(labels.attempt, settings, tuning),
    ...(request.samples === undefined ? {} : { samples: request.samples }),
    bound: { mountTable: '', path: mountPath },
  };
  const neighbours = { ...request.neighbours, only: false };
  const spec = { ...startSpec(labels, mountPath, job, tuning), neighbours };
  try {
    return await runHelper(
      runtime,
      spec,
      {
        clock: request.clock,
        fetchDir: request.fetchDir,
        files: [],
        deadlineMs: PROBE_DEADLINE_MS,
        signal: request.signal,
      },
      ({ result }) => {
        if (result.probe !== undefined) return Promise.resolve(result.probe);
        throw new SmartScannerError(
          'WORKER_CRASHED',
          `The probe of ${mountPath} failed: ${result.error ?? 'no result'}.`,
        );
      },
    );
  } catch (error) {
    if (error instanceof SmartScannerError && /bind source path does not exist/i.test(error.message)) {
      throw notFound(mountPath, 'ENOENT', runtime.kind, error);
    }
    throw error;
  }
}

/** Throws what stands in the way of a scan; `publishedEntries`: of the inventory that this scan would replace. */
export function judgeProbe(
  probe: ProbeResult,
  mountPath: string,
  kind: Runtime['kind'],
  publishedEntries: number,
  publish: boolean,
): void {
  const why = probe.code === null ? '' : ` (${probe.syscall ?? 'system call'}: ${probe.code})`;
  if (!probe.exists) throw notFound(mountPath, probe.code, kind, undefined);
  if (!probe.isDirectory) {
    throw new SmartScannerError('MOUNT_NOT_DIRECTORY', `${mountPath} is not a directory.`, {
      hint: 'Name the directory to inventory, not a file in it.',
    });
  }
  if (!probe.listable) {
    throw new SmartScannerError('MOUNT_NOT_LISTABLE', `${mountPath} can't be listed${why}.`, {
      hint: 'Check its permissions, and that the disk or share behind it is healthy.',
    });
  }
  if (!probe.spoolWritable) {
    throw new SmartScannerError('SPOOL', 'The spool directory can not be written by a worker.', {
      hint: 'Check the free space and the permissions of the data directory.',
    });
  }
  if (probe.empty && publishedEntries > 0 && !publish) {
    throw new SmartScannerError(
      'MOUNT_EMPTY',
      `${mountPath} is empty now, but its inventory has ${publishedEntries} entries: is the array stopped, or the disk not mounted?`,
      {
        hint: 'Mount it and try again; where it is meant to be empty, a new scan with --publish replaces the inventory.',
      },
    );
  }
}

/** The lines of the preflight for the scan log. */
export function probeLines(probe: ProbeResult, mountPath: string, boundPath: string): string[] {
  const bytes = (text: string | null): string => (text === null ? 'unknown' : formatBytes(Number(text)));
  const busy = neighbourText(probe.neighbours ?? null);
  return [
    `PREFLIGHT mount point ${nameText(mountPath)}: a directory, can be listed${probe.empty ? ', empty' : ''}`,
    ...(boundPath === mountPath
      ? []
      : [`PREFLIGHT ${nameText(mountPath)} is a link on its host: workers are shown ${nameText(boundPath)}`]),
    `PREFLIGHT file system ${probe.filesystem ?? 'unknown'}, ${bytes(probe.freeBytes)} free of ${bytes(probe.totalBytes)}`,
    `PREFLIGHT spool writable, ${bytes(probe.spoolFreeBytes)} free`,
    ...(busy === null ? [] : [`PREFLIGHT on this host ${busy}: that and the scan slow each other down`]),
  ];
}

function notFound(mountPath: string, code: string | null, kind: Runtime['kind'], cause: unknown): SmartScannerError {
  return new SmartScannerError(
    'MOUNT_NOT_FOUND',
    `${mountPath} does not exist on the host${code === null ? '' : ` (${code})`}.`,
    {
      hint:
        kind === 'docker'
          ? 'Check the spelling; it is a path on the machine that Docker runs on.'
          : 'Check the spelling.',
      cause,
    },
  );
}
