import { expect, it } from 'vitest';
import { describeWithFuse, mountFuse } from '../support/fuse.ts';
import { DesktopApp } from './support/desktop.ts';
import { goTo } from './support/places.ts';
import { processesBelow } from './support/processes.ts';

const ENDS_MS = 90_000;
/** A directory takes so long until the test cures the disk: the scan waits for whoever presses, however slow this machine is. */
const SLOW_MS = 10_000;
const FOLDERS = 40;

describeWithFuse('while a scan runs on slow disks', () => {
  it('everything that can be pressed does what it says, and at the end nothing is missing', async () => {
    const folders = Array.from({ length: FOLDERS }, (_, at) => [`Season ${at + 1}`, { files: 3, readdir: SLOW_MS }]);
    const mount = await mountFuse({ directories: Object.fromEntries(folders) as Record<string, { files: number }> });
    await using desktop = await DesktopApp.launch();
    const { page } = desktop;
    await desktop.request('scan.start', {
      mountPath: mount.path,
      mountName: 'Media',
      choices: { maxContainers: 2, planWay: 'fast-start' },
    });
    await goTo(desktop, 'Scans');
    await page.getByRole('button', { name: /^Media/ }).click();
    const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
    const heading = (name: RegExp): Promise<void> =>
      page.getByRole('heading', { name, level: 1 }).waitFor({ timeout: ENDS_MS });
    const snapshot = async () => Object.values((await desktop.request('state.get', undefined)).runs).at(-1)?.snapshot;

    await page.getByRole('group', { name: 'Load' }).getByRole('button', { name: 'Fast' }).click();
    await page.getByRole('button', { name: 'Fast', pressed: true }).waitFor();
    await press('More workers');
    await page.getByText('up to 3', { exact: true }).waitFor();
    await press('Fewer workers');
    await page.getByText('up to 2', { exact: true }).waitFor();
    expect(await snapshot()).toMatchObject({ load: 'fast', maxContainers: 2 });

    // The plan's own chunks: the first worker made the plan, and ends.
    const chunks = async () =>
      (await snapshot())?.running.flatMap(({ chunkId, phase }) =>
        phase === 'running' && chunkId > 1 ? [chunkId] : [],
      ) ?? [];
    await expect.poll(async () => (await chunks()).length, { timeout: ENDS_MS }).toBe(2);
    const chunk = String((await chunks())[0]);
    const table = page.getByRole('listbox', { name: 'List of chunks' });
    await table
      .getByRole('option')
      .filter({ has: page.getByText(chunk, { exact: true }) })
      .filter({ hasText: 'Being scanned' })
      .click();
    const card = page.getByRole('article', { name: `Chunk ${chunk}`, exact: true });
    await card.getByText(/of a processor/).waitFor({ timeout: ENDS_MS });
    await card.getByRole('button', { name: 'Its log' }).click();
    const lines = page.getByRole('region', { name: 'Lines' });
    await lines.getByText(`Chunk ${chunk} starts`).waitFor();
    expect(
      await lines
        .locator('.log-line')
        .filter({ hasNotText: new RegExp(`chunk ${chunk}\\b`, 'iu') })
        .count(),
    ).toBe(0);
    await press('Close the log');
    await card.getByRole('button', { name: 'Give it up' }).click();
    // What it has read is merged; the rest of it is a chunk that failed.
    await heading(/^Media is being scanned, \d+ chunks? failed/);
    await page.getByRole('tab', { name: /^Problems \(\d+\)$/ }).waitFor();

    await press('Pause');
    await heading(/^Media is paused, asked by/);
    await page.getByText('The share is let go of until you resume.').waitFor();
    // A worker whose read does not return lets go as well, within seconds.
    await expect
      .poll(() => processesBelow(desktop.process.pid ?? 0, /worker\.\w+\0scan\0/u), { timeout: ENDS_MS })
      .toEqual([]);
    await press('Resume');
    await heading(/^Media is being scanned, \d+ chunks? failed/);

    await press('Stop');
    await heading(/^The scan of Media was stopped/);
    await press('Continue');
    await heading(/^Media is being scanned/);
    mount.cure();
    await heading(/inventoried but for/);
    await press('Try again');
    await heading(/^All of Media is inventoried\.$/);
    const { mounts } = await desktop.request('state.get', undefined);
    expect(mounts?.[0]).toMatchObject({ verdict: 'covered', files: FOLDERS * 3, missing: { folders: 0, entries: 0 } });
  });
});
