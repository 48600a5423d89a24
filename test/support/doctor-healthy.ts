import { expect } from 'vitest';
import type { FindingId } from '../../engine/doctor/kinds.ts';
import { cli } from './cli.ts';
import type { Ward } from './doctor.ts';
import { later, ORIGINAL_END } from './doctor-scenarios.ts';

/** Nothing is wrong here; docs/doctor-scenarios.md has each in words. */
export interface Healthy {
  readonly no: string;
  /** All that is told: nothing, or what is worth knowing and no problem. */
  readonly told: readonly FindingId[];
  readonly make: (ward: Ward) => Promise<void> | void;
}

export const healthy: readonly Healthy[] = [
  { no: 'H1', told: [], make: () => undefined },
  {
    no: 'H2',
    told: [],
    make: async (ward) => {
      const { status } = await cli(['scan', ward.tree, 'Tree', '--data-dir', ward.data, '--runtime', 'process']);
      expect(status).toBe(0);
    },
  },
  {
    no: 'H3',
    told: [],
    make: (ward) => {
      ward.original(5_000);
      ward.log(['INFO - PROGRESS 5000 files', ORIGINAL_END], 'original');
    },
  },
  {
    no: 'H4',
    told: [],
    make: (ward) => {
      const { catalog, scanId } = ward.begin();
      later(() => catalog.close());
      ward.live(scanId, {});
    },
  },
  {
    no: 'H5',
    told: ['scan-paused'],
    make: (ward) => {
      const logPath = ward.log([
        'ERROR - Chunk 1 attempt 0197: The worker ran out of memory and was killed by the kernel.',
        'ERROR - STALL chunk 2: lstat on Old/cam3 has not returned for 600 s',
        'ERROR - QUARANTINE Set aside after 2 strikes: Old/cam3 (lstat does not return)',
        'INFO - PAUSED asked to',
      ]);
      const { catalog, scanId } = ward.begin({ logPath });
      later(() => catalog.close());
      ward.live(scanId, {}, { logPath, pauses: [{ kind: 'asked', text: 'somebody asked', sinceMs: Date.now() }] });
    },
  },
];
