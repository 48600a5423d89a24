import type * as fs from 'node:fs';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { DesktopApp, makeShare } from './support/desktop.ts';
import { look } from './support/looks.ts';
import { goTo } from './support/places.ts';

it('holds each change at once, after a restart, and for the next scan', async () => {
  const home = temporaryDirectory();
  const stored = () => JSON.parse(readFileSync(join(home, 'user', 'settings.json'), 'utf8')) as Record<string, unknown>;
  const share = makeShare(40);
  {
    await using desktop = await DesktopApp.launch({ home });
    const { page } = desktop;
    await desktop.request('scan.start', { mountPath: share.path, mountName: 'Media', choices: {} });
    await goTo(desktop, 'Overview');
    await page.getByRole('heading', { name: /nothing is missing/ }).waitFor();
    await page.keyboard.press('Control+,');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await look(desktop, 'settings');
    // By keyboard: the radio below the one that is chosen.
    await page.getByRole('radio', { name: /GiB, TiB/ }).focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('textbox', { name: 'Memory of a worker, at most (GiB)' }).fill('3');
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: /Inventories kept/ }).fill('1000');
    await page.keyboard.press('Tab');
    await page
      .getByRole('textbox', { name: /Inventories kept/ })
      .and(page.locator('[value="100"]'))
      .waitFor();
    await page.getByRole('switch', { name: 'Start at login, in the tray' }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('switch', { name: 'A scan ended' }).focus();
    await page.keyboard.press('Space');
    await expect.poll(stored).toMatchObject({
      version: 2,
      units: 'decimal',
      startAtLogin: true,
      notices: { finished: false, problems: true },
      scans: { memoryBytes: 3 * 1024 ** 3, keepScans: 100 },
    });
    await goTo(desktop, 'Files');
    await page.getByText(/MB in 41 files/).waitFor();
    expect(existsSync(join(home, 'user', 'settings.json.new'))).toBe(false);
  }
  await using again = await DesktopApp.launch({ home });
  const { settings } = await again.request('state.get', undefined);
  expect(settings).toMatchObject({ units: 'decimal', notices: { finished: false }, scans: { keepScans: 100 } });
  // The sheet of a new scan begins with them.
  await again.page.keyboard.press('Control+n');
  // Of what is fine-tuned only the memory differs from what everybody gets.
  await again.page.getByRole('dialog').getByRole('button', { name: 'Fine-tune (1 change)' }).waitFor();
});

it('that can not be read are kept aside, and that is said; those of before are taken over', async () => {
  const home = temporaryDirectory();
  mkdirSync(join(home, 'user'));
  writeFileSync(join(home, 'user', 'settings.json'), '{"theme":"da');
  {
    await using desktop = await DesktopApp.launch({ home });
    await goTo(desktop, 'Settings');
    await desktop.page.getByText(/Your settings are damaged, and the usual ones hold. They are kept as/).waitFor();
    await look(desktop, 'settings-damaged');
  }
  writeFileSync(join(home, 'user', 'settings.json'), '{"version":1,"theme":"dark","units":"decimal"}');
  await using desktop = await DesktopApp.launch({ home });
  expect((await desktop.request('state.get', undefined)).settings).toMatchObject({
    version: 2,
    theme: 'dark',
    units: 'decimal',
  });
});

it('another data directory holds from the next start on', async () => {
  const home = temporaryDirectory();
  const other = join(home, 'other');
  const env = { SMART_SCANNER_DATA_DIR: '', XDG_DATA_HOME: join(home, 'share') };
  {
    await using desktop = await DesktopApp.launch({ home, env });
    await goTo(desktop, 'Settings');
    await desktop.app.evaluate(({ dialog }, path) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
    }, '/proc/nowhere');
    await desktop.page.getByRole('button', { name: 'Choose another folder' }).click();
    await desktop.page.getByText("/proc/nowhere can't be written.").waitFor();
    await desktop.app.evaluate(({ dialog }, path) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
    }, other);
    await desktop.page.getByRole('button', { name: 'Choose another folder' }).click();
    await desktop.page.getByRole('button', { name: 'Restart now' }).waitFor();
    expect((await desktop.request('state.get', undefined)).dataDir).toBe(join(home, 'share', 'smart-scanner'));
    // A start by itself would be out of the test's hands: it is only noted that Electron was asked for one.
    const asked = join(home, 'restart-was-asked-for');
    await desktop.app.evaluate(({ app }, path) => {
      const { mainModule } = process as unknown as { mainModule: { require(name: string): typeof fs } };
      const { writeFileSync } = mainModule.require('node:fs');
      app.relaunch = () => writeFileSync(path, '');
    }, asked);
    const ended = new Promise((resolve) => desktop.process.once('exit', resolve));
    await desktop.page.getByRole('button', { name: 'Restart now' }).click();
    await ended;
    expect(existsSync(asked)).toBe(true);
  }
  await using desktop = await DesktopApp.launch({ home, env });
  expect((await desktop.request('state.get', undefined)).dataDir).toBe(other);
});
