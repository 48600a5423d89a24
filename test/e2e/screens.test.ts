import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DesktopApp, makeShare } from './support/desktop.ts';
import { look } from './support/looks.ts';

let desktop: DesktopApp;

beforeAll(async () => {
  desktop = await DesktopApp.launch();
});
afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
});

async function open(place: string): Promise<void> {
  await desktop.page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: place }).click();
}

/** The steps build on one another: one app, as a person uses it. */
describe('each place, in both themes, at its usual and its smallest size', () => {
  it('the first run', async () => {
    await desktop.page.getByText('Ready').first().waitFor();
    await look(desktop, 'first-run');
  });

  it('a scan under way, and its end', async () => {
    const share = makeShare(3000);
    const { page } = desktop;
    await desktop.request('scan.start', {
      mountPath: share.path,
      mountName: 'Media',
      choices: { chunkEntries: 15, maxContainers: 2, planWay: 'measure' },
    });
    await open('Scans');
    await page.getByRole('button', { name: /^Media/ }).click();
    await page.getByRole('slider', { name: /Map of/ }).waitFor();
    await look(desktop, 'scan-running');
    const numbers = page.getByRole('region', { name: 'Numbers' });
    // Whole seconds, each number on one line.
    expect(await numbers.innerText()).not.toMatch(/\d(\.\d+s|ms)\b/u);
    const tops = await numbers
      .locator('dd')
      .evaluateAll((all) =>
        (all as unknown as { getClientRects(): { length: number }; clientHeight: number }[]).map(
          (one) => one.clientHeight,
        ),
      );
    expect(Math.max(...tops)).toBe(Math.min(...tops));
    // Of 900 x 600, the size that is left: the first rows of the table are seen without scrolling.
    const table = await page.getByRole('listbox', { name: 'List of chunks' }).boundingBox();
    expect((table?.y ?? Infinity) + 40).toBeLessThanOrEqual(600);
    await page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor({ timeout: 120_000 });
    await page.getByRole('option').nth(2).click();
    await page.getByRole('article', { name: /Chunk/ }).getByText('Tries').waitFor();
    await look(desktop, 'scan-ended');
    await page.getByRole('tab', { name: 'Certificate' }).click();
    await look(desktop, 'scan-certificate');
    await page.getByRole('tab', { name: 'Problems' }).click();
    await look(desktop, 'scan-problems');
  });

  it('the overview, the list of scans and hosts', async () => {
    const { page } = desktop;
    await open('Overview');
    await page.getByRole('heading', { name: /nothing is missing/ }).waitFor();
    await page.getByRole('article', { name: 'Media' }).getByText('Ready', { exact: true }).waitFor();
    await look(desktop, 'overview');
    await open('Scans');
    await page.getByText('Covered').waitFor();
    await look(desktop, 'scans');
    await open('NAS');
    await page.getByText('Ready', { exact: true }).first().waitFor();
    await look(desktop, 'nas');
  });

  it('settings, and the way in to the doctor', async () => {
    await open('Settings');
    await desktop.page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await look(desktop, 'settings');
    await open('Something’s wrong');
    await desktop.page.getByRole('heading', { name: 'What’s wrong?' }).waitFor();
    await look(desktop, 'doctor');
    await open('Overview');
  });

  it('a new scan', async () => {
    const { page } = desktop;
    await page.keyboard.press('Control+n');
    await page.getByRole('dialog', { name: 'New scan' }).getByText('Ready').first().waitFor();
    await page.getByRole('list', { name: 'Shares' }).waitFor();
    await look(desktop, 'new-scan-top');
    await page.getByRole('button', { name: 'Fine-tune' }).click();
    await look(desktop, 'new-scan');
  });
});
