import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Given when the app starts by itself: it goes to the tray and opens no window. */
export const HIDDEN = '--hidden';

/** Linux desktops start what lies in this folder (XDG Autostart); Electron knows only the ways of macOS and Windows. */
export function autostartFile(environment: Readonly<Record<string, string | undefined>>): string {
  return join(environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'autostart', 'smart-scanner.desktop');
}

/** Written or removed; `command`: the program and its arguments. Throws where the folder can't be written. */
export function setAutostart(file: string, command: readonly string[] | null): void {
  if (command === null) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(join(file, '..'), { recursive: true });
  const lines = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Smart Scanner',
    `Exec=${command.map(quoted).join(' ')}`,
    'X-GNOME-Autostart-enabled=true',
    'Terminal=false',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** As the Desktop Entry Specification wants arguments: quoted, with `"`, `` ` ``, `$`, `\` escaped twice over, and `%` doubled. */
function quoted(argument: string): string {
  const escaped = argument.replaceAll('\\', '\\\\\\\\').replace(/["`$]/gu, '\\\\$&').replaceAll('%', '%%');
  return `"${escaped}"`;
}
