import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { startCli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { processesWith, Sshd } from './support/sshd.ts';
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
    let nearSeconds: number | null = null;

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

    const argsFor = (dataDir: string): string[] => {
      const few = ['--measure', '--chunk-files', '200', '--max-containers', '2'];
      return ['scan', mount, 'M', '--data-dir', dataDir, ...few];
    };
    /** What the link costs is told against the same scan, without the hole, by the daemon's own socket. */
    const bySocket = async (): Promise<number> => {
      const began = performance.now();
      const { status, err } = await startCli(argsFor(join(dir, 'near')), {
        env: { DOCKER_HOST: address, SMART_SCANNER_BASE_IMAGE: baseImage },
      }).done;
      expect({ status, err }).toEqual({ status: 0, err: '' });
      return (performance.now() - began) / 1000;
    };

    it.each(['openssh', 'library'])(
      'carries a whole scan, also where it swallows everything for a while (%s)',
      { timeout: 240_000 },
      async (client) => {
        const dataDir = join(dir, client);
        const url = `ssh://root@${link.address}:${sshd.port}${address.replace('unix://', '')}`;
        const began = performance.now();
        const scan = startCli(['--host', url, ...argsFor(dataDir)], {
          env: { ...sshd.env, SMART_SCANNER_BASE_IMAGE: baseImage, SMART_SCANNER_SSH: client },
          deadlineMs: 200_000,
        });
        await scan.said(' starts: ');
        // A black hole says nothing to either side: only keep-alives find out.
        const swallowed = performance.now();
        link.swallow();
        await scan.said('RECONNECTING').finally(() => link.mend());
        await scan.said('RECONNECTED');
        const awaySeconds = (performance.now() - swallowed) / 1000;
        const { status, err } = await scan.done;
        expect({ status, err }).toEqual({ status: 0, err: '' });
        expectSame(dataDir, 'M', mount);
        const seconds = (performance.now() - began) / 1000;
        nearSeconds ??= await bySocket();
        const overhead = seconds - awaySeconds - nearSeconds;
        console.log(
          `OVERHEAD of a slow link by ${client}: ${overhead.toFixed(1)} s (${seconds.toFixed(1)} s in all, of them ` +
            `${awaySeconds.toFixed(1)} s without any connection, against ${nearSeconds.toFixed(1)} s by the socket)`,
        );
        // Both sides have let go of what the hole swallowed.
        await vi.waitFor(() => expect(sshd.sessions()).toEqual([]), { timeout: 30_000 });
        expect(processesWith(sshd.at('config'))).toEqual([]);
      },
    );
  });
});
