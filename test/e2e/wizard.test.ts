import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { strFromU8, unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { isBusy } from '../../shared/desktop-state.ts';
import { describeWithDocker } from '../docker.ts';
import { startFakeDaemon } from '../fixtures/fake-daemon.ts';
import { cli } from '../support/cli.ts';
import { describeWithFuse, mountFuse } from '../support/fuse.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { onContainerStart } from '../support/workers.ts';
import { DesktopApp, makeShare } from './support/desktop.ts';
import { look } from './support/looks.ts';
import { Notifications } from './support/notifications.ts';

const ENDS_MS = 90_000;
const SMALL = { chunkEntries: 5, maxContainers: 2, planWay: 'measure' } as const;

/** What a notification of the system leads to when it is clicked. */
async function clickNotification(desktop: DesktopApp, notifications: Notifications): Promise<void> {
  const told = async (): Promise<boolean> => {
    const { runs } = await desktop.request('state.get', undefined);
    return Object.values(runs).some((run) => !isBusy(run) || (run.snapshot?.chunks.failed ?? 0) > 0);
  };
  await expect.poll(told, { timeout: ENDS_MS }).toBe(true);
  await notifications.waitForOne();
  await notifications.clickNewest();
}

async function cause(page: Page, title: string): Promise<void> {
  await page.getByRole('article', { name: title }).waitFor({ timeout: ENDS_MS });
}

async function fixed(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Fixed.' }).waitFor({ timeout: ENDS_MS });
}

async function mountOf(desktop: DesktopApp): Promise<unknown> {
  const { mounts } = await desktop.request('state.get', undefined);
  return mounts?.[0];
}

const inFocus = (page: Page): Promise<string | null> => page.locator(':focus').textContent();

/** What the troubleshooting page says of disk-errors, what comes of it, and back to where one was. */
async function readsMore(desktop: DesktopApp): Promise<void> {
  const { page } = desktop;
  await page.getByRole('button', { name: 'More about it' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'A disk answers with errors' }).waitFor();
  await dialog.getByRole('heading', { name: 'What helps' }).waitFor();
  await look(desktop, 'wizard-more');
  const { explains } = await desktop.request('doctor.section', { findingId: 'disk-errors' });
  const [consequence] = explains;
  if (consequence === undefined) throw new Error('Nothing comes of disk-errors: choose another finding for this test.');
  await dialog.getByRole('button', { name: consequence.title }).click();
  await dialog.getByRole('heading', { name: consequence.title }).waitFor();
  await dialog.getByRole('button', { name: 'Back' }).click();
  await dialog.getByRole('heading', { name: 'A disk answers with errors' }).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await inFocus(page)).toBe('More about it');
}

describeWithFuse('from a notification to the cured chunk, on disks that misbehave', () => {
  it('a folder whose disk answers with errors: tried in vain, then well again', async () => {
    const mount = await mountFuse({
      directories: {
        Films: { files: 20 },
        Photos: { files: 5, directories: { '2019': { files: 8, readdir: 'EIO' } } },
      },
    });
    await using notifications = await Notifications.start();
    await using desktop = await DesktopApp.launch();
    const { page } = desktop;
    await desktop.request('scan.start', { mountPath: mount.path, mountName: 'Tower', choices: SMALL });
    await clickNotification(desktop, notifications);
    await cause(page, 'A disk answers with errors');
    expect(await inFocus(page)).toBe('A disk answers with errors');
    await page.getByRole('button', { name: 'What we saw' }).click();
    await page.getByText('Photos/2019', { exact: false }).first().waitFor();
    await look(desktop, 'wizard-cause');
    await readsMore(desktop);
    const retry = page.getByRole('button', { name: /^Retry/ });
    await retry.click();
    await page
      .getByText(/That wasn't it/)
      .first()
      .waitFor({ timeout: ENDS_MS });
    await look(desktop, 'wizard-not-it');
    mount.cure();
    await page.getByRole('button', { name: /All that was looked at/ }).click();
    await page.getByRole('button', { name: /A disk answers with errors/ }).click();
    await retry.click();
    await fixed(page);
    await look(desktop, 'wizard-fixed');
    expect(await mountOf(desktop)).toMatchObject({ verdict: 'covered', files: 33 });
  });

  it('a folder that never answers: waited for, left out so that the rest ends, then tried again', async () => {
    const mount = await mountFuse({
      directories: { Films: { files: 20 }, Old: { files: 5, directories: { cam3: { files: 8, opendir: 'hung' } } } },
    });
    await using notifications = await Notifications.start();
    await using desktop = await DesktopApp.launch();
    const { page } = desktop;
    await desktop.request('scan.start', {
      mountPath: mount.path,
      mountName: 'Tower',
      choices: { planWay: 'fast-start' },
    });
    const waits = async (): Promise<number> => {
      const { runs } = await desktop.request('state.get', undefined);
      return Math.max(
        ...Object.values(runs).flatMap((run) => (run.snapshot?.running ?? []).map((one) => one.waitingMs)),
        0,
      );
    };
    // So long nobody has to think of anything: a disk may have to wake up.
    await expect.poll(waits, { timeout: ENDS_MS, interval: 1_000 }).toBeGreaterThan(31_000);
    await page.getByRole('button', { name: 'Something’s wrong' }).click();
    await page.getByRole('button', { name: /It looks stuck/ }).click();
    await cause(page, 'A call has not returned for long');
    await look(desktop, 'wizard-stuck');
    await page.getByRole('button', { name: 'Keep waiting' }).click();
    await page
      .getByText(/Still so: A call has not returned for long/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Leave it out and finish' }).click();
    await fixed(page);
    // The rest has ended, and tells what is missing.
    await clickNotification(desktop, notifications);
    await page
      .getByRole('button', { name: /^Retry/ })
      .first()
      .waitFor({ timeout: ENDS_MS });
    mount.cure();
    await page
      .getByRole('button', { name: /^Retry/ })
      .first()
      .click();
    await fixed(page);
    expect(await mountOf(desktop)).toMatchObject({ verdict: 'covered', files: 33 });
  });

  it('a folder that was set aside: left out, then tried once more', async () => {
    const mount = await mountFuse({ directories: { Films: { files: 20 }, Old: { files: 5, opendir: 'hung' } } });
    await using notifications = await Notifications.start();
    await using desktop = await DesktopApp.launch();
    const { page } = desktop;
    const choices = { ...SMALL, stallTimeoutMs: 1_000 };
    await desktop.request('scan.start', { mountPath: mount.path, mountName: 'Tower', choices });
    await clickNotification(desktop, notifications);
    await cause(page, 'A directory never answered');
    await page.getByText('Set aside', { exact: false }).first().waitFor();
    mount.cure();
    await page.getByRole('button', { name: 'Try what is set aside once more' }).click();
    await fixed(page);
    expect(await mountOf(desktop)).toMatchObject({ verdict: 'covered', files: 25 });
  });
});

describe('a scan that could not begin', () => {
  it('the first of its share: tried again with what was chosen for it', async () => {
    const share = makeShare(40);
    await using notifications = await Notifications.start();
    await using desktop = await DesktopApp.launch();
    const { page } = desktop;
    renameSync(share.path, `${share.path}-away`);
    const choices = { excludes: ['Music/'] };
    await desktop.request('scan.start', { mountPath: share.path, mountName: 'Media', choices });
    await clickNotification(desktop, notifications);
    await cause(page, 'Media could not be scanned');
    renameSync(`${share.path}-away`, share.path);
    await page.getByRole('button', { name: 'I’ve done that, scan again' }).click();
    await fixed(page);
    expect(await mountOf(desktop)).toMatchObject({ verdict: 'covered', files: 21 });
  });

  it('because its share is gone: found with the disks woken, put back, scanned', async () => {
    const share = makeShare(40);
    await using notifications = await Notifications.start();
    await using desktop = await DesktopApp.launch();
    const { page } = desktop;
    await desktop.request('scan.start', { mountPath: share.path, mountName: 'Media', choices: {} });
    await notifications.waitForOne();
    await notifications.closeAll();
    renameSync(share.path, `${share.path}-away`);
    await desktop.request('scan.again', { mountName: 'Media' });
    await clickNotification(desktop, notifications);
    await cause(page, 'Media could not be scanned');
    await look(desktop, 'wizard-refused');
    // With the keyboard only, from the heading on.
    await page.keyboard.press('Tab');
    renameSync(`${share.path}-away`, share.path);
    while ((await inFocus(page)) !== 'I’ve done that, scan again') await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await fixed(page);
    expect(await inFocus(page)).toBe('Fixed.');
    expect(await mountOf(desktop)).toMatchObject({ verdict: 'covered', files: 41 });
  });
});

describe('a scan that finished', () => {
  it('with files missing, since its own rules leave everything out', async () => {
    const share = makeShare(40);
    await using notifications = await Notifications.start();
    await using desktop = await DesktopApp.launch();
    const { page } = desktop;
    const choices = { excludes: ['*'] };
    await desktop.request('scan.start', { mountPath: share.path, mountName: 'Media', choices });
    await clickNotification(desktop, notifications);
    await cause(page, 'The exclude rules leave nothing');
    await page.getByRole('button', { name: 'Scan again without exclude rules' }).click();
    await fixed(page);
    expect(await mountOf(desktop)).toMatchObject({ verdict: 'covered', files: 41 });
  });
});

describe('a scan whose program was killed', () => {
  it('is found, gone on with and whole; leaving and coming back keeps what is muted', async () => {
    const share = makeShare(120);
    const first = await DesktopApp.launch();
    const { home } = first;
    const slow = { chunkEntries: 5, maxContainers: 1, planWay: 'measure' } as const;
    await first.request('scan.start', { mountPath: share.path, mountName: 'Media', choices: slow });
    const planned = async (): Promise<number> =>
      Object.values((await first.request('state.get', undefined)).runs)[0]?.snapshot?.chunks.planned ?? 0;
    await expect.poll(planned, { timeout: 20_000 }).toBeGreaterThan(0);
    first.app.process().kill('SIGKILL');
    await using notifications = await Notifications.start();
    await using desktop = await DesktopApp.launch({ home });
    const { page } = desktop;
    await notifications.waitForOne();
    await notifications.clickNewest();
    await cause(page, 'A scan has lost its program');
    // Escape leads back to where one came from, and a new look begins at the question.
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await page.getByRole('button', { name: 'Something’s wrong' }).click();
    await page.getByRole('heading', { name: 'What’s wrong?' }).waitFor();
    await look(desktop, 'wizard-symptoms');
    await page.getByRole('button', { name: /It looks stuck/ }).click();
    await cause(page, 'A scan has lost its program');
    await page.getByRole('button', { name: 'Don’t show this again' }).click();
    await page.getByRole('article', { name: 'A scan has lost its program' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Something’s wrong' }).click();
    await page.getByRole('button', { name: /It looks stuck/ }).click();
    await page.getByRole('button', { name: /All that was looked at/ }).click();
    await page.getByRole('button', { name: 'Show again' }).first().click();
    await page.getByRole('button', { name: /A scan has lost its program/ }).click();
    await page.getByRole('button', { name: 'Go on with the scan' }).click();
    await look(desktop, 'wizard-treating');
    await fixed(page);
    expect(await mountOf(desktop)).toMatchObject({ verdict: 'covered', files: 121 });
  });
});

describeWithDocker('from a notification to the cured chunk, with Docker', ({ address, baseImage }) => {
  it('a worker that something on the host has killed', async () => {
    const share = makeShare(30);
    await using notifications = await Notifications.start();
    await using desktop = await DesktopApp.launch({
      dockerHost: address,
      env: { SMART_SCANNER_BASE_IMAGE: baseImage },
    });
    const { page } = desktop;
    const choices = { ...SMALL, maxContainers: 1, retries: 0, runtime: 'docker' } as const;
    const killed = await killOneWorker(address);
    await desktop.request('scan.start', { mountPath: share.path, mountName: 'Tower', choices });
    await killed();
    await clickNotification(desktop, notifications);
    // The notification leads to the chunk, or to the doctor where the scan has ended meanwhile.
    const title = 'Something on the host ends the workers';
    const wrong = page.getByRole('button', { name: 'What’s wrong?' });
    await wrong
      .or(page.getByRole('article', { name: title }))
      .first()
      .waitFor({ timeout: ENDS_MS });
    if (await wrong.isVisible()) await wrong.click();
    await cause(page, title);
    await page.getByRole('button', { name: /retry/i }).first().click();
    await fixed(page);
    expect(await mountOf(desktop)).toMatchObject({ verdict: 'covered', files: 31 });
  });
});

/** As `docker kill` by a person does, of the first one from now on that doesn't end before it. Gives what waits for that. */
async function killOneWorker(address: string): Promise<() => Promise<void>> {
  const docker = new Docker({ socketPath: address.replace('unix://', '') });
  let isKilled = false;
  const end = await onContainerStart(docker, async ({ container }) => {
    if (isKilled) return;
    await container.kill({ signal: 'SIGKILL' });
    isKilled ||= (await container.inspect()).State.ExitCode === 137;
  });
  return async () => {
    await expect.poll(() => isKilled, { timeout: ENDS_MS }).toBe(true);
    await end();
  };
}

describe('where nothing answers', () => {
  it('nobody waits for a check that hangs, and the bundle holds no secret', async () => {
    const dir = temporaryDirectory();
    const daemon = await startFakeDaemon(dir, {
      version: { ApiVersion: '1.44' },
      info: { ID: 'fake', Name: 'tower', NCPU: 4, MemTotal: 8_000_000_000, OperatingSystem: 'Linux' },
      hangs: 'later',
    });
    try {
      const share = makeShare(20);
      await using desktop = await DesktopApp.launch({ dockerHost: daemon.address });
      const { page } = desktop;
      const scan = ['scan', share.path, 'Media', '--runtime', 'process', '--quiet', '--data-dir', desktop.dataDir];
      // The app looks at the same brand-new data directory meanwhile.
      expect(await cli(scan)).toMatchObject({ status: 0, err: '' });
      const logs = join(desktop.dataDir, 'logs');
      for (const log of readdirSync(logs))
        appendFileSync(join(logs, log), '2026-01-31 18:05:09 - INFO - login with password=hunter2 at tower\n');
      await page.getByRole('button', { name: 'Something’s wrong' }).click();
      await page.getByRole('button', { name: /Just check everything/ }).click();
      await page.getByRole('heading', { name: 'Looking for the cause …' }).waitFor();
      const rows = page.getByRole('listitem').filter({ hasText: 'Catalog and spool have room' });
      const before = await rows.boundingBox();
      await page.getByRole('button', { name: 'Don’t wait' }).waitFor();
      expect(await rows.boundingBox()).toEqual(before);
      await desktop.screenshot('wizard-looking');
      await page.getByRole('button', { name: 'Don’t wait' }).click();
      await page.getByRole('heading', { name: 'May sleeping disks be woken?' }).waitFor();
      await look(desktop, 'wizard-disks');
      await page.getByRole('button', { name: 'Let them sleep' }).click();
      await page.getByRole('heading', { name: /not everything answered/ }).waitFor();
      await look(desktop, 'wizard-well');
      await page.getByRole('button', { name: 'Make a support bundle' }).click();
      await page.getByText('versions.json').waitFor({ timeout: ENDS_MS });
      await look(desktop, 'wizard-bundle');
      const path = join(dir, 'bundle.zip');
      expect(existsSync(path)).toBe(false);
      await desktop.app.evaluate(({ dialog }, filePath) => {
        dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
      }, path);
      await page.getByRole('button', { name: 'Save it …' }).click();
      await page.getByRole('heading', { name: 'Saved.' }).waitFor();
      await look(desktop, 'wizard-saved');
      const files = Object.entries(unzipSync(readFileSync(path))).map(([name, bytes]) => [name, strFromU8(bytes)]);
      expect(files.map(([name]) => name)).toContain('findings.json');
      expect(files.some(([, text]) => text?.includes('login with password='))).toBe(true);
      expect(files.filter(([, text]) => text?.includes('hunter2'))).toEqual([]);
    } finally {
      daemon.close();
    }
  });
});
