import { expect, it } from 'vitest';
import { certificateOfCli } from './support/certificate.ts';
import { DesktopApp, HOSTILE, makeShare } from './support/desktop.ts';

it('leads from the first run to an inventory with the totals of the command line, and to the next scan', async () => {
  const share = makeShare();
  await using desktop = await DesktopApp.launch();
  const { page } = desktop;
  await page.getByRole('heading', { name: 'Connect your NAS' }).waitFor();
  await page.getByText('we never open, change or delete a file').waitFor();
  await page.getByRole('radio', { name: /This computer/ }).waitFor({ state: 'attached' });
  await page.getByRole('textbox', { name: 'Mount point' }).fill(share.path.replace('/Media', ''));
  await page.getByRole('button', { name: 'Browse' }).click();
  await page.getByRole('button', { name: 'Media', exact: true }).click();
  await page
    .getByRole('textbox', { name: 'Mount point' })
    .and(page.locator(`[value="${share.path}"]`))
    .waitFor();
  expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('Media');
  await page.getByRole('button', { name: 'Start scan' }).click();
  await page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor();

  await page.getByRole('tab', { name: 'Certificate' }).click();
  await page.getByText('Everything covered').waitFor();
  const [row] = await desktop.request('scan.history', { limit: 1 });
  const certificate = await desktop.request('scan.certificate', { scanId: row?.scanId ?? '' });
  const expected = await certificateOfCli(share.path, share.name);
  expect(certificate.entries).toEqual(expected.entries);
  expect(certificate.directories).toEqual(expected.directories);
  expect(certificate.bytes).toEqual(expected.bytes);
  expect(certificate.published).toBe(true);

  await page.getByRole('button', { name: 'Overview', exact: true }).click();
  await page.getByRole('heading', { name: /nothing is missing/ }).waitFor();
  await page.getByRole('button', { name: 'Rescan' }).click();
  await page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor();
  expect(await desktop.request('scan.history', { limit: 5 })).toHaveLength(2);
});

it('shows names that want to be HTML as text', async () => {
  const share = makeShare(20);
  await using desktop = await DesktopApp.launch();
  const { page } = desktop;
  await desktop.request('scan.start', { mountPath: share.path, mountName: HOSTILE, choices: { chunkEntries: 2 } });
  await page.getByRole('button', { name: 'Scans', exact: true }).click();
  await page.getByText(HOSTILE).first().waitFor();
  await page.getByText('Covered').waitFor();
  await page.getByRole('button', { name: HOSTILE }).click();
  await page.getByRole('listbox', { name: 'List of chunks' }).getByText(HOSTILE).first().waitFor();
  await page.getByRole('button', { name: 'Files', exact: true }).click();
  await page.getByRole('grid', { name: 'In this folder' }).getByRole('row', { name: HOSTILE }).dblclick();
  await page.getByText(`${HOSTILE}.mkv`).waitFor();
  await page.getByRole('tab', { name: 'Largest files' }).click();
  await page.getByRole('row', { name: `${HOSTILE}.mkv` }).waitFor();
  await page.keyboard.press('Control+j');
  await page.getByRole('region', { name: 'Lines' }).getByText(HOSTILE).first().waitFor();
  expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
  expect(await page.locator('img').count()).toBe(0);
});

it('says why a scan can not start, and what to do', async () => {
  await using desktop = await DesktopApp.launch();
  const { page } = desktop;
  await page.getByRole('textbox', { name: 'Mount point' }).fill('/nonexistent/share');
  await page.getByRole('button', { name: 'Start scan' }).click();
  await page.getByRole('heading', { name: 'share was not scanned.' }).waitFor();
  await page.getByText('/nonexistent/share does not exist on the host').waitFor();
  await page.getByText('Check the spelling.').waitFor();
});
