import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HostStore } from '../../engine/connection/host-store.ts';
import { describeWithDocker } from '../docker.ts';
import { Sshd } from '../support/sshd.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { certificateOfCli } from './support/certificate.ts';
import { DesktopApp, makeShare, type Share } from './support/desktop.ts';
import { look } from './support/looks.ts';

/** A worker image may be built on the way. */
const SCAN_MS = 150_000;

describeWithDocker('on a real Docker Engine', ({ address, baseImage }) => {
  const env = { SMART_SCANNER_BASE_IMAGE: baseImage };
  let share: Share;
  let desktop: DesktopApp;

  beforeAll(async () => {
    share = makeShare(300);
    desktop = await DesktopApp.launch({ dockerHost: address, env });
  });
  afterAll(async () => {
    await desktop[Symbol.asyncDispose]();
  });

  it('leads from the host that it found to an inventory with the totals of the command line', async () => {
    const { page } = desktop;
    await page.getByRole('heading', { name: 'Connect your NAS' }).waitFor();
    await page.getByText('DOCKER_HOST, unix://').click();
    const checks = page.getByRole('list', { name: 'Checks of Docker' });
    await checks.getByText('Worker image').waitFor();
    await page.getByRole('radio', { name: /^Docker.*Ready/ }).waitFor({ state: 'attached', timeout: SCAN_MS });
    await look(desktop, 'first-run-docker');
    await page.getByRole('textbox', { name: 'Mount point' }).fill(share.path.replace('/Media', ''));
    await page.getByRole('button', { name: 'Browse' }).click();
    await page.getByRole('button', { name: 'Media', exact: true }).click({ timeout: SCAN_MS });
    await page.getByRole('button', { name: 'Start scan' }).click();
    await page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor({ timeout: SCAN_MS });

    const [row] = await desktop.request('scan.history', { limit: 1 });
    expect(row).toMatchObject({ runtime: 'docker', planWay: 'fast-start' });
    const certificate = await desktop.request('scan.certificate', { scanId: row?.scanId ?? '' });
    const expected = await certificateOfCli(share.path, share.name, ['--runtime', 'docker', '--host', address], env);
    expect(certificate.entries).toEqual(expected.entries);
    expect(certificate.directories).toEqual(expected.directories);
    expect(certificate.bytes).toEqual(expected.bytes);
  });

  it('a host that is added over SSH shows its key first, and is scanned from the app', async () => {
    const { page } = desktop;
    const sshd = new Sshd(`${temporaryDirectory()}/ssh`);
    await sshd.start();
    // A key that is locked: its passphrase is asked for, once.
    sshd.configure([`IdentityFile ${sshd.at('locked')}`]);
    // Another host, of another daemon, has the name that is tried first.
    const known = { address: 'tcp://127.0.0.1:1', tls: null, remoteDocker: null, installedKey: null };
    const hosts = new HostStore(join(desktop.dataDir, 'hosts.json'));
    await hosts.add({ ...known, name: 'attic', daemonId: 'another-daemon' });
    const before = (await hosts.list()).hosts;
    const path = process.env['PATH'] ?? '';
    await desktop.app.evaluate(
      (_electron, to) => {
        process.env['PATH'] = to;
      },
      `${sshd.at('bin')}:${path}`,
    );
    try {
      await page.getByRole('button', { name: 'NAS', exact: true }).click();
      await page.getByRole('button', { name: 'Add a host' }).click();
      const form = page.getByRole('dialog', { name: 'Add a host' });
      const url = `ssh://root@127.0.0.1:${sshd.port}${address.replace('unix://', '')}`;
      await form.getByRole('textbox', { name: 'Address' }).fill('tcp://tower:2376');
      await form.getByRole('textbox', { name: 'Your key' }).waitFor();
      await look(desktop, 'host-form-tls');
      await form.getByRole('textbox', { name: 'Address' }).fill(url);
      const name = form.getByRole('textbox', { name: 'Name' });
      await name.fill('attic');
      await look(desktop, 'host-form');
      await form.getByRole('button', { name: 'Check and add' }).click();
      const question = page.getByRole('alertdialog', { name: 'Is this your host?' });
      await question.getByText(sshd.fingerprint()).waitFor();
      await look(desktop, 'host-key');
      await question.getByRole('button', { name: 'Don’t connect' }).click();
      await form.getByText('SSH_HOST_KEY_UNKNOWN', { exact: true }).waitFor();
      await form.getByRole('button', { name: 'Check and add' }).click();
      await question
        .getByRole('button', { name: /connect$/ })
        .last()
        .click();
      const locked = page.getByRole('alertdialog', { name: 'Passphrase of your SSH key' });
      await locked.getByText(sshd.at('locked')).waitFor();
      await look(desktop, 'passphrase');
      await locked.getByRole('textbox', { name: 'Passphrase' }).fill('open sesame');
      await page.keyboard.press('Enter');
      await form.getByText('"attic" already stands for tcp://127.0.0.1:1.').waitFor({ timeout: SCAN_MS });
      await expect
        .poll(() =>
          name.evaluate(
            (field) =>
              field === (globalThis as unknown as { document: { activeElement: unknown } }).document.activeElement,
          ),
        )
        .toBe(true);
      expect((await hosts.list()).hosts).toEqual(before);
      await look(desktop, 'host-name-taken');
      await name.fill('tower');
      await form.getByRole('button', { name: 'Check and add' }).click();
      const card = page.getByRole('article', { name: 'tower' });
      await card.getByText('Ready').waitFor({ timeout: SCAN_MS });
      await card.getByRole('button', { name: 'What is there of ours' }).click();
      // Other tests may have left images of theirs on this engine.
      await card.getByText('image', { exact: true }).first().waitFor();
      await look(desktop, 'nas-hosts');
      await card.getByRole('button', { name: 'New scan' }).click();
      const sheet = page.getByRole('dialog', { name: 'New scan' });
      chmodSync(share.path, 0o755);
      await sheet.getByRole('textbox', { name: 'Mount point' }).fill(`${share.path}/Films`);
      await sheet.getByRole('button', { name: 'Start scan' }).click();
      await page.getByRole('heading', { name: 'All of Films is inventoried.' }).waitFor({ timeout: SCAN_MS });

      await page.getByRole('button', { name: 'NAS', exact: true }).click();
      await card.getByRole('button', { name: 'More for tower' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('menu').waitFor();
      await desktop.screenshot('nas-more');
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('cellar');
      await page.getByRole('button', { name: 'Check and save' }).click();
      const renamed = page.getByRole('article', { name: 'cellar' });
      await renamed.getByText('Ready').waitFor({ timeout: SCAN_MS });
      // Its scan knows the host by its id.
      await page.getByRole('button', { name: 'Overview', exact: true }).click();
      await page.getByRole('article', { name: 'Films' }).getByRole('button', { name: 'Rescan' }).click();
      await page.getByRole('heading', { name: 'All of Films is inventoried.' }).waitFor({ timeout: SCAN_MS });
      await page.getByRole('button', { name: 'NAS', exact: true }).click();
      await renamed.getByRole('button', { name: 'More for cellar' }).click();
      await page.getByRole('menuitem', { name: 'Remove …' }).click();
      const removing = page.getByRole('alertdialog');
      const also = removing.getByRole('switch', { name: 'Also remove everything of ours from it' });
      await also.focus();
      await page.keyboard.press('Space');
      const goes = removing.getByRole('list', { name: 'What goes' });
      await goes.getByText('image', { exact: true }).first().waitFor({ timeout: SCAN_MS });
      await removing.getByRole('switch', { name: 'And its inventories on this computer' }).focus();
      await page.keyboard.press('Space');
      await goes.getByText(/^Films \(.*in the catalog here: 2 scans/).waitFor({ timeout: SCAN_MS });
      await look(desktop, 'host-remove');
      // Other tests use what is on this engine.
      await also.focus();
      await page.keyboard.press('Space');
      await removing.getByRole('button', { name: 'Remove', exact: true }).click();
      await renamed.waitFor({ state: 'detached' });
    } finally {
      await sshd.stop();
    }
  });
});
