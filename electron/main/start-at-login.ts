import { app } from 'electron';
import { autostartFile, HIDDEN, setAutostart } from '../app/autostart.ts';

/** As each system does it. What is not installed is not started by macOS and Windows: they would start Electron itself. */
export function startAtLogin(isWanted: boolean, note: (text: string) => void): void {
  if (process.platform !== 'linux') {
    if (app.isPackaged) app.setLoginItemSettings({ openAtLogin: isWanted, args: [HIDDEN] });
    return;
  }
  const program = process.env['APPIMAGE'] ?? process.execPath;
  const command = app.isPackaged ? [program, HIDDEN] : [program, app.getAppPath(), HIDDEN];
  try {
    setAutostart(autostartFile(process.env), isWanted ? command : null);
  } catch (error) {
    note(`Starting at login could not be changed: ${String(error)}`);
  }
}
