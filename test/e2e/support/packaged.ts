import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../support/temporary.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const STAMP = join(ROOT, '.cache', 'packaged-for');
const UNPACKED = join(ROOT, 'dist', 'packages', 'linux-unpacked');
const BUILD_MS = 120_000;
const NOBODY = 65_534;

/** Makes the app as it is installed, but for the installer. `drivable`: takes a debugger, which a release does not. Gives its folder. */
export function packageApp(kind: 'drivable' | 'release'): string {
  // Whatever lay there is replaced: whoever wants the drivable one after a release makes it again.
  rmSync(STAMP, { force: true });
  const args = kind === 'drivable' ? ['--dir', '--drivable'] : ['--dir'];
  execFileSync('node', [join(ROOT, 'scripts', 'dist.mjs'), ...args], {
    env: { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: process.env['SMART_SCANNER_TEST_ELECTRON'] },
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: BUILD_MS,
  });
  return UNPACKED;
}

/** The drivable one, made once for all test files of a run. */
export function packagedApp(): string {
  const run = `${process.ppid}`;
  if (readStamp() === run) return UNPACKED;
  const folder = packageApp('drivable');
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  writeFileSync(STAMP, run);
  return folder;
}

function readStamp(): string {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return '';
  }
}

export interface Unprivileged {
  /** Starts the packaged app, in a home of its own. */
  readonly executable: string;
  readonly home: string;
}

/**
 * The packaged app for somebody who isn't root, with Chromium's own sandbox, which refuses root. Where the tests run as root: nobody, with the
 * app copied to where nobody can read it.
 */
export function unprivilegedApp(folder: string): Unprivileged {
  const home = temporaryDirectory();
  if (process.getuid?.() !== 0) return { executable: join(folder, 'smart-scanner'), home };
  const place = temporaryDirectory();
  chmodSync(place, 0o755);
  // Hard links are quick; not every place takes them.
  execFileSync('sh', [
    '-c',
    'cp -al "$0" "$1" 2>/dev/null || { rm -rf "$1"; cp -a "$0" "$1"; }',
    folder,
    join(place, 'app'),
  ]);
  // As the deb installs it; Chromium does without where the kernel lets users make namespaces.
  execFileSync('chown', ['0:0', join(place, 'app', 'chrome-sandbox')]);
  chmodSync(join(place, 'app', 'chrome-sandbox'), 0o4755);
  const executable = join(place, 'as-nobody.sh');
  // The screen's key is root's: nobody gets a copy.
  const key = join(home, 'Xauthority');
  const { XAUTHORITY } = process.env;
  if (XAUTHORITY !== undefined) execFileSync('cp', [XAUTHORITY, key]);
  execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, home]);
  const environment = `HOME="${home}" XDG_RUNTIME_DIR="${home}" XAUTHORITY="${key}"`;
  writeFileSync(
    executable,
    `#!/bin/sh\nexec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups env -u DBUS_SESSION_BUS_ADDRESS ${environment} "${join(place, 'app', 'smart-scanner')}" "$@"\n`,
  );
  chmodSync(executable, 0o755);
  return { executable, home };
}
