import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { startCli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { Sshd } from './support/sshd.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { tuned } from './support/tuned.ts';

describeWithDocker('a computer that sleeps during a scan', ({ address, baseImage }) => {
  const dir = temporaryDirectory();
  const mount = join(dir, 'tree');
  const sshd = new Sshd(join(dir, 'ssh'));

  beforeAll(async () => {
    makePlainTree(mount, 100, 10);
    chmodSync(dir, 0o755);
    await sshd.start();
    const [type, key] = readFileSync(sshd.at('host.pub'), 'utf8').split(' ');
    writeFileSync(sshd.at('known_hosts'), `[127.0.0.1]:${sshd.port} ${type ?? ''} ${key ?? ''}\n`);
  });
  afterAll(async () => {
    await sshd.stop();
  });

  const runningWorkers = (): number =>
    execFileSync(
      'docker',
      ['-H', address, 'ps', '-q', '--filter', 'label=io.smart-scanner.role=worker', '--filter', `volume=${mount}`],
      {
        encoding: 'utf8',
      },
    )
      .split('\n')
      .filter((line) => line !== '').length;

  it.each(['openssh', 'library'])(
    'is told what finished meanwhile, and goes on with the rest (%s)',
    { timeout: 120_000 },
    async (client) => {
      const dataDir = join(dir, client);
      const options = { env: { ...sshd.env, SMART_SCANNER_BASE_IMAGE: baseImage, SMART_SCANNER_SSH: client } };
      const args = ['scan', mount, 'M', '--data-dir', dataDir, '--measure', '--chunk-files', '300'];
      const scan = startCli(
        [...args, '--max-containers', '2', '--json'],
        tuned(
          { tuning: { asleepMs: 500 } },
          {
            ...options,
            deadlineMs: 100_000,
            env: { ...options.env, DOCKER_HOST: `ssh://root@127.0.0.1:${sshd.port}${address.replace('unix://', '')}` },
          },
        ),
      );
      await scan.said(' starts: ');
      await vi.waitFor(() => expect(runningWorkers()).toBeGreaterThan(0), { timeout: 20_000, interval: 20 });
      // As if the lid were closed: nothing of this program runs, and the host lets go of the connection.
      scan.child.kill('SIGSTOP');
      sshd.cut();
      const stopped = performance.now();
      await vi.waitFor(() => expect(runningWorkers()).toBe(0), { timeout: 30_000 });
      await vi.waitFor(() => expect(performance.now() - stopped).toBeGreaterThan(3_000), { timeout: 10_000 });
      scan.child.kill('SIGCONT');
      const { status, out, err } = await scan.done;
      expect({ status, err }).toEqual({ status: 0, err: '' });
      const sentence = /While this computer slept, [12] chunks? finished and \d+ waited\. Continuing\./;
      expect(out).toMatch(sentence);
      const [log = ''] = /[^"]*smart_scan_\d+_\d+\.log/.exec(out) ?? [];
      expect(readFileSync(log, 'utf8')).toMatch(sentence);
      expectSame(dataDir, 'M', mount);
    },
  );
});
