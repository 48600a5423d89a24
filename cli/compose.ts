import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostWish } from '../engine/connection/choose.ts';
import type { Secrets } from '../engine/connection/secrets.ts';
import type { HostKeyPolicy } from '../engine/connection/ssh/host-key.ts';
import type { App } from '../engine/app/app.ts';

export interface ComposeOptions {
  readonly dataDir: string;
  readonly dbName: string;
  readonly forceFilesystem: boolean;
  readonly wish: HostWish;
  readonly hostKeys: HostKeyPolicy;
  readonly secrets: Secrets;
  readonly version: string;
}

/** The composition root of the command line. Loaded only when a command really runs, so that --help is quick. */
export async function compose(options: ComposeOptions): Promise<App> {
  const { createApp } = await import('../engine/app/create.ts');
  const { HostStore } = await import('../engine/connection/host-store.ts');
  const { runtimeSources } = await import('../engine/runtime/sources.ts');
  const dist = dirname(fileURLToPath(import.meta.url));
  return createApp({
    dataDir: options.dataDir,
    dbName: options.dbName,
    nodePath: process.execPath,
    catalogBundle: join(dist, 'catalog.mjs'),
    allowAnyFilesystem: options.forceFilesystem,
    environment: process.env,
    version: options.version,
    runtimes: (places, choice, open) =>
      runtimeSources({
        nodePath: process.execPath,
        workerBundle: join(dist, 'worker.cjs'),
        contextRoot: join(dist, '..'),
        spools: places.spools,
        choice,
        environment: process.env,
        knownHosts: new HostStore(places.hosts),
        wish: options.wish,
        hostKeys: options.hostKeys,
        open,
        secrets: options.secrets,
      }),
  });
}
