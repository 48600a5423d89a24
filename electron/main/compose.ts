import { createApp } from '../../engine/app/create.ts';
import type { App } from '../../engine/app/app.ts';
import { HostStore } from '../../engine/connection/host-store.ts';
import type { HostKeyPolicy } from '../../engine/connection/ssh/host-key.ts';
import { runtimeSources } from '../../engine/runtime/sources.ts';
import type { Locations } from './locations.ts';

/** The engine as the desktop app runs it. */
export function composeEngine(locations: Locations, dataDir: string, hostKeys: HostKeyPolicy): App {
  return createApp({
    dataDir,
    dbName: 'smart_catalog.db',
    nodePath: locations.node,
    catalogBundle: locations.catalogBundle,
    allowAnyFilesystem: false,
    environment: process.env,
    runtimes: (places, choice, open) =>
      runtimeSources({
        nodePath: locations.node,
        workerBundle: locations.workerBundle,
        contextRoot: locations.contextRoot,
        spools: places.spools,
        open,
        choice,
        environment: process.env,
        knownHosts: new HostStore(places.hosts),
        hostKeys,
      }),
  });
}
