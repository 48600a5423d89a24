// npm run bench:desktop -- [--only start,busy,idle,scroll] [--runs 5] [--files 1000000] [--dir PATH] [--trace]
// The figures of docs/performance.md for the desktop app: packages it with the Electron of the tests, and measures that on a screen of its own.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { desktopSession } from './desktop-session.mjs';
import { node, root, run } from './runner.mjs';

const CANNOT = 3;
process.exitCode = await bench();

async function bench() {
  const session = await desktopSession(run);
  if (session.missing !== undefined) {
    console.error(`The desktop app can't be measured here: ${session.missing}.`);
    return CANNOT;
  }
  try {
    const electron = { ELECTRON_OVERRIDE_DIST_PATH: session.environment.SMART_SCANNER_TEST_ELECTRON };
    const made = await run(node, [join(root, 'scripts', 'dist.mjs'), '--dir', '--drivable'], electron, 'ignore');
    if (made !== 0) return made;
    const folder = join(root, 'dist', 'packages', 'linux-unpacked');
    const app = join(folder, 'smart-scanner');
    const { command, args } = session.node([join(root, 'bench', 'desktop.ts'), '--app', app, ...process.argv.slice(2)]);
    const status = await run(command, args, session.environment);
    if (process.argv.includes('--only')) return status;
    const size = spawnSync('sh', ['-c', `tar -C '${folder}' -c . | xz -T0 -6 | wc -c`], { encoding: 'utf8' }).stdout;
    console.log(`as a tar.xz, which is what a deb holds: ${(Number(size) / 1024 / 1024).toFixed(1)} MiB`);
    return status;
  } finally {
    session.end();
  }
}
