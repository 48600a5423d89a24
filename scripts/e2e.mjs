// node scripts/e2e.mjs [vitest arguments…]
// Drives the real desktop app: sets up what that takes (packages, as root on Debian and Ubuntu; an Electron), then runs test/e2e on a screen and
// a session bus of their own. Screenshots lie in .cache/e2e afterwards.
//   SMART_SCANNER_TEST_ELECTRON=<folder>   an Electron to test with
//   SMART_SCANNER_TEST_DOCKER=unix://…     an engine for the tests with Docker, which are skipped without
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { testElectron } from './test-electron.mjs';

const CANNOT = 3;
const root = join(import.meta.dirname, '..');
const node = join(root, 'node_modules', 'node', 'bin', 'node');

if (process.platform !== 'linux') fail('The tests of the desktop app run on Linux only.');
run('sh', [join(root, 'scripts', 'setup.sh')]);
if (process.getuid() === 0)
  run(join(root, 'scripts', 'desktop-packages.sh'), [], { stdio: ['ignore', 'ignore', 'inherit'] });
let electron;
try {
  electron = testElectron();
} catch (error) {
  fail(`There is no Electron to test with: ${error.message}.`);
}
const artifacts = join(root, '.cache', 'e2e');
mkdirSync(artifacts, { recursive: true });
const runtimeDir = mkdtempSync(join(tmpdir(), 'e2e-runtime-'));
try {
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'vitest.e2e.config.ts'];
  const screen = ['-a', '-s', '-screen 0 1400x1000x24 -nolisten tcp'];
  const command = ['dbus-run-session', '--', node, ...vitest, ...process.argv.slice(2)];
  run('xvfb-run', [...screen, ...command], {
    cwd: root,
    env: {
      ...process.env,
      XDG_RUNTIME_DIR: runtimeDir,
      SMART_SCANNER_TEST_ELECTRON: electron,
      SMART_SCANNER_TEST_ARTIFACTS: artifacts,
    },
  });
} finally {
  rmSync(runtimeDir, { recursive: true, force: true });
}

function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error !== undefined) fail(`${command} can't be run: ${error.message}.`);
  if (status !== 0) process.exitCode = status ?? 128 + constants.signals[signal];
  if (status !== 0 && command !== 'xvfb-run') process.exit();
}

function fail(sentence) {
  console.error(sentence);
  process.exit(CANNOT);
}
