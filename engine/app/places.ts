import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { physicalDir } from './physical-dir.ts';

/** Where everything of one data directory lies. */
export interface Places {
  readonly dataDir: string;
  readonly catalog: string;
  readonly logs: string;
  /** Spools of attempts, of either runtime. */
  readonly spools: { readonly process: string; readonly docker: string };
  /** Where shards that had to be copied wait to be merged. */
  readonly fetched: string;
  /** One state file for each scan that runs, for `monitor`. */
  readonly live: string;
  /** The hosts that were added. */
  readonly hosts: string;
  /** Findings of the doctor that nobody wants to hear of. */
  readonly muted: string;
}

export function placesOf(asked: string, dbName: string): Places {
  const dataDir = physicalDir(asked);
  return {
    dataDir,
    catalog: join(dataDir, dbName),
    logs: join(dataDir, 'logs'),
    spools: { process: join(dataDir, 'spool', 'process'), docker: join(dataDir, 'spool', 'docker') },
    fetched: join(dataDir, 'fetched'),
    live: join(dataDir, 'live'),
    hosts: join(dataDir, 'hosts.json'),
    muted: join(dataDir, 'muted.json'),
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
