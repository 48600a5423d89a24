import { SmartScannerError } from '../../shared/errors.ts';
import type { Control, Controlled } from '../scan/scan-control.ts';
import type { LiveScan } from './app.ts';
import { ask } from './asks.ts';

export interface ControlRequest {
  readonly kind: Control['kind'];
  /** Which scan, where several run; null: the only one. */
  readonly mountName: string | null;
  readonly scanId: string | null;
  /** null: the whole scan. */
  readonly chunkId: number | null;
}

export interface ControlReport extends Controlled {
  readonly scanId: string;
  readonly mountName: string;
  readonly kind: Control['kind'];
  readonly chunkId: number | null;
}

/** Asks the program that runs the scan, whichever it is, and settles when that has confirmed. Throws NO_SUCH_SCAN, NO_SUCH_CHUNK, USAGE, DEADLINE. */
export async function control(
  live: string,
  scans: readonly LiveScan[],
  request: ControlRequest,
  by: string,
  isAlive: (scanId: string) => Promise<boolean>,
): Promise<ControlReport> {
  const { kind, chunkId } = request;
  const { scanId, mountName } = choose(scans, request);
  const reply = await ask(live, scanId, { kind, chunkId, by }, () => isAlive(scanId).catch(() => true));
  return { scanId, mountName, kind, chunkId, ...reply };
}

function choose(scans: readonly LiveScan[], { mountName, scanId }: ControlRequest): LiveScan['snapshot'] {
  const running = scans.filter(({ alive }) => alive).map(({ snapshot }) => snapshot);
  const meant = running.filter(
    (scan) => (mountName === null || scan.mountName === mountName) && (scanId === null || scan.scanId === scanId),
  );
  const [only] = meant;
  if (only === undefined) {
    const which = scanId === null ? (mountName === null ? '' : ` of ${mountName}`) : ` ${scanId}`;
    throw new SmartScannerError('NO_SUCH_SCAN', `No scan${which} runs on this data directory.`, {
      hint: 'See which do with `smart-scanner monitor`.',
    });
  }
  if (meant.length > 1) {
    const names = meant.map((scan) => scan.mountName).join(', ');
    throw new SmartScannerError('USAGE', `${meant.length} scans run: ${names}.`, {
      hint: 'Say which one is meant with --mount or --scan.',
    });
  }
  return only;
}
