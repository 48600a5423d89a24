import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DesktopApp, makeShare } from './support/desktop.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = [
  [1280, 800],
  [900, 600],
] as const;
const THEMES = ['light', 'dark'] as const;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

let desktop: DesktopApp;

beforeAll(async () => {
  desktop = await DesktopApp.launch();
});
afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
});

/** What axe finds on the page as it is. */
async function violations(): Promise<string[]> {
  await desktop.page.evaluate(AXE);
  const { violations: found } = await desktop.page.evaluate(
    () =>
      (globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run() as Promise<{
        violations: Violation[];
      }>,
  );
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`));
}

/** A picture in each theme and size, looked at by axe in each theme. Nothing may be wider than the window. */
async function look(name: string): Promise<void> {
  for (const theme of THEMES) {
    await desktop.request('settings.change', { theme });
    await desktop.page.waitForFunction(
      (dark) =>
        (globalThis as unknown as { matchMedia(query: string): { matches: boolean } }).matchMedia(
          '(prefers-color-scheme: dark)',
        ).matches === dark,
      theme === 'dark',
    );
    for (const [width, height] of SIZES) {
      await desktop.resize(width, height);
      await desktop.screenshot(`${name}-${theme}-${width}x${height}`);
      const tooWide = await desktop.page
        .locator('main')
        .evaluate((main: { scrollWidth: number; clientWidth: number }) => main.scrollWidth - main.clientWidth);
      expect(tooWide, `${name} at ${width}`).toBeLessThanOrEqual(0);
    }
    expect(await violations(), `${name} ${theme}`).toEqual([]);
  }
}

async function open(place: string): Promise<void> {
  await desktop.page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: place }).click();
}

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

  it('the log', async () => {
    await desktop.page.keyboard.press('Control+j');
    await desktop.page.getByText('SMART SCAN COMPLETE').first().waitFor();
    await look('log');
    await desktop.page.keyboard.press('Control+j');
  });

  it('the overview, the list of scans, files, hosts and settings', async () => {
    const { page } = desktop;
    await open('Overview');
    await page.getByRole('heading', { name: /nothing is missing/ }).waitFor();
    await look('overview');
    await open('Scans');
    await page.getByText('Covered').waitFor();
    await look('scans');
    await open('Files');
    await page.getByRole('button', { name: /Films/ }).waitFor();
    await look('files');
    for (const tab of ['Largest files', 'Types', 'Ages']) {
      await page.getByRole('tab', { name: tab }).click();
      await look(`files-${tab.toLowerCase().replace(' ', '-')}`);
    }
    await open('NAS');
    await page.getByText('Ready', { exact: true }).first().waitFor();
    await look('nas');
    await open('Settings');
    await look('settings');
  });

  it('a new scan', async () => {
    const { page } = desktop;
    await page.keyboard.press('Control+n');
    await page.getByRole('dialog', { name: 'New scan' }).getByText('Ready').first().waitFor();
    await page.getByRole('button', { name: 'Fine-tune' }).click();
    await look('new-scan');
  });
});
