import { describe, expect, it } from 'vitest';
import { expectSame } from '../support/compare.ts';
import { DesktopApp, makeSeries } from './support/desktop.ts';
import { Panel } from './support/panel.ts';
import { processesBelow } from './support/processes.ts';
import { merged, SLOW } from './support/scans.ts';

const FOLDERS = 40;
const ENDS_MS = 120_000;

async function begin(): Promise<{ desktop: DesktopApp; path: string }> {
  const path = makeSeries(FOLDERS);
  const desktop = await DesktopApp.launch();
  await desktop.request('scan.start', { mountPath: path, mountName: 'Media', choices: SLOW });
  await merged(desktop, 'Media', 2);
  return { desktop, path };
}

const isVisible = (desktop: DesktopApp): Promise<boolean | undefined> =>
  desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((window) => window.isVisible()));

describe('a scan is whole', () => {
  it('though its window was closed, opened again by a second start, and its page crashed', async () => {
    // With a panel a closed window is hidden.
    await using panel = await Panel.start();
    const begun = await begin();
    await using desktop = begun.desktop;
    await panel.itemAppeared();
    const { page } = desktop;
    await page
      .getByRole('navigation', { name: 'Places' })
      .getByRole('button', { name: /^Scans/ })
      .click();
    await page
      .getByRole('button', { name: /^Media/ })
      .first()
      .click();
    await page.getByRole('listbox', { name: 'List of chunks' }).waitFor();
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await expect.poll(() => isVisible(desktop), { timeout: 20_000 }).toBe(false);
    await merged(desktop, 'Media', 4);
    await expect(DesktopApp.launch({ home: desktop.home })).rejects.toThrow();
    await expect.poll(() => isVisible(desktop), { timeout: 20_000 }).toBe(true);
    // README shows it: docs/pictures/scan-page.png.
    await desktop.screenshot('scan-page');
    const { runs } = await desktop.request('state.get', undefined);
    expect(Object.values(runs)[0]?.phase).toBe('scanning');
    await desktop.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
    );
    // What drives the page is gone with it; main still sees what the new one shows.
    const shown = (): Promise<string> =>
      desktop.app.evaluate(async ({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents;
        if (contents === undefined || contents.isCrashed()) return '';
        // Asked of a page that is just going, it never settles.
        const late = new Promise((resolve) => setTimeout(resolve, 1_000, ''));
        const asked = contents.executeJavaScript('document.querySelector("main h1")?.textContent ?? ""');
        return String(await Promise.race([asked, late]));
      });
    await expect.poll(shown, { timeout: ENDS_MS }).toContain('inventoried');
    expectSame(desktop.dataDir, 'Media', begun.path);
  });

  it('though the process of the catalog was killed, once it is continued', async () => {
    const begun = await begin();
    await using desktop = begun.desktop;
    const [catalog] = processesBelow(desktop.process.pid ?? 0, /catalog\.mjs\0/u);
    expect(catalog).toBeDefined();
    process.kill(catalog ?? 0, 'SIGKILL');
    await desktop.page
      .getByRole('navigation', { name: 'Places' })
      .getByRole('button', { name: /^Scans/ })
      .click();
    await desktop.page
      .getByRole('button', { name: /^Media/ })
      .first()
      .click();
    await desktop.page.getByRole('button', { name: 'Continue' }).click();
    await desktop.page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor({ timeout: ENDS_MS });
    expectSame(desktop.dataDir, 'Media', begun.path);
  });

  it('though the app was killed in the middle of it, once it is continued', async () => {
    const begun = await begin();
    const { home } = begun.desktop;
    begun.desktop.process.kill('SIGKILL');
    await using second = await DesktopApp.launch({ home });
    await second.page.getByRole('button', { name: 'Continue' }).click();
    await second.page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor({ timeout: ENDS_MS });
    expectSame(second.dataDir, 'Media', begun.path);
  });
});

describe('quitting', () => {
  it('asks while a scan runs, and what was stopped by it goes on with the next start', async () => {
    const begun = await begin();
    const { desktop } = begun;
    const { home } = desktop;
    const asked = await desktop.app.evaluate(async ({ app, dialog }) => {
      const questions: string[] = [];
      const answer = { response: 0 };
      dialog.showMessageBox = ((options: { message: string }) => {
        questions.push(options.message);
        return Promise.resolve({ response: answer.response, checkboxChecked: false });
      }) as unknown as typeof dialog.showMessageBox;
      app.quit();
      await new Promise((resolve) => setImmediate(resolve));
      answer.response = 1;
      return questions;
    });
    expect(asked).toEqual(['Stop the scan of Media and quit?']);
    expect(await isVisible(desktop)).toBe(true);
    const gone = new Promise((resolve) => desktop.process.once('exit', resolve));
    await desktop.app.evaluate(({ app }) => app.quit());
    await gone;
    await using second = await DesktopApp.launch({ home });
    await second.page.getByRole('button', { name: 'Continue' }).click();
    await second.page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor({ timeout: ENDS_MS });
    expectSame(second.dataDir, 'Media', begun.path);
  });
});
