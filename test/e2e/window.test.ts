import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { DesktopApp } from './support/desktop.ts';
import { Notifications } from './support/notifications.ts';

/** What a person placed it at; smaller than the screen, larger than the smallest. */
const PLACED = { x: 60, y: 40, width: 1010, height: 705 };
/** A page that hangs gets fifteen seconds: it may only be busy. */
const HEALS_MS = 60_000;

const home = temporaryDirectory();
let desktop: DesktopApp;

beforeAll(async () => {
  desktop = await DesktopApp.launch({ home });
});
afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
});

// No panel runs in the tests' session, as on a stock GNOME; nor a window manager, so what is asked of it is what can be seen.
it('is minimised where no tray would show it, and says so the first time', async () => {
  await using notifications = await Notifications.start();
  expect((await desktop.request('state.get', undefined)).hasTray).toBe(false);
  const close = (): Promise<readonly string[]> =>
    desktop.app.evaluate(async ({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      if (window === undefined) return [];
      const asked: string[] = [];
      const done = new Promise<void>((resolve) => {
        window.hide = () => resolve(void asked.push('hide'));
        window.minimize = () => resolve(void asked.push('minimize'));
      });
      window.close();
      await done;
      return [...asked, window.isVisible() ? 'is there' : 'is gone'];
    });
  expect(await close()).toEqual(['minimize', 'is there']);
  await notifications.waitForOne();
  const [hint] = await notifications.closeAll();
  expect(hint?.[0]).toBe('Smart Scanner is minimised');
  expect(hint?.[1]).toContain('its window stays in the list of windows');
  expect(await close()).toEqual(['minimize', 'is there']);
  expect(await notifications.closeAll()).toHaveLength(1);
});

it('is loaded again where its page hangs, with a line in the log', async () => {
  const { app, page } = desktop;
  const shown = (): Promise<string> =>
    app.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      if (contents === undefined || contents.isCrashed()) return '';
      // Asked of a page that hangs, it never settles.
      const late = new Promise((resolve) => setTimeout(resolve, 1_000, ''));
      const asked = contents.executeJavaScript('document.querySelector("main h1")?.textContent ?? ""');
      return String(await Promise.race([asked, late]));
    });
  const title = await shown();
  expect(title).not.toBe('');
  page
    .evaluate(() => {
      for (;;);
    })
    .catch(() => undefined);
  await expect.poll(shown, { timeout: HEALS_MS }).toBe('');
  // A page that a debugger drives, as here, is never called unresponsive by Chromium itself.
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.emit('unresponsive'));
  await expect.poll(shown, { timeout: HEALS_MS }).toBe(title);
  const log = readFileSync(join(home, 'user', 'app.log'), 'utf8');
  expect(log).toMatch(/The window hangs\n.*The window's page ended: \S+ \(exit code \d+\)/u);
});

it('opens where it was, as large as it was, though its page hung when the app was quit', async () => {
  await desktop.app.evaluate(
    ({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds),
    PLACED,
  );
  await desktop.app.evaluate(({ BrowserWindow }) => {
    void BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript('for (;;);');
  });
  const gone = new Promise((resolve) => desktop.process.once('exit', resolve));
  await desktop.app.evaluate(({ app }) => app.quit());
  await gone;
  desktop = await DesktopApp.launch({ home });
  expect(
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds()),
  ).toEqual(PLACED);
});
