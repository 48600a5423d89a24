import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { startCli, type RunningCli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { processesWith, Sshd } from './support/sshd.ts';
import { SlowLink } from './support/slow-link.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { holdContainers } from './support/workers.ts';

const CLIENTS = ['openssh', 'library'];
const missing = SlowLink.missing();
if (missing !== null) console.log(`SKIPPED: a slow link: ${missing}`);

describe.skipIf(missing !== null)('a slow link', () => {
  describeWithDocker('of 50 ms that loses one packet in a hundred', ({ address, baseImage }) => {
    const dir = temporaryDirectory();
    const treeOf = (client: string): string => join(dir, `tree-${client}`);
    const sshd = new Sshd(join(dir, 'ssh'));
    let link: SlowLink;

    beforeAll(async () => {
      for (const client of CLIENTS) makePlainTree(treeOf(client), 60, 10);
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

    const start = (client: string, dataDir: string, env: Record<string, string>): RunningCli => {
      const few = ['--measure', '--chunk-files', '200', '--max-containers', '2'];
      return startCli(['scan', treeOf(client), 'M', '--data-dir', dataDir, ...few], {
        env: { ...env, SMART_SCANNER_BASE_IMAGE: baseImage },
        deadlineMs: 200_000,
      });
    };
    /** Waits for it to succeed; s since `began`. */
    const ended = async ({ done }: RunningCli, began: number): Promise<number> => {
      const { status, err } = await done;
      expect({ status, err }).toEqual({ status: 0, err: '' });
      return (performance.now() - began) / 1000;
    };
    /** What the link costs is told against the same scans, without the hole, by the daemon's own socket. */
    const bySocket = async (client: string): Promise<number> =>
      await ended(start(client, join(dir, `near-${client}`), { DOCKER_HOST: address }), performance.now());

    // Both clients at once: most of the time they wait, above all for their keep-alives.
    it(
      'carries whole scans by either client, also where it swallows everything for a while',
      { timeout: 240_000 },
      async () => {
        const docker = new Docker({ socketPath: address.replace('unix://', ''), host: undefined, protocol: 'http' });
        const url = `ssh://root@${link.address}:${sshd.port}${address.replace('unix://', '')}`;
        // Neither may have ended before the other has begun.
        const holds = await Promise.all(CLIENTS.map((client) => holdContainers(docker, treeOf(client))));
        const began = performance.now();
        const scans = CLIENTS.map((client) => ({
          client,
          scan: start(client, join(dir, client), { ...sshd.env, SMART_SCANNER_SSH: client, DOCKER_HOST: url }),
        }));
        await Promise.all(scans.map(({ scan }) => scan.said(' starts: ')));
        // A black hole says nothing to either side: only keep-alives find out.
        const swallowed = performance.now();
        link.swallow();
        await Promise.all(scans.map(({ scan }) => scan.said('RECONNECTING'))).finally(() => link.mend());
        const away = await Promise.all(
          scans.map(async ({ scan }) => {
            await scan.said('RECONNECTED');
            return (performance.now() - swallowed) / 1000;
          }),
        ).finally(() => Promise.all(holds.map((letGo) => letGo())));
        const seconds = await Promise.all(scans.map(({ scan }) => ended(scan, began)));
        for (const client of CLIENTS) expectSame(join(dir, client), 'M', treeOf(client));
        // Both sides have let go of what the hole swallowed.
        await vi.waitFor(() => expect(sshd.sessions()).toEqual([]), { timeout: 30_000 });
        expect(processesWith(sshd.at('config'))).toEqual([]);
        const near = await Promise.all(CLIENTS.map(bySocket));
        for (const [index, client] of CLIENTS.entries()) {
          const [all = 0, lost = 0, direct = 0] = [seconds[index], away[index], near[index]];
          console.log(
            `OVERHEAD of a slow link by ${client}: ${(all - lost - direct).toFixed(1)} s (${all.toFixed(1)} s in all, of them ` +
              `${lost.toFixed(1)} s without any connection, against ${direct.toFixed(1)} s by the socket; both at once)`,
          );
        }
      },
    );
  });
});
