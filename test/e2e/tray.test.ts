import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { DesktopApp, makeShare } from './support/desktop.ts';
import { Notifications, until } from './support/notifications.ts';
import { Panel } from './support/panel.ts';
import { processesBelow } from './support/processes.ts';
import { runOf, SLOW } from './support/scans.ts';

// One app for all: each test finds it without runs that ended and without notifications.
let panel: Panel;
let notifications: Notifications;
let desktop: DesktopApp;

beforeAll(async () => {
  panel = await Panel.start();
  notifications = await Notifications.start();
  desktop = await DesktopApp.launch();
  await panel.itemAppeared();
});
beforeEach(async () => {
  const { runs } = await desktop.request('state.get', undefined);
  for (const runId of Object.keys(runs)) await desktop.request('scan.dismiss', { runId });
  await notifications.closeAll();
});
afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
  await notifications[Symbol.asyncDispose]();
  await panel[Symbol.asyncDispose]();
});

it('shows in the panel what goes on, and its menu works with the window closed', async () => {
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
  await notifications.waitForOne();
  expect((await notifications.closeAll())[0]?.[0]).toBe('Smart Scanner stays in the tray');
  await panel.click('Open Smart Scanner');
  await until('the window', async () => (await visible()) === true);

  await desktop.request('scan.start', { mountPath: '/nonexistent/share', mountName: 'Share', choices: {} });
  await until('a call for attention', async () => (await panel.shown()).tooltip.includes('needs a look'));
  expect((await panel.shown()).pixels).not.toBe(idle.pixels);
  await panel.click('Problems of Share …');
  await desktop.page.getByRole('heading', { name: 'Share was not scanned.' }).waitFor();
});

it('pauses and goes on from the tray', async () => {
  const share = makeShare(300);
  await desktop.request('scan.start', { mountPath: share.path, mountName: 'R&B', choices: SLOW });
  const offers = async (label: string): Promise<boolean> => (await panel.menu()).some((entry) => entry.label === label);
  await until('Pause', () => offers('Pause the scan of R&B'));
  const scanning = (await panel.shown()).pixels;
  await panel.click('Pause the scan of R&B');
  await until('Resume', () => offers('Resume the scan of R&B'));
  expect((await panel.shown()).tooltip).toContain('paused at R&B');
  await panel.click('Resume the scan of R&B');
  await until('the end', async () => (await panel.shown()).tooltip.includes('1 mount point inventoried'));
  expect((await panel.shown()).pixels).not.toBe(scanning);
  expect(await offers('Pause the scan of R&B')).toBe(false);
});

it('notifies of an end and of a failure, once each, and a click leads there', async () => {
  const share = makeShare(40);
  await desktop.request('scan.start', { mountPath: share.path, mountName: 'Music', choices: {} });
  await notifications.waitForOne();
  await notifications.clickNewest();
  await desktop.page.getByRole('heading', { name: 'All of Music is inventoried.' }).waitFor();
  expect((await notifications.closeAll())[0]?.[0]).toBe('Music: all of it is inventoried');

  await desktop.request('scan.start', { mountPath: '/nonexistent/<b>share', mountName: 'Share', choices: {} });
  await notifications.waitForOne();
  const [newest] = await notifications.closeAll();
  expect(newest?.[0]).toBe('Share was not scanned');
  expect(newest?.[1]).toContain('/nonexistent/&lt;b&gt;share does not exist');
});

it('tells of a chunk that failed for good while the rest goes on, and a click opens that chunk', async () => {
  const share = makeShare(300);
  await desktop.request('scan.start', {
    mountPath: share.path,
    mountName: 'Media',
    choices: { ...SLOW, retries: 0 },
  });
  // Killed before it has read anything, a worker is lost, and nothing failed: then the next one is.
  const progress = async (): Promise<{ failed: number; revision: number; merging: number }> => {
    const snapshot = (await runOf(desktop, 'Media'))?.snapshot;
    return {
      failed: snapshot?.chunks.failed ?? 0,
      revision: snapshot?.revision ?? 0,
      merging: snapshot?.chunks.merging ?? 0,
    };
  };
  await until('a chunk to fail', async () => {
    const before = await progress();
    if (before.failed > 0) return true;
    const workers = (): number[] => processesBelow(desktop.process.pid ?? 0, /worker\.\w+\0scan\0/u);
    const [worker] = workers();
    if (worker === undefined) return false;
    process.kill(worker, 'SIGKILL');
    // The next one starts once that is known: two that failed would lead to the doctor instead.
    await until('what became of it', async () => {
      const { failed, revision, merging } = await progress();
      const isNext = workers().some((pid) => pid !== worker) && merging === 0;
      return failed > 0 || (isNext && revision > before.revision + 2);
    });
    return false;
  });
  await notifications.waitForOne();
  await notifications.clickNewest();
  await desktop.page
    .getByRole('article', { name: /^Chunk/ })
    .getByText('Failed')
    .first()
    .waitFor();
  const told = (await notifications.closeAll()).find(([title]) => title === 'Media: 1 chunk failed');
  // Its folder, and the reason.
  expect(told?.[1]).toMatch(/^[^:]+: The worker was killed from outside/u);
});

it('ends from its menu', async () => {
  await desktop.app.evaluate(({ dialog }) => {
    dialog.showMessageBox = () => Promise.resolve({ response: 1, checkboxChecked: false });
  });
  await panel.click('Quit');
  await until('the app to end', () => Promise.resolve(desktop.process.exitCode !== null));
});
