import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SmartScannerError } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/units.ts';

/** What an entry takes in the catalog, indexes and directory sums included: 77 to 90 bytes were measured. */
const ENTRY_BYTES = 100;

/** Throws DATA_DIR where the directory of the catalog, or the catalog, can't be written (also by root: a read-only file system). */
export async function checkCatalogWritable(catalog: string): Promise<void> {
  const dir = dirname(catalog);
  try {
    await access(dir, constants.W_OK);
    await access(catalog, constants.W_OK).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    });
  } catch (error) {
    throw new SmartScannerError('DATA_DIR', `The data directory ${dir} can't be written: ${String(error)}.`, {
      hint: 'Name one that can be written with --data-dir.',
      cause: error,
    });
  }
}

/**
 * Throws DATA_DIR where there is no room for a second copy of the inventory: the old one stays until the new one is whole. Nothing is known
 * of a first scan. Gives a line for the scan log.
 */
export async function checkCatalogRoom(catalog: string, publishedEntries: number): Promise<string> {
  const dir = dirname(catalog);
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  const needed = publishedEntries * ENTRY_BYTES;
  if (needed > free) {
    throw new SmartScannerError(
      'DATA_DIR',
      `The data directory ${dir} has ${formatBytes(free)} free, but a second copy of the inventory takes about ${formatBytes(needed)}.`,
      {
        hint: 'Make room there, or name another place with --data-dir.',
        evidence: { freeBytes: free, neededBytes: needed },
      },
    );
  }
  const second =
    publishedEntries === 0 ? '' : `, about ${formatBytes(needed)} wanted for a second copy of the inventory`;
  return `PREFLIGHT catalog writable, ${formatBytes(free)} free${second}`;
}
