// Where the tests of the desktop app run: an Electron, a screen and a session bus of their own. Sets up what is missing, where it may.
//   SMART_SCANNER_TEST_ELECTRON=<folder>   an Electron to test with
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, root } from './runner.mjs';
import { testElectron } from './test-electron.mjs';

const packagesScript = join(import.meta.dirname, 'desktop-packages.sh');
const SCREEN = '-screen 0 1400x1000x24 -nolisten tcp';

/**
 * A bus that starts nothing by itself: the system's own configuration would start the notification daemon for the first test that notifies, and
 * it would still show that when another test looks.
 */
const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

/** {missing: why in words}, or {node(args): {command, args}, vitest(args), environment, end()}. `run`: see runner.mjs. */
export async function desktopSession(run) {
  if (process.platform !== 'linux') return { missing: 'the tests of the desktop app run on Linux only' };
  const lacking = lackingPackages();
  if (lacking.length > 0) {
    if (process.getuid() !== 0)
      return { missing: `${lacking.join(', ')} not installed; as root, scripts/desktop-packages.sh does it` };
    if ((await run(packagesScript, [], {}, 'ignore')) !== 0)
      return { missing: `${lacking.join(', ')} could not be installed, see above` };
  }
  let electron;
  try {
    electron = await testElectron();
  } catch (error) {
    return { missing: `there is no Electron to test with: ${error.message}` };
  }
  const artifacts = join(root, '.cache', 'e2e');
  mkdirSync(artifacts, { recursive: true });
  const runtimeDir = mkdtempSync(join(tmpdir(), 'e2e-runtime-'));
  const bus = join(runtimeDir, 'bus.conf');
  writeFileSync(bus, BUS);
  const inSession = (args) => ({
    command: 'xvfb-run',
    args: ['-a', '-s', SCREEN, 'dbus-run-session', '--config-file', bus, '--', node, ...args],
  });
  return {
    node: inSession,
    vitest: (args) =>
      inSession([join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'vitest.e2e.config.ts', ...args]),
    environment: {
      XDG_RUNTIME_DIR: runtimeDir,
      SMART_SCANNER_TEST_ELECTRON: electron,
      SMART_SCANNER_TEST_ARTIFACTS: artifacts,
    },
    end: () => rmSync(runtimeDir, { recursive: true, force: true }),
  };
}

function lackingPackages() {
  const { stdout } = spawnSync(packagesScript, ['--lacking'], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').filter((name) => name !== '');
}
