import { SmartScannerError } from '../../shared/errors.ts';
import { localStamp } from '../log/format.ts';

/** Why another scan of the same mount can't begin. */
export function running(scan: {
  readonly scanId: string;
  readonly owner: string;
  readonly startedAtMs: number;
}): SmartScannerError {
  const { scanId, owner, startedAtMs } = scan;
  return new SmartScannerError(
    'SCAN_RUNNING',
    `Scan ${scanId} of this mount point is running (${owner}, since ${localStamp(startedAtMs)}).`,
    {
      hint: 'Watch it with `smart-scanner monitor`, wait until it has ended, or take it over with `scan --take-over`.',
    },
  );
}
