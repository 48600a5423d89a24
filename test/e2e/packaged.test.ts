import { getCurrentFuseWire, FuseState, FuseV1Options } from '@electron/fuses';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expectSame } from '../support/compare.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { ARTIFACTS, DesktopApp, makeShare } from './support/desktop.ts';
import { until } from './support/notifications.ts';
import { packageApp, packagedApp } from './support/packaged.ts';
import { Panel } from './support/panel.ts';

it('the packaged app starts and scans with what lies in it', async () => {
  const folder = packagedApp();
  const engine = join(folder, 'resources', 'engine');
  const { files } = JSON.parse(readFileSync(join(engine, 'dist', 'image-content.json'), 'utf8')) as { files: string[] };
  expect(
    files.filter((file) => !existsSync(join(engine, file))),
    'what a worker image is built from',
  ).toEqual([]);
  const binaries = readdirSync(join(engine, 'node_modules', 'better-sqlite3', 'prebuilds'));
  expect(binaries.filter((name) => !name.startsWith('linux'))).toEqual([]);
  const share = makeShare(100);
  await using desktop = await DesktopApp.launch({ executable: join(folder, 'smart-scanner') });
  expect(await desktop.app.evaluate(({ app }) => app.isPackaged)).toBe(true);
  await desktop.request('scan.start', { mountPath: share.path, mountName: 'Media', choices: {} });
  await desktop.page.getByRole('button', { name: 'Scans', exact: true }).click();
  await desktop.page.getByText('Covered').waitFor();
  expectSame(desktop.dataDir, 'Media', share.path);
  const bytes = execFileSync('du', ['-sb', folder], { encoding: 'utf8' }).split('\t')[0];
  writeFileSync(join(ARTIFACTS, 'packaged-size.txt'), `${bytes ?? ''} bytes unpacked\n`);
});

it('starts at login where that is wished, in the tray, and its window opens from there', async () => {
  const executable = join(packagedApp(), 'smart-scanner');
  const home = temporaryDirectory();
  const env = { XDG_CONFIG_HOME: join(home, 'config') };
  const entry = join(home, 'config', 'autostart', 'smart-scanner.desktop');
  {
    await using desktop = await DesktopApp.launch({ executable, home, env });
    expect(existsSync(entry)).toBe(false);
    await desktop.request('settings.change', { startAtLogin: true });
    await expect.poll(() => existsSync(entry)).toBe(true);
    await desktop.request('settings.change', { startAtLogin: false });
    await expect.poll(() => existsSync(entry)).toBe(false);
    await desktop.request('settings.change', { startAtLogin: true });
    await expect.poll(() => existsSync(entry)).toBe(true);
  }
  const [, program, option] = /^Exec="(.+)" (\S+)$/mu.exec(readFileSync(entry, 'utf8')) ?? [];
  expect(program).toBe(executable);
  await using panel = await Panel.start();
  let hasWindow = false;
  const launch = DesktopApp.launch({ executable: program ?? '', args: [option ?? ''], home, env });
  const opened = launch.then((desktop) => {
    hasWindow = true;
    return desktop;
  });
  await panel.itemAppeared();
  await until('the catalog to be read', async () => (await panel.shown()).tooltip.includes('nothing scanned yet'));
  expect(hasWindow).toBe(false);
  await panel.click('Open Smart Scanner');
  await using desktop = await opened;
  await desktop.page.getByRole('heading', { name: 'Connect your NAS' }).waitFor();
});

it('a release is no Node for others, takes no debugger, starts all the same, and ends when it is told to', async () => {
  const program = join(packageApp('release'), 'smart-scanner');
  const wire = await getCurrentFuseWire(program);
  expect(wire[FuseV1Options.RunAsNode]).toBe(FuseState.DISABLE);
  expect(wire[FuseV1Options.EnableNodeOptionsEnvironmentVariable]).toBe(FuseState.DISABLE);
  expect(wire[FuseV1Options.EnableNodeCliInspectArguments]).toBe(FuseState.DISABLE);
  expect(wire[FuseV1Options.EnableCookieEncryption]).toBe(FuseState.ENABLE);
  expect(wire[FuseV1Options.EnableEmbeddedAsarIntegrityValidation]).toBe(FuseState.ENABLE);
  expect(wire[FuseV1Options.OnlyLoadAppFromAsar]).toBe(FuseState.ENABLE);
  const home = temporaryDirectory();
  const environment = { ...process.env, SMART_SCANNER_DATA_DIR: join(home, 'data'), NODE_OPTIONS: '--trace-exit' };
  const args = ['--no-sandbox', `--user-data-dir=${join(home, 'user')}`];
  const child = spawn(program, [...args, '--inspect=0'], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  try {
    const log = join(home, 'user', 'app.log');
    await until('the app', () => Promise.resolve(existsSync(log) && readFileSync(log, 'utf8').includes('data in')));
    // Without the fuse it would print; with it this is a second start, which the first one answers.
    const asNode = spawnSync(program, [...args, '-p', '6*7'], {
      env: { ...environment, ELECTRON_RUN_AS_NODE: '1' },
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(asNode.stdout).not.toContain('42');
    expect(said).not.toContain('Debugger listening');
  } finally {
    // As a session that ends: it must not be what keeps it from ending.
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
});
