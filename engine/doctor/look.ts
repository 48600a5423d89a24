import type { SmartScannerError } from '../../shared/errors.ts';
import type { ProbeResult } from '../../shared/worker-protocol.ts';
import type { CleanupReport, LiveScan } from '../app/app.ts';
import type { ExaminedScan, Examination } from '../catalog/examine.ts';
import type { DaemonLook, RuntimeInfo } from '../runtime/runtime.ts';
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
  readonly anyDir: string;
  /** Of the scan that was asked for, or the newest; null where there is none. */
  log(): Promise<LogLook | null>;
  live(): Promise<readonly LiveScan[]>;
  daemon(): Promise<DaemonState>;
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

/** The scan that was asked for, where the catalog is ours and has it. */
export async function scanOf(look: Look): Promise<ExaminedScan | null> {
  return (await look.catalog()).ours?.scan ?? null;
}

/** Whether scans of this data directory run in containers. `possible`: those of the original did, and nothing came of them. */
export async function usesDocker(look: Look): Promise<Confidence | null> {
  const { ours, kind, original } = await look.catalog();
  if (ours !== null) {
    const { scan, mounts } = ours;
    const inDocker = scan === null ? mounts.some(({ hostKind }) => hostKind === 'docker') : scan.runtime === 'docker';
    return inDocker ? 'certain' : null;
  }
  if (kind === 'original') return original?.files === 0 ? 'possible' : null;
  return kind === 'none' && (await look.log()) !== null ? 'possible' : null;
}

/** In the end all was covered: what went wrong on the way was mended by trying again. */
export function endedWell(scan: ExaminedScan | null): boolean {
  return scan?.state === 'finished' && scan.certificate?.verdict === 'covered' && scan.files > 0;
}
