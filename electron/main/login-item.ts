import { app } from 'electron';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { autostartEntry, autostartFile, HIDDEN } from './autostart.ts';

/** Whether the app is started when its user logs in. Only an installed one can be. */
export async function startAtLogin(isWanted: boolean): Promise<void> {
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: isWanted, args: [HIDDEN] });
    return;
  }
  const file = autostartFile(process.env, homedir());
  if (!isWanted) {
    await rm(file, { force: true });
    return;
  }
  await mkdir(dirname(file), { recursive: true });
  // An AppImage runs from a mount that is another one each time.
  await writeFile(file, autostartEntry(process.env['APPIMAGE'] ?? process.execPath));
}
