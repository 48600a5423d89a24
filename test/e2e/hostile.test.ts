import { expect, it } from 'vitest';
import { describeWithFuse, mountFuse } from '../support/fuse.ts';
import { DesktopApp, HOSTILE } from './support/desktop.ts';
import { Notifications, until } from './support/notifications.ts';
import { Panel } from './support/panel.ts';
import { goTo } from './support/places.ts';

describeWithFuse('a folder that can not be read, whose name wants to be HTML', () => {
  it('is text in the tree to pick from, as a problem, a gap, a chunk, a cause, in the tray and in a notification', async () => {
    const mount = await mountFuse({
      directories: { Films: { files: 20 }, [HOSTILE]: { files: 2, readdir: 'EIO' } },
    });
    await using panel = await Panel.start();
    await using notifications = await Notifications.start();
    await using desktop = await DesktopApp.launch();
    const { page } = desktop;
    await panel.itemAppeared();
    await page.getByRole('textbox', { name: 'Mount point' }).fill(mount.path);
    await page.getByRole('button', { name: 'Browse' }).click();
    await page.getByRole('button', { name: HOSTILE, exact: true }).waitFor();

    const { runId } = await desktop.request('scan.start', {
      mountPath: mount.path,
      mountName: HOSTILE,
      choices: { chunkEntries: 10, planWay: 'measure' },
    });
    await notifications.waitForOne();
    const labels = async (): Promise<string> => (await panel.menu()).map(({ label }) => label ?? '').join('\n');
    await until('the tray to name it', async () => (await labels()).includes(HOSTILE));
    await notifications.clickNewest();
    const cause = page.getByRole('article', { name: 'A disk answers with errors' });
    await cause.getByText(HOSTILE).first().waitFor();
    await cause.getByRole('button', { name: 'What we saw' }).click();
    await cause.getByRole('listitem').getByText(HOSTILE).first().waitFor();
    for (const [title, body] of await notifications.closeAll()) {
      expect(`${title} ${body}`).toContain('onerror');
      expect(body).not.toContain('<img');
    }

    await goTo(desktop, 'Scans');
    await page.getByRole('button', { name: HOSTILE }).first().click();
    await page.getByRole('tab', { name: /^Problems/ }).click();
    await page.getByRole('tabpanel').getByText(HOSTILE).first().waitFor();
    await page.getByRole('tab', { name: 'Certificate' }).click();
    await page.getByRole('tabpanel').getByText(HOSTILE).first().waitFor();
    await page.getByRole('tab', { name: 'Progress' }).click();
    // The one that has this folder among its roots, whichever that is.
    const article = page.getByRole('article', { name: /^Chunk/ });
    for (const option of await page.getByRole('listbox', { name: 'List of chunks' }).getByRole('option').all()) {
      await option.click();
      await article.getByText('Tries').waitFor();
      if ((await article.getByText(HOSTILE).count()) > 0) break;
    }
    expect(await article.getByText(HOSTILE).count()).toBeGreaterThan(0);
    await goTo(desktop, 'Overview');
    await page.getByRole('article', { name: HOSTILE }).waitFor();

    expect((await desktop.request('state.get', undefined)).runs[runId]?.phase).toBe('ended');
    expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
    expect(await page.locator('img').count()).toBe(0);
  });
});
