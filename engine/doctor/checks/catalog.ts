import { formatBytes, formatCount } from '../../../shared/units.ts';
import { localStamp } from '../../log/format.ts';
import type { Examination } from '../../catalog/examine.ts';
import type { FindingId } from '../kinds.ts';
import type { Fix } from '../../../shared/diagnosis.ts';
import { copy, LOOK_AGAIN, quote } from '../fixes.ts';
import type { Check, Found, Seen } from '../types.ts';

const REFUSED: Readonly<Partial<Record<Examination['kind'], { readonly id: FindingId; readonly is: string }>>> = {
  newer: { id: 'catalog-newer', is: 'is of a newer version' },
  'not-sqlite': { id: 'catalog-not-sqlite', is: 'is not an SQLite database' },
  foreign: { id: 'catalog-foreign', is: "is another program's database" },
  unreadable: { id: 'catalog-unreadable', is: "can't be read" },
};

export const catalogFile: Check = {
  id: 'catalog-file',
  title: 'The catalog is there and ours',
  category: 'catalog',
  needs: ['catalog'],
  wakesDisks: false,
  cost: 'reads 100 bytes',
  timeoutMs: 20_000,
  finds: ['catalog-missing', 'catalog-newer', 'catalog-not-sqlite', 'catalog-foreign', 'catalog-unreadable'],
  applicable: () => Promise.resolve(true),
  run: async (look): Promise<Seen> => {
    const seen = await look.catalog();
    const { kind, bytes, changedAtMs, version, error } = seen;
    const evidence = [
      `${look.catalogPath}: ${formatBytes(bytes)}`,
      ...(changedAtMs === null ? [] : [`last written ${localStamp(changedAtMs)}`]),
      ...(version === null ? [] : [`version ${version}`]),
      ...(error === null ? [] : [error]),
    ];
    if (kind === 'none') {
      const log = await look.log();
      if (log === null || bytes > 0) return { said: `There is no catalog at ${look.catalogPath} yet.`, findings: [] };
      const where = `${look.catalogPath} ${changedAtMs === null ? 'is not there' : 'is an empty file'}, but there is a log of a scan.`;
      return {
        said: where,
        findings: [{ id: 'catalog-missing', seen: where, confidence: 'certain', evidence: [...evidence, log.path] }],
      };
    }
    const isClosed = seen.ours === null && seen.original === null;
    // Its program writes just now: that ends by itself.
    if (isClosed && error !== null && /\blocked\b/iu.test(error))
      return { said: `${look.catalogPath} could not be read: ${error}.`, findings: [], unknown: true };
    const refused = REFUSED[kind] ?? (isClosed && error !== null ? REFUSED.unreadable : undefined);
    if (refused !== undefined) {
      const what = `${look.catalogPath} ${refused.is}.`;
      return {
        said: what,
        findings: [
          { id: refused.id, seen: what, confidence: 'certain', evidence, fixes: aside(kind, look.catalogPath) },
        ],
      };
    }
    const files = seen.original?.files ?? seen.ours?.scan?.files;
    const of = kind === 'original' ? 'the catalog of the original' : `a catalog of version ${version ?? 0}`;
    return {
      said: `${look.catalogPath} is ${of}, ${formatBytes(bytes)}${files === undefined ? '' : `, ${formatCount(files)} files`}, last written ${changedAtMs === null ? 'never' : localStamp(changedAtMs)}.`,
      findings: [],
    };
  },
};

export const catalogIntegrity: Check = {
  id: 'catalog-integrity',
  title: 'The catalog is whole',
  category: 'catalog',
  needs: ['catalog'],
  wakesDisks: false,
  cost: 'reads the catalog once, up to 2 GiB',
  timeoutMs: 60_000,
  finds: ['catalog-damaged'],
  applicable: async (look) => ['ours', 'original'].includes((await look.catalog()).kind),
  run: async (look): Promise<Seen> => {
    const [{ error, bytes, changedAtMs }, integrity] = await Promise.all([look.catalog(), look.integrity()]);
    if (integrity === null) {
      const why = error ?? `it has ${formatBytes(bytes)} or is being written`;
      return {
        said: `Not checked page by page: ${why}. \`sqlite3 ${look.catalogPath} "PRAGMA integrity_check"\` does it.`,
        findings: [],
        unknown: true,
      };
    }
    if (integrity.length === 0) return { said: `integrity_check: ok (${formatBytes(bytes)}).`, findings: [] };
    const stamp = changedAtMs === null ? [] : [`last written ${localStamp(changedAtMs)}`];
    return {
      said: `integrity_check: ${integrity[0] ?? ''}`,
      findings: [
        {
          id: 'catalog-damaged',
          seen: `SQLite finds ${look.catalogPath} damaged.`,
          confidence: 'certain',
          evidence: [...integrity.map((line) => `integrity_check: ${line}`), ...stamp],
          fixes: aside('damaged', look.catalogPath),
        },
      ],
    };
  },
};

/** Moving it is for whoever knows what it is. */
function aside(kind: Examination['kind'] | 'damaged', path: string): Fix[] {
  if (!['damaged', 'not-sqlite', 'foreign'].includes(kind)) return [LOOK_AGAIN];
  const move = copy(
    'copy-move-aside',
    'Copy the command that moves it away',
    // A -wal that stays would be taken for that of the new catalog, and one that is lost takes the last writes with it.
    `mkdir ${quote(`${path}.old`)} && for file in ${[path, `${path}-wal`, `${path}-shm`].map(quote).join(' ')}; do [ ! -e "$file" ] || mv -n "$file" ${quote(`${path}.old/`)}; done`,
    'Keeps the file, and what SQLite has beside it, in a directory of its own; the next scan makes a new catalog.',
    'Look again afterwards.',
  );
  if (kind !== 'damaged') return [move];
  const recover = copy(
    'copy-recover',
    'Copy the command that saves what can be read',
    `sqlite3 ${quote(path)} .recover | sqlite3 ${quote(`${path}.recovered`)}`,
    'Writes what can be read of it into a new file beside it; the old one stays as it is.',
    'Then move the old one away, put the new one in its place, and look again.',
  );
  // Once it is moved there is nothing to read at its place.
  return [recover, move];
}

export const catalogPlace: Check = {
  id: 'catalog-place',
  title: 'The catalog lies where locks work',
  category: 'catalog',
  needs: ['catalog'],
  wakesDisks: false,
  cost: 'one call',
  timeoutMs: 20_000,
  finds: ['catalog-filesystem'],
  applicable: () => Promise.resolve(true),
  run: async (look): Promise<Seen> => {
    const { badFilesystem } = await look.catalog();
    if (badFilesystem === null) return { said: 'Its file system is one where locks work.', findings: [] };
    const seen = `${look.catalogPath} lies on ${badFilesystem}.`;
    return {
      said: seen,
      findings: [{ id: 'catalog-filesystem', seen, confidence: 'certain', evidence: [`statfs: ${badFilesystem}`] }],
    };
  },
};

export const originalCatalog: Check = {
  id: 'original-catalog',
  title: "The original's database has files",
  category: 'catalog',
  needs: ['catalog'],
  wakesDisks: false,
  cost: 'counts its rows',
  timeoutMs: 30_000,
  finds: ['original-empty'],
  applicable: async (look) => (await look.catalog()).kind === 'original',
  run: async (look): Promise<Seen> => {
    const { original, walBytes } = await look.catalog();
    if (original === null) return { said: 'Its rows could not be counted.', findings: [], unknown: true };
    if (original.files > 0) {
      const where = original.mounts.map(({ mountPoint, files }) => `${mountPoint}: ${formatCount(files)}`).join(', ');
      return {
        said: `${formatCount(original.files)} files (${where}), the last of ${original.lastScan ?? 'an unknown time'}.`,
        findings: [],
      };
    }
    return { said: 'Its table of files is empty.', findings: [await emptyOriginal(look, walBytes)] };
  },
};

async function emptyOriginal(look: Parameters<Check['run']>[0], walBytes: number): Promise<Found> {
  const log = await look.log();
  const finished = log?.ended === true ? ', although its log says that the scan is complete' : '';
  return {
    id: 'original-empty',
    seen: `The table \`files\` of ${look.catalogPath} has no row${finished}.`,
    confidence: 'certain',
    evidence: [
      'SELECT count(*) FROM files: 0',
      ...(log === null
        ? ['no smart_scan_*.log beside it']
        : [
            `${log.path}: ${log.lines} lines, ${log.errors.count} errors`,
            ...(log.lastLine === null ? [] : [log.lastLine]),
          ]),
      ...(walBytes > 0 ? [`${formatBytes(walBytes)} wait in its -wal`] : []),
    ],
    fixes: [
      copy(
        'copy-scan',
        'Copy the command that scans it with Smart Scanner',
        `smart-scanner scan ${quote(scannedPath(log?.scanned ?? [], look.dataDir) ?? '/path/of/the/share')} Files --data-dir ${quote(look.dataDir)} --db-name smart_scanner.db`,
        'Scans into a new database beside the old one, which stays as it is.',
        'The certificate at its end tells whether all is covered.',
      ),
    ],
  };
}

/** What was scanned, as its log names it; null: it names nothing but what the program keeps for itself. */
export function scannedPath(paths: readonly string[], dataDir: string): string | null {
  return paths.find((path) => path !== dataDir && !path.startsWith(`${dataDir}/`)) ?? null;
}
