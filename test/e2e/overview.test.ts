import { renameSync } from 'node:fs';
import { expect, it } from 'vitest';
import { expectSame } from '../support/compare.ts';
import { DesktopApp, makeShare } from './support/desktop.ts';
import { look } from './support/looks.ts';
import { merged, runOf, SLOW } from './support/scans.ts';

const ENDS_MS = 60_000;

it('a scan that could not begin is told on its card, and one that was broken off goes on from there', async () => {
  const share = makeShare(300);
  await using desktop = await DesktopApp.launch();
  const { page } = desktop;
  const card = page.getByRole('article', { name: 'Media' });
  const overview = page.getByRole('button', { name: 'Overview', exact: true });
  const ended = (): Promise<void> =>
    expect.poll(async () => (await runOf(desktop, 'Media'))?.phase, { timeout: ENDS_MS }).toBe('ended');
  await desktop.request('scan.start', { mountPath: share.path, mountName: 'Media', choices: SLOW });
  await ended();

  renameSync(share.path, `${share.path}-away`);
  await overview.click();
  await card.getByRole('button', { name: 'Rescan' }).click();
  await page.getByRole('heading', { name: 'Media was not scanned.' }).waitFor();
  await overview.click();
  await page.getByRole('heading', { name: 'Media was not scanned.' }).waitFor();
  await card.getByText('MOUNT_NOT_FOUND').waitFor();
  await look(desktop, 'overview-refused');
  renameSync(`${share.path}-away`, share.path);
  await card.getByRole('button', { name: 'Dismiss' }).click();
  await page.getByRole('heading', { name: /nothing is missing/u }).waitFor();

  await card.getByRole('button', { name: 'Rescan' }).click();
  await merged(desktop, 'Media', 2);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await ended();
  await overview.click();
  await card.getByText('Its last scan was not finished.').waitFor();
  await card.getByRole('button', { name: 'Rescan' }).waitFor();
  await card.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor({ timeout: ENDS_MS });
  // Gone on with, not begun anew.
  const history = await desktop.request('scan.history', { limit: 5 });
  expect(history.map(({ state }) => state)).toEqual(['finished', 'finished']);
  expectSame(desktop.dataDir, 'Media', share.path);
});
