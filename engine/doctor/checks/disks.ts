import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatBytes, formatCount } from '../../../shared/units.ts';
import { nearestDir } from '../nearest-dir.ts';
import { LOOK_AGAIN } from '../fixes.ts';
import type { Check, Found, Seen } from '../types.ts';

const LOW = 0.05;
/** Less than this and not even a small catalog can be made. */
const FULL_BYTES = 16 * 1024 ** 2;
/** More than this is enough whatever its share. */
const ENOUGH_BYTES = 20 * 1024 ** 3;
const INODES_LOW = 1_000;
/** `statfs` of file systems that are memory. */
const IN_MEMORY: Readonly<Record<number, string>> = { 0x01021994: 'tmpfs', 0x858458f6: 'ramfs' };

export const space: Check = {
  id: 'space',
  title: 'Catalog and spool have room',
  category: 'disk',
  needs: ['data directory'],
  wakesDisks: false,
  cost: 'one call each',
  timeoutMs: 10_000,
  finds: ['disk-full', 'disk-low', 'inodes-full', 'data-dir-volatile'],
  applicable: () => Promise.resolve(true),
  run: async (look): Promise<Seen> => {
    const said: string[] = [];
    const findings: Found[] = [];
    for (const [what, wanted] of [
      ['catalog', dirname(look.catalogPath)],
      ['spool', look.spoolDir],
    ] as const) {
      const dir = await nearestDir(wanted);
      const { bavail, blocks, bsize, files, ffree, type } = await statfs(dir);
      const memory = IN_MEMORY[type >>> 0];
      const free = bavail * bsize;
      const total = blocks * bsize;
      const numbers = `disk of the ${what} (${dir}): ${formatBytes(free)} of ${formatBytes(total)} free, ${formatCount(ffree)} inodes${memory === undefined ? '' : `, ${memory}`}`;
      said.push(numbers);
      const seen = `The ${numbers}.`;
      const id = free < FULL_BYTES ? 'disk-full' : free < total * LOW && free < ENOUGH_BYTES ? 'disk-low' : null;
      if (id !== null) findings.push({ id, seen, confidence: 'certain', evidence: [numbers], fixes: [LOOK_AGAIN] });
      // Some file systems (btrfs) have no such number and say 0 of 0.
      if (files > 0 && ffree < INODES_LOW)
        findings.push({ id: 'inodes-full', seen, confidence: 'certain', evidence: [numbers], fixes: [LOOK_AGAIN] });
      if (memory !== undefined && what === 'catalog')
        findings.push({ id: 'data-dir-volatile', seen, confidence: 'certain', evidence: [`statfs: ${memory}`] });
    }
    return { said: said.join('; '), findings };
  },
};
