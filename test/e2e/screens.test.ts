import { afterAll, beforeAll, describe, it } from 'vitest';
import { DesktopApp, makeShare } from './support/desktop.ts';
import { goTo, look as lookAt } from './support/places.ts';

let desktop: DesktopApp;

beforeAll(async () => {
  desktop = await DesktopApp.launch();
});
afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
});

const look = (name: string): Promise<void> => lookAt(desktop, name);
const open = (place: string): Promise<void> => goTo(desktop, place);

/** The steps build on one another: one app, as a person uses it. */
describe('each place, in both themes, at its usual and its smallest size', () => {
  it('the first run', async () => {
    await desktop.page.getByText('Ready').first().waitFor();
    await look('first-run');
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
    await page.getByRole('img', { name: /Map of/ }).waitFor();
    await look('scan-running');
    await page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor({ timeout: 120_000 });
    await page.getByRole('option').nth(2).click();
    await page.getByRole('article', { name: /Chunk/ }).getByText('Tries').waitFor();
    await look('scan-ended');
    await page.getByRole('tab', { name: 'Certificate' }).click();
    await look('scan-certificate');
    await page.getByRole('tab', { name: 'Problems' }).click();
    await look('scan-problems');
  });

  it('the overview, the list of scans and hosts', async () => {
    const { page } = desktop;
    await open('Overview');
    await page.getByRole('heading', { name: /nothing is missing/ }).waitFor();
    await look('overview');
    await open('Scans');
    await page.getByText('Covered').waitFor();
    await look('scans');
    await open('NAS');
    await page.getByText('Answers').first().waitFor();
    await look('nas');
  });

  it('a new scan', async () => {
    const { page } = desktop;
    await page.keyboard.press('Control+n');
    await page.getByRole('dialog', { name: 'New scan' }).getByText('Ready').first().waitFor();
    await page.getByRole('button', { name: 'Fine-tune' }).click();
    await look('new-scan');
  });
});
