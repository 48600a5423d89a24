import { execFile } from 'node:child_process';

const ANSWER_MS = 2_000;
const WATCHER = 'org.kde.StatusNotifierWatcher';
const BUS = 'org.freedesktop.DBus';
/** Desktops have at least one of these programs. */
const ASK: readonly (readonly [string, ...string[]])[] = [
  ['gdbus', 'call', '--session', '--dest', BUS, '--object-path', '/', '--method', `${BUS}.NameHasOwner`, WATCHER],
  ['dbus-send', '--session', '--print-reply', `--dest=${BUS}`, '/', `${BUS}.NameHasOwner`, `string:${WATCHER}`],
  ['busctl', '--user', 'call', BUS, '/', BUS, 'NameHasOwner', 's', WATCHER],
];

/**
 * Whether a panel shows tray icons. Electron makes an icon on every Linux desktop, also where none shows it (stock GNOME); there a window that
 * hides would be gone. Where nobody can say, there is none: a minimised window is always found again.
 */
export async function hasPanel(): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  for (const [program, ...args] of ASK) {
    const said = await new Promise<string | null>((resolve) => {
      execFile(program, args, { timeout: ANSWER_MS, encoding: 'utf8' }, (error, out) =>
        resolve(error === null ? out : null),
      );
    });
    if (said !== null) return /\btrue\b/u.test(said);
  }
  return false;
}
