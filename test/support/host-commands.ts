import { join } from 'node:path';
import { HeardOwners } from '../../engine/app/cleanup-leases.ts';
import { hostCommands, type HostCommands } from '../../engine/app/hosts.ts';
import { placesOf } from '../../engine/app/places.ts';
import { HostStore } from '../../engine/connection/host-store.ts';
import { STANDARD } from '../../engine/runtime/pick.ts';
import { runtimeSources } from '../../engine/runtime/sources.ts';
import { BASE_IMAGE } from '../docker.ts';

/** What is done to the list of hosts of a data directory: for what the desktop app does and no command line. */
export function hostCommandsOf(dataDir: string): HostCommands {
  const places = placesOf(dataDir, 'catalog.db');
  return hostCommands({
    places,
    owner: 'test',
    sources: () =>
      runtimeSources({
        nodePath: process.execPath,
        workerBundle: '',
        contextRoot: join(import.meta.dirname, '..', '..'),
        spools: places.spools,
        choice: STANDARD,
        environment: { SMART_SCANNER_BASE_IMAGE: BASE_IMAGE },
        knownHosts: new HostStore(places.hosts),
      }),
    catalog: () => Promise.resolve(null),
    heard: new HeardOwners(),
  });
}
