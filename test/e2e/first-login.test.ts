import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithDocker } from '../docker.ts';
import { cli } from '../support/cli.ts';
import { startWithPassword } from '../support/password-sshd.ts';
import { Sshd } from '../support/sshd.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { DesktopApp } from './support/desktop.ts';
import { look } from './support/looks.ts';
import { goTo } from './support/places.ts';

const PASSWORD = 'open the pod bay doors';
const WRONG = 'wrong one';
/** A log-in goes by a worker image that may have to be looked for on the way. */
const CHECK_MS = 60_000;

describeWithDocker('a host with a password and no key', ({ address, baseImage }) => {
  it('gets a key from its card with the password, typed once and kept nowhere; then it is ready', async () => {
    const dir = temporaryDirectory();
    const sshd = new Sshd(join(dir, 'ssh'));
    await startWithPassword(sshd, { password: PASSWORD, home: join(dir, 'home') });
    sshd.configure([`IdentityFile ${sshd.at('mine')}`]);
    const home = temporaryDirectory();
    const url = `ssh://root@127.0.0.1:${sshd.port}${address.replace('unix://', '')}`;
    try {
      await cli(['hosts', 'add', 'tower', url, '--unchecked', '--data-dir', join(home, 'data')]);
      await using desktop = await DesktopApp.launch({
        home,
        env: { ...sshd.env, SMART_SCANNER_BASE_IMAGE: baseImage },
      });
      const { page } = desktop;
      const theKey = page.getByRole('alertdialog', { name: 'Is this your host?' });
      await goTo(desktop, 'NAS');
      const card = page.getByRole('article', { name: 'tower' });
      // A look that nobody pressed for asks nobody.
      await card.getByText('SSH_HOST_KEY_UNKNOWN', { exact: true }).waitFor({ timeout: CHECK_MS });
      expect(await theKey.count()).toBe(0);
      await card.getByRole('button', { name: 'Check again' }).click();
      await theKey.getByText(sshd.fingerprint()).waitFor({ timeout: CHECK_MS });
      await theKey.getByRole('button', { name: /same, connect/ }).click();
      const setUp = card.getByRole('button', { name: 'Set up a key' });
      await setUp.waitFor({ timeout: CHECK_MS });

      const type = async (password: string): Promise<void> => {
        await setUp.click();
        const how = page.getByRole('alertdialog', { name: 'Set up a key?' });
        await how.getByRole('button', { name: 'With the password, asked once' }).waitFor({ timeout: CHECK_MS });
        await look(desktop, 'key-setup');
        await how.getByRole('button', { name: 'With the password, asked once' }).click();
        const asked = page.getByRole('alertdialog', { name: 'Password, once' });
        await asked.getByLabel('Password of root@127.0.0.1').fill(password);
        await page.keyboard.press('Enter');
        await asked.waitFor({ state: 'detached' });
      };
      await type(WRONG);
      await card.getByText('127.0.0.1 does not take this user and password.').waitFor({ timeout: CHECK_MS });
      await type(PASSWORD);
      await card.getByText('Ready', { exact: true }).waitFor({ timeout: CHECK_MS });
      expect(await setUp.count()).toBe(0);
      expect(await page.getByRole('article', { name: 'tower' }).count()).toBe(1);
      expect(readFileSync(join(dir, 'home', '.ssh', 'authorized_keys'), 'utf8')).toBe(
        readFileSync(sshd.at('mine.pub'), 'utf8'),
      );
      const kept = [join(desktop.dataDir, 'hosts.json'), join(home, 'user', 'app.log')];
      for (const secret of [PASSWORD, WRONG])
        for (const file of kept) expect(readFileSync(file, 'utf8')).not.toContain(secret);
      const { hosts } = JSON.parse((await cli(['hosts', 'list', '--json', '--data-dir', desktop.dataDir])).out) as {
        hosts: unknown[];
      };
      expect(hosts).toHaveLength(1);
    } finally {
      await sshd.stop();
    }
  });
});
