import type { SmartScannerError } from '../../shared/errors.ts';
import type { ProbeResult } from '../../shared/worker-protocol.ts';
import type { CleanupReport, LiveScan } from '../app/app.ts';
import type { ExaminedScan, Examination } from '../catalog/examine.ts';
import type { Endpoint } from '../connection/endpoint.ts';
import type { DaemonLook, HostLease, RuntimeInfo } from '../runtime/runtime.ts';
import type { LogLook } from './scan-logs.ts';
import type { Confidence } from '../../shared/diagnosis.ts';

/** What checks look at. Each part is asked for once, when the first check wants it, and fails for all who ask. */
export interface Look {
  readonly dataDir: string;
  readonly catalogPath: string;
  /** What a scan writes to, whether or not it exists yet. */
  readonly spoolDir: string;
  readonly nowMs: number;
  /** `<user>@<computer>` as scans of this program are owned. */
  readonly owner: string;
  catalog(): Promise<Examination>;
  /** Of every page of the catalog; null where that was not asked (too large, in use). */
  integrity(): Promise<Examination['integrity']>;
  /** A directory that is there, for a worker that only has to start. */
  anyDir(): Promise<string>;
  /** Of the scan that was asked for, or the newest; null where there is none. */
  log(): Promise<LogLook | null>;
  live(): Promise<readonly LiveScan[]>;
  /** Which host is meant. Throws ENDPOINT, DOCKER_CONTEXT, NO_SUCH_HOST. */
  way(): Promise<HostWay>;
  daemon(): Promise<DaemonState>;
  /** What this computer has to log in with. */
  sshHere(): Promise<SshHere>;
  /** Who scans what on the host, whichever computer runs it. */
  leases(): Promise<readonly HostLease[]>;
  /** A worker looks at a directory of the host, with the options that every worker gets. */
  probe(target: ProbeTarget): Promise<ProbeResult>;
  leftovers(): Promise<CleanupReport>;
}

export interface ProbeTarget {
  readonly path: string;
  readonly kind: 'docker' | 'process';
}

export type DaemonState =
  | { readonly reached: true; readonly info: RuntimeInfo; readonly look: DaemonLook }
  | { readonly reached: false; readonly error: SmartScannerError; readonly systemCode: string | null };

export interface HostWay {
  readonly endpoint: Endpoint;
  /** Asked for: then nothing else is used instead. */
  readonly isAsked: boolean;
  readonly isRemote: boolean;
}

export interface SshHere {
  /** One line each: what the agent holds, key files, what ssh's configuration makes of the address. */
  readonly lines: readonly string[];
}

/** The scan that was asked for, where the catalog is ours and has it. */
export async function scanOf(look: Look): Promise<ExaminedScan | null> {
  return (await look.catalog()).ours?.scan ?? null;
}

/** Whether scans of this data directory run in containers. `possible`: those of the original did, and nothing came of them. */
export async function usesDocker(look: Look): Promise<Confidence | null> {
  const way = await look.way().catch(() => null);
  // Whoever named a host means it.
  if (way?.isAsked === true || way?.isRemote === true) return 'certain';
  const { ours, kind, original } = await look.catalog();
  if (ours !== null) {
    const { scan, mounts } = ours;
    const inDocker = scan === null ? mounts.some(({ hostKind }) => hostKind === 'docker') : scan.runtime === 'docker';
    return inDocker ? 'certain' : null;
  }
  // Whether it had Docker then says its log; that there is none here today does not make its database empty.
  if (kind === 'original') return original?.files === 0 && (await namesDocker(look)) ? 'possible' : null;
  return kind === 'none' && (await look.log()) !== null ? 'possible' : null;
}

/** The log says that Docker did not answer. */
async function namesDocker(look: Look): Promise<boolean> {
  const log = await look.log();
  return log !== null && [...log.matches.keys()].some(({ finds }) => finds === 'docker-unreachable');
}

/** What runs the workers here. */
export async function workerKind(look: Look): Promise<'docker' | 'process'> {
  const scan = await scanOf(look);
  if (scan !== null) return scan.runtime;
  return (await usesDocker(look)) === null ? 'process' : 'docker';
}

/** Every Linux host has it. Its root itself can't be bound on all daemons. */
const ANYWHERE = '/usr';

/**
 * A worker that only has to start, with the options that every worker gets; the same one for all who ask. null: the image or the daemon is not
 * there.
 */
export async function anyProbe(look: Look): Promise<ProbeResult | null> {
  const kind = await workerKind(look);
  if (kind === 'process') return await look.probe({ path: await look.anyDir(), kind });
  const daemon = await look.daemon();
  if (!daemon.reached || daemon.look.image.state !== 'present') return null;
  return await look.probe({ path: ANYWHERE, kind });
}

/** Scans that some program runs now. */
export async function runningScans(look: Look): Promise<readonly LiveScan[]> {
  return (await look.live()).filter(({ alive }) => alive);
}

/** In the end all was covered: what went wrong on the way was mended by trying again. */
export function endedWell(scan: ExaminedScan | null): boolean {
  return scan?.state === 'finished' && scan.certificate?.verdict === 'covered' && scan.files > 0;
}
