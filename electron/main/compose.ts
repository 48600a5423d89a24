import { createApp } from '../../engine/app/create.ts';
import type { App } from '../../engine/app/app.ts';
import { runtimeSources } from '../../engine/runtime/sources.ts';
import type { Locations } from './locations.ts';

/** The engine as the desktop app runs it. */
export function composeEngine(locations: Locations, dataDir: string): App {
  return createApp({
    dataDir,
    dbName: 'smart_catalog.db',
    nodePath: locations.node,
    catalogBundle: locations.catalogBundle,
    allowAnyFilesystem: false,
    environment: process.env,
    runtimes: (places, image) =>
      runtimeSources({
        nodePath: locations.node,
        workerBundle: locations.workerBundle,
        contextRoot: locations.contextRoot,
        spools: places.spools,
        image,
        environment: process.env,
      }),
  });
}
