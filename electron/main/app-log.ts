import { app } from 'electron';
import appLog from 'electron-log/node.js';
import { join } from 'node:path';

const MAX_BYTES = 5_000_000;

export interface AppLog {
  readonly path: string;
  readonly note: (text: string) => void;
  /** For what nobody can act upon. */
  readonly failed: (what: string) => (error: unknown) => void;
}

/** The app's own log, which the drawer shows. Whatever goes wrong outside of a scan ends up here. */
export function openAppLog(): AppLog {
  const path = join(app.getPath('userData'), 'app.log');
  appLog.transports.file.resolvePathFn = () => path;
  appLog.transports.file.maxSize = MAX_BYTES;
  appLog.transports.console.level = false;
  const failed =
    (what: string) =>
    (error: unknown): void =>
      appLog.error(what, error);
  process.on('uncaughtException', failed('uncaught'));
  process.on('unhandledRejection', failed('unhandled'));
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    if (reason !== 'clean-exit') appLog.warn(`A process of the window system ended: ${type}, ${reason} (${exitCode})`);
  });
  return { path, failed, note: (text) => appLog.info(text) };
}
