// node scripts/start.mjs [arguments of Electron…]
// Sets everything up, then starts the desktop app. Electron's binary isn't part of its npm package: it is fetched the first time.
//   ELECTRON_OVERRIDE_DIST_PATH=<folder>   an Electron that lies elsewhere
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

const NOT_STARTED = 3;
const DOWNLOAD_MS = 600_000;
const root = join(import.meta.dirname, '..');
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

const setup = spawnSync('sh', [join(root, 'scripts', 'setup.sh')], { stdio: 'inherit' });
if (setup.status !== 0) process.exit(setup.status ?? NOT_STARTED);
const electron = binary() ?? download();
if (electron === undefined) {
  console.error(
    'The desktop app needs Electron, whose binary is not here and could not be downloaded; the command line does everything without it: ./smart-scanner scan <mount_path> <mount_name>.',
  );
  process.exit(NOT_STARTED);
}
// Chromium's sandbox refuses root.
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const { status, signal } = spawnSync(electron, [root, ...asRoot, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 128 + (constants.signals[signal] ?? 0));

function binary() {
  const given = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? '';
  const folder = given === '' ? join(root, 'node_modules', 'electron', 'dist') : given;
  const names = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };
  const path = join(folder, names[process.platform] ?? 'electron');
  return existsSync(path) ? path : undefined;
}

function download() {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8'));
  console.error(`smart-scanner: fetching Electron ${version} (once) ...`);
  spawnSync(node, [join(root, 'node_modules', 'electron', 'install.js')], { stdio: 'ignore', timeout: DOWNLOAD_MS });
  return binary();
}
