import { expect, it } from 'vitest';
import { describeWithFuse, mountFuse } from '../support/fuse.ts';
import { DesktopApp } from './support/desktop.ts';
import { Notifications } from './support/notifications.ts';

const ENDS_MS = 60_000;
const CHOICES = { chunkEntries: 5, maxContainers: 2, planWay: 'measure' } as const;

describeWithFuse('from a notification to the cured chunk', () => {
  it('a folder whose disk answers with errors, and is well again', async () => {
    const mount = await mountFuse({
      directories: {
        Films: { files: 20 },
        Photos: { files: 5, directories: { '2019': { files: 8, readdir: 'EIO' } } },
      },
    });
    await using notifications = await Notifications.start();
    await using desktop = await DesktopApp.launch();
    const { page } = desktop;
    await desktop.request('scan.start', { mountPath: mount.path, mountName: 'Tower', choices: CHOICES });
    await notifications.waitForOne();
    await notifications.clickNewest();
    await page.getByText('The cause', { exact: true }).waitFor({ timeout: ENDS_MS });
    mount.cure();
    await page
      .getByRole('button', { name: /Scan again|Retry/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Fixed.' }).waitFor({ timeout: ENDS_MS });
    const [mounted] = await desktop.request('state.get', undefined).then(({ mounts }) => mounts ?? []);
    expect(mounted).toMatchObject({ verdict: 'covered', files: 33 });
  });
});
