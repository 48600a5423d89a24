import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { startCli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { Sshd } from './support/sshd.ts';
import { SlowLink } from './support/slow-link.ts';
import { temporaryDirectory } from './support/temporary.ts';

const missing = SlowLink.missing();
if (missing !== null) console.log(`SKIPPED: a slow link: ${missing}`);

describe.skipIf(missing !== null)('a slow link', () => {
  describeWithDocker('of 50 ms that loses one packet in a hundred', ({ address, baseImage }) => {
    const dir = temporaryDirectory();
    const mount = join(dir, 'tree');
    const sshd = new Sshd(join(dir, 'ssh'));
    let link: SlowLink;

    beforeAll(async () => {
      makePlainTree(mount, 60, 10);
      chmodSync(dir, 0o755);
      link = new SlowLink();
      await sshd.start({ namespace: link.name });
      await link.open(sshd.port);
      const [type, key] = readFileSync(sshd.at('host.pub'), 'utf8').split(' ');
      writeFileSync(sshd.at('known_hosts'), `[${link.address}]:${sshd.port} ${type ?? ''} ${key ?? ''}\n`);
    }, 60_000);
    afterAll(async () => {
      await sshd.stop();
      await link.remove();
    });

    it.each(['openssh', 'library'])(
      'carries a whole scan, also where it swallows everything for a while (%s)',
      { timeout: 240_000 },
      async (client) => {
        const dataDir = join(dir, client);
        const url = `ssh://root@${link.address}:${sshd.port}${address.replace('unix://', '')}`;
        const args = ['scan', mount, 'M', '--data-dir', dataDir, '--measure', '--chunk-files', '200'];
        const began = performance.now();
        const scan = startCli(['--host', url, ...args, '--max-containers', '2'], {
          env: { ...sshd.env, SMART_SCANNER_BASE_IMAGE: baseImage, SMART_SCANNER_SSH: client },
          deadlineMs: 200_000,
        });
        await scan.said(' starts: ');
        // A black hole says nothing to either side: only keep-alives find out.
        link.swallow();
        await scan.said('RECONNECTING').finally(() => link.mend());
        const { status, out, err } = await scan.done;
        expect({ status, err }).toEqual({ status: 0, err: '' });
        expectSame(dataDir, 'M', mount);
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        console.log(
          `A scan over a slow link by ${client}: ${seconds} s, ${/RECONNECTED after \S+/.exec(out)?.[0] ?? ''}`,
        );
      },
    );
  });
});
