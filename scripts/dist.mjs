// node scripts/dist.mjs [--dir] [--drivable]
// Makes the installers of this platform by electron-builder.yml, into dist/packages. Electron's binary, and what makes an installer of it, are
// fetched the first time.
//   --dir        the app in a folder, no installer: takes nothing from elsewhere once Electron is there
//   --drivable   without the one fuse of a release that keeps debuggers, and with them the tests, from driving it
//   ELECTRON_OVERRIDE_DIST_PATH=<folder>   an Electron that lies elsewhere
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { node, root, run } from './runner.mjs';

const { values } = parseArgs({ options: { dir: { type: 'boolean' }, drivable: { type: 'boolean' } } });
const args = ['node_modules/electron-builder/cli.js', '--config', 'electron-builder.yml', '--publish', 'never'];
if (values.dir) args.push('--dir');
// Without a value it is a boolean.
if (values.drivable) args.push('-c.electronFuses.enableNodeCliInspectArguments');
const electron = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? '';
if (electron !== '') {
  const version = readFileSync(join(electron, 'version'), 'utf8').trim();
  args.push(`-c.electronDist=${electron}`, `-c.electronVersion=${version}`);
}
process.exitCode = await run('sh', [join(root, 'scripts', 'setup.sh')]);
if (process.exitCode === 0) process.exitCode = await run(node, args);
