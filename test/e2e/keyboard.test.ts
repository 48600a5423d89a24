import { expect, it } from 'vitest';
import { DesktopApp, makeShare } from './support/desktop.ts';

const MOST_TABS = 80;

/** Runs in the page. */
function isActive(element: unknown): boolean {
  return (globalThis as unknown as { document: { activeElement: unknown } }).document.activeElement === element;
}

it('goes from the first run to the files and the log by keyboard only', async () => {
  const share = makeShare(40);
  await using desktop = await DesktopApp.launch();
  const { page } = desktop;
  /** The next part with this role and name that Tab reaches, which must show that it is. */
  const tabTo = async (role: Parameters<typeof page.getByRole>[0], name: string | RegExp): Promise<void> => {
    const wanted = page.getByRole(role, { name }).first();
    await wanted.waitFor({ state: 'attached' });
    for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
      await page.keyboard.press('Tab');
      if (await wanted.evaluate(isActive)) return;
    }
    throw new Error(`Tab never reached ${role} ${String(name)}.`);
  };
  await page.getByRole('radio', { name: /This computer/ }).waitFor({ state: 'attached' });
  await tabTo('radio', /This computer/);
  await tabTo('textbox', 'Mount point');
  await page.keyboard.type(share.path);
  await tabTo('button', 'Browse');
  await page.keyboard.press('Enter');
  await tabTo('button', 'Films');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Up to ${share.path}` }).waitFor();
  await tabTo('radio', /Gentle/);
  await page.keyboard.press('ArrowDown');
  await tabTo('slider', 'Size of a chunk');
  await page.keyboard.press('ArrowRight');
  await page.getByText('up to 250 GiB').waitFor();
  await tabTo('button', 'Start scan');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'All of Films is inventoried.' }).waitFor();
  const [row] = await desktop.request('scan.history', { limit: 1 });
  expect(row).toMatchObject({ mountName: 'Films', verdict: 'covered' });

  await tabTo('tab', 'Progress');
  await tabTo('slider', /Map of 1 chunk/);
  await page.keyboard.press('Enter');
  await page.getByRole('article', { name: /^Chunk 1/ }).waitFor();
  await tabTo('button', 'See files');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Files' }).waitFor();
  await page.keyboard.press('Control+j');
  await page.getByRole('region', { name: 'Lines' }).waitFor();
  await page.keyboard.press('Control+4');
  await page.getByRole('heading', { name: /ready/ }).waitFor();
  await page.keyboard.press('Control+n');
  await page.getByRole('dialog', { name: 'New scan' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'New scan' }).waitFor({ state: 'detached' });

  // Opened by pressing its button, with another dialog over it, and with a folder walked into: Escape closes what is on top, and the focus returns.
  const button = page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: 'New scan' });
  await button.focus();
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('dialog', { name: 'New scan' });
  await sheet.getByRole('button', { name: 'Another host …' }).click();
  await page.getByRole('dialog', { name: 'Add a host' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Add a host' }).waitFor({ state: 'detached' });
  await sheet.getByRole('textbox', { name: 'Mount point' }).fill(share.path);
  await sheet.getByRole('button', { name: 'Browse' }).click();
  await sheet.getByRole('button', { name: 'Films', exact: true }).click();
  await sheet.getByRole('button', { name: `Up to ${share.path}` }).waitFor();
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  await expect.poll(() => button.evaluate(isActive)).toBe(true);
});
