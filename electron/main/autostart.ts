import { join } from 'node:path';

/** Started by the system, not by a person: the window stays away as long as nobody asks for it. */
export const HIDDEN = '--hidden';

/** Where the desktops of Linux look (XDG autostart). */
export function autostartFile(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  const config = environment['XDG_CONFIG_HOME'] ?? '';
  return join(config === '' ? join(home, '.config') : config, 'autostart', 'smart-scanner.desktop');
}

export function autostartEntry(program: string): string {
  // Quoted as the specification of desktop entries wants it: once for Exec, once for a string; % begins a field.
  const quoted = program
    .replace(/["`$\\]/gu, (character) => `\\${character}`)
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%');
  return `[Desktop Entry]\nType=Application\nName=Smart Scanner\nExec="${quoted}" ${HIDDEN}\nX-GNOME-Autostart-enabled=true\n`;
}
