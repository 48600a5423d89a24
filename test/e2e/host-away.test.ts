import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithDocker } from '../docker.ts';
import { startFreezingProxy } from '../fixtures/freezing-proxy.ts';
import { expectSame } from '../support/compare.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { listenPlain } from '../support/tls-engine.ts';
import { DesktopApp, makeSeries } from './support/desktop.ts';
import { Notifications, until } from './support/notifications.ts';
import { Panel } from './support/panel.ts';
import { goTo } from './support/places.ts';
import { merged, SLOW } from './support/scans.ts';

/** A worker image may be built on the way. */
const SCAN_MS = 150_000;
const AWAY_TITLE = 'Tower: its host does not answer';
const AWAY_BODY = 'Chunks that run there go on. The scan goes on as soon as the host is back; nothing is lost.';

describeWithDocker('a host that is away', ({ address, baseImage }) => {
  const env = { SMART_SCANNER_BASE_IMAGE: baseImage };
  const socket = address.replace(/^unix:\/\//u, '');

  it('for over a minute is told of by a notification that goes when it is back; the tray shows it at once', async () => {
    const proxy = await startFreezingProxy(join(temporaryDirectory(), 'docker.sock'), socket);
    try {
      await using panel = await Panel.start();
      await using notifications = await Notifications.start();
      await using desktop = await DesktopApp.launch({ dockerHost: proxy.address, env });
      await panel.itemAppeared();
      const idle = (await panel.shown()).pixels;
      const path = makeSeries(40);
      const choices = { ...SLOW, runtime: 'docker' } as const;
      await desktop.request('scan.start', { mountPath: path, mountName: 'Tower', choices });
      await merged(desktop, 'Tower', 1, SCAN_MS);
      const scanning = await panel.shown();
      expect(scanning.tooltip).toContain('scanning Tower');

      proxy.cut();
      await until('the tray to show it', async () => (await panel.shown()).tooltip.includes('does not answer'));
      const away = await panel.shown();
      expect(away.tooltip).toBe('Smart Scanner: the host of Tower does not answer');
      expect([idle, scanning.pixels]).not.toContain(away.pixels);
      // Many a host is back within a minute: nobody has to know.
      expect(await notifications.displayed()).toBe(0);
      await desktop.app.evaluate(() => {
        const now = Date.now;
        Date.now = () => now() + 61_000;
      });
      await notifications.waitForOne();
      expect(await notifications.over()).toEqual([]);

      proxy.restore();
      await until('it to be withdrawn', async () => (await notifications.over()).length > 0);
      expect(await notifications.over()).toContainEqual([AWAY_TITLE, AWAY_BODY]);
      await until('the tray to scan', async () => !(await panel.shown()).tooltip.includes('does not answer'));
      expect((await panel.shown()).pixels).not.toBe(away.pixels);
      await goTo(desktop, 'Overview');
      await desktop.page.getByRole('heading', { name: /nothing is missing/ }).waitFor({ timeout: SCAN_MS });
      expectSame(desktop.dataDir, 'Tower', path);
    } finally {
      proxy.close();
    }
  });

  it('is asked what is wrong from its card, which names the cause and what to do, and sees it done', async () => {
    const open = await listenPlain(socket);
    await using desktop = await DesktopApp.launch({ env });
    const { page } = desktop;
    await desktop.request('hosts.add', { name: 'tower', address: `tcp://127.0.0.1:${open.port}` });
    await goTo(desktop, 'NAS');
    const card = page.getByRole('article', { name: 'tower' });
    await card.getByText('Ready', { exact: true }).waitFor();
    open.close();
    // This computer wakes up: nobody has to press anything to see how its hosts are.
    await desktop.app.evaluate(({ powerMonitor }) => powerMonitor.emit('resume'));
    await card.getByText('HOST_PORT_CLOSED', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Check again' }).click();
    await card.getByText('HOST_PORT_CLOSED', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'What’s wrong?' }).click();

    const cause = page.getByRole('article', { name: 'The host answers, but not at this port' });
    await cause.getByText(`127.0.0.1 is there, but nothing listens on its port ${open.port}.`).first().waitFor();
    await cause.getByRole('heading', { name: 'What to do' }).waitFor();
    await cause.getByText('Check the port, that Docker listens there, and the firewall.').waitFor();
    // Done by hand, and seen to be so by the same button.
    const again = await listenPlain(socket, open.port);
    try {
      await cause.getByRole('button', { name: 'Look again' }).click();
      await page.getByRole('heading', { name: 'Fixed.' }).waitFor({ timeout: SCAN_MS });
    } finally {
      again.close();
    }
  });
});
