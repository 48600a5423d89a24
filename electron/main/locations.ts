import { app } from 'electron';
import { join } from 'node:path';

/** Where the app's own parts lie: in the project's folder, or in the resources of a packaged app. */
export interface Locations {
  /** The project's Node 24: catalog and workers run with it, never with Electron's own. */
  readonly node: string;
  readonly catalogBundle: string;
  readonly workerBundle: string;
  /** Reads logs for windows. */
  readonly logBundle: string;
  /** What the worker image is built from. */
  readonly contextRoot: string;
  readonly preload: string;
  readonly pages: string;
  readonly icons: string;
}

export function locations(): Locations {
  const root = app.isPackaged ? join(process.resourcesPath, 'engine') : app.getAppPath();
  const dist = join(root, 'dist');
  const desktop = app.isPackaged ? join(app.getAppPath(), 'dist', 'desktop') : join(dist, 'desktop');
  return {
    node: join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node'),
    catalogBundle: join(dist, 'catalog.mjs'),
    workerBundle: join(dist, 'worker.cjs'),
    logBundle: join(dist, 'logs.mjs'),
    contextRoot: root,
    preload: join(desktop, 'preload.cjs'),
    pages: join(desktop, 'pages'),
    icons: join(desktop, 'icons'),
  };
}
