import { createApp } from '../../engine/app/create.ts';
import type { App } from '../../engine/app/app.ts';
import { HostStore } from '../../engine/connection/host-store.ts';
import type { Secrets } from '../../engine/connection/secrets.ts';
import type { HostKeyPolicy } from '../../engine/connection/ssh/host-key.ts';
import { runtimeSources } from '../../engine/runtime/sources.ts';
import type { Locations } from './locations.ts';

/** The window answers at once however many workers this computer runs; alone they are as fast as ever. */
const BEHIND_THE_WINDOW = 10;

export interface ComposeOptions {
  readonly version: string;
  readonly hostKeys: HostKeyPolicy;
  readonly secrets: Secrets;
}

/** The engine as the desktop app runs it. */
export function composeEngine(locations: Locations, dataDir: string, options: ComposeOptions): App {
  const { version, hostKeys, secrets } = options;
  return createApp({
    dataDir,
    dbName: 'smart_catalog.db',
    nodePath: locations.node,
    catalogBundle: locations.catalogBundle,
    allowAnyFilesystem: false,
    environment: process.env,
    version,
    catalogNiceness: BEHIND_THE_WINDOW,
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
        secrets,
        leastNiceness: BEHIND_THE_WINDOW,
      }),
  });
}
