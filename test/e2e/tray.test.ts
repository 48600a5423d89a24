import { expect, it } from 'vitest';
import { DesktopApp, makeShare } from './support/desktop.ts';
import { Notifications, until } from './support/notifications.ts';
import { Panel } from './support/panel.ts';

it('shows in the panel what goes on, and its menu works with the window closed', async () => {
  await using panel = await Panel.start();
  await using desktop = await DesktopApp.launch();
  await panel.itemAppeared();
  await until('the first words', async () => (await panel.shown()).tooltip.includes('nothing scanned yet'));
  const idle = await panel.shown();
  expect(idle.pictures).toBeGreaterThan(0);
  expect((await panel.menu()).map(({ label }) => label)).toEqual(
    expect.arrayContaining(['Open Smart Scanner', 'Quit', 'nothing scanned yet']),
  );

  await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  const visible = (): Promise<boolean | undefined> =>
    desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
  await until('the window to hide', async () => (await visible()) === false);
  await panel.click('Open Smart Scanner');
  await until('the window', async () => (await visible()) === true);

  await desktop.request('scan.start', { mountPath: '/nonexistent/share', mountName: 'Share', choices: {} });
  await until('a call for attention', async () => (await panel.shown()).tooltip.includes('needs a look'));
  expect((await panel.shown()).pixels).not.toBe(idle.pixels);
  await panel.click('Problems of Share …');
  await desktop.page.getByRole('heading', { name: 'Share was not scanned.' }).waitFor();
});

it('notifies of an end and of a failure, once each, and a click leads there', async () => {
  await using notifications = await Notifications.start();
  await using desktop = await DesktopApp.launch();
  const share = makeShare(40);
  await desktop.request('scan.start', { mountPath: share.path, mountName: 'Media', choices: {} });
  await notifications.waitForOne();
  await notifications.clickNewest();
  await desktop.page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor();
  expect((await notifications.closeAll())[0]?.[0]).toBe('Media: all of it is inventoried');

  await desktop.request('scan.start', { mountPath: '/nonexistent/<b>share', mountName: 'Share', choices: {} });
  await notifications.waitForOne();
  const [newest] = await notifications.closeAll();
  expect(newest?.[0]).toBe('Share was not scanned');
  expect(newest?.[1]).toContain('/nonexistent/&lt;b&gt;share does not exist');
});
