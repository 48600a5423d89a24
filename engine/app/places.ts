import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';

/** Where everything of one data directory lies. */
export interface Places {
  readonly dataDir: string;
  readonly catalog: string;
  readonly logs: string;
  /** Spool of the process runtime, and where fetched shards wait to be merged. */
  readonly spool: string;
  readonly fetched: string;
  /** One state file for each scan that runs, for `monitor`. */
  readonly live: string;
}

export function placesOf(dataDir: string, dbName: string): Places {
  return {
    dataDir,
    catalog: join(dataDir, dbName),
    logs: join(dataDir, 'logs'),
    spool: join(dataDir, 'spool'),
    fetched: join(dataDir, 'fetched'),
    live: join(dataDir, 'live'),
  };
}

/** `<user>@<computer>`, as labels and the catalog name the owner of a scan. */
export function ownerOf(environment: Readonly<Record<string, string | undefined>>): string {
  const computer = environment['SMART_SCANNER_COMPUTER'] ?? hostname();
  try {
    return `${userInfo().username}@${computer}`;
  } catch {
    // A uid without an entry in the user database, as in a container.
    return `${process.getuid?.() ?? 'user'}@${computer}`;
  }
}
