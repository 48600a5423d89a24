import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The original's place on Unraid: kept where it exists. */
const UNRAID = '/mnt/user/appdata/nas-scanner';

/** Where everything lies: as asked, else by environment, else the original's place, else the platform's. */
export function dataDirOf(
  asked: string | undefined,
  environment: Environment,
  exists: (path: string) => boolean = existsSync,
): string {
  if (asked !== undefined) return resolve(asked);
  const named = environment['SMART_SCANNER_DATA_DIR'];
  if (named !== undefined && named !== '') return resolve(named);
  if (exists(UNRAID)) return UNRAID;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'smart-scanner');
  if (process.platform === 'win32')
    return join(environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'smart-scanner');
  return join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'smart-scanner');
}
