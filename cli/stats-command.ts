import type { App } from '../engine/app/app.ts';
import type { ScanRow, Stats } from '../shared/inventory.ts';
import { localStamp } from '../engine/log/format.ts';
import { formatBytes, formatCount } from '../shared/units.ts';
import { certificateText } from './certificate-text.ts';
import type { Actions } from './program.ts';
import { plainTable } from './tables.ts';
import type { Terminal } from './terminal.ts';
import { counted, fitPath, pathOrMount, safeText, toJsonLine } from './text.ts';

const PATH_WIDTH = 80;

/** `smart-scanner stats`. */
export async function statsCommand(
  app: App,
  options: Parameters<Actions['stats']>[0],
  terminal: Terminal,
): Promise<void> {
  const mountName = options.mount ?? null;
  if (options.certificate !== undefined) {
    const scanId = options.certificate === true ? 'latest' : options.certificate;
    const certificate = await app.queries.certificate({ scanId, mountName });
    terminal.out(options.json ? toJsonLine(certificate) : certificateText(certificate, terminal.colors));
    return;
  }
  const stats = await app.queries.stats({ mountName, top: options.top });
  const scans = await app.queries.scans({ mountName, limit: options.scans });
  terminal.out(options.json ? toJsonLine({ ...stats, scans }) : statsText(stats, scans, terminal));
}

function statsText(stats: Stats, scans: readonly ScanRow[], terminal: Terminal): string {
  const heading = (text: string): string => `\n${terminal.colors.bold(text)}`;
  const mounts = plainTable(
    ['Mount', 'Files', 'Size', 'On disk', 'Directories', 'Inventory of', 'Coverage', 'Path'],
    ['left', 'right', 'right', 'right', 'right', 'left', 'left', 'left'],
  );
  for (const mount of stats.mounts) {
    mounts.push([
      safeText(mount.name),
      formatCount(mount.files),
      formatBytes(mount.apparentBytes),
      formatBytes(mount.allocatedBytes),
      formatCount(mount.directories),
      mount.scannedAtMs === null ? 'none yet' : localStamp(mount.scannedAtMs),
      mount.verdict ?? '',
      safeText(mount.path) +
        (mount.provisional === null ? '' : ` (a scan runs: ${counted(mount.provisional.files, 'file')} so far)`),
    ]);
  }
  const types = plainTable(['Type', 'Files', 'Size', 'On disk'], ['left', 'right', 'right', 'right']);
  for (const type of stats.types) {
    types.push([
      type.extension === '' ? '(none)' : `.${safeText(type.extension)}`,
      formatCount(type.files),
      formatBytes(type.apparentBytes),
      formatBytes(type.allocatedBytes),
    ]);
  }
  const ages = plainTable(['Last changed', 'Files', 'Size', 'On disk'], ['left', 'right', 'right', 'right']);
  for (const age of stats.ages)
    ages.push([age.label, formatCount(age.files), formatBytes(age.apparentBytes), formatBytes(age.allocatedBytes)]);
  const directories = plainTable(['On disk', 'Size', 'Files', 'Directory'], ['right', 'right', 'right', 'left']);
  for (const directory of stats.largestDirectories) {
    directories.push([
      formatBytes(directory.allocatedBytes),
      formatBytes(directory.apparentBytes),
      formatCount(directory.files),
      fitPath(`${safeText(directory.mount)}: ${pathOrMount(directory.path)}`, PATH_WIDTH),
    ]);
  }
  const files = plainTable(['Size', 'On disk', 'Changed', 'File'], ['right', 'right', 'left', 'left']);
  for (const file of stats.largestFiles) {
    files.push([
      formatBytes(file.apparentBytes),
      formatBytes(file.allocatedBytes),
      localStamp(file.mtimeMs).slice(0, 10),
      fitPath(`${safeText(file.mount)}: ${safeText(file.path)}`, PATH_WIDTH),
    ]);
  }
  const past = plainTable(
    ['Started', 'Mount', 'State', 'Coverage', 'Files', 'On disk', 'Plan', 'Scan'],
    ['left', 'left', 'left', 'left', 'right', 'right', 'left', 'left'],
  );
  for (const scan of scans) {
    past.push([
      localStamp(scan.startedAtMs),
      safeText(scan.mountName),
      scan.published ? `${scan.state}, published` : scan.state,
      scan.verdict ?? '',
      formatCount(scan.files),
      formatBytes(scan.allocatedBytes),
      scan.planWay,
      scan.scanId,
    ]);
  }
  return [
    terminal.colors.bold('Mounts'),
    mounts.toString(),
    heading('File types'),
    types.toString(),
    heading('Age'),
    ages.toString(),
    heading('Largest directories'),
    directories.toString(),
    heading('Largest files'),
    files.toString(),
    heading('Past scans'),
    past.toString(),
    `\nCatalog: ${formatBytes(stats.catalogBytes)}`,
  ].join('\n');
}
