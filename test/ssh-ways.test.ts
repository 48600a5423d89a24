import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import Docker from 'dockerode';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { cli, startCli, type CliResult } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { hostCommandsOf } from './support/host-commands.ts';
import { processesWith, Sshd } from './support/sshd.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { freePort } from './support/tls-engine.ts';
import { holdContainers } from './support/workers.ts';

describeWithDocker('a scan over SSH', ({ address, baseImage }) => {
  const dir = temporaryDirectory();
  const mount = join(dir, 'tree');
  const socket = address.replace(/^unix:\/\//, '');
  const sshd = new Sshd(join(dir, 'ssh'));

  beforeAll(() => {
    makePlainTree(mount, 120, 10);
    chmodSync(dir, 0o755);
  });
  afterEach(async () => {
    await sshd.stop();
    sshd.configure();
  });

  const url = (path = socket): string => `ssh://root@127.0.0.1:${sshd.port}${path}`;
  const knowHashed = (): void => {
    const [type, key] = readFileSync(sshd.at('host.pub'), 'utf8').split(' ');
    writeFileSync(sshd.at('known_hosts'), `[127.0.0.1]:${sshd.port} ${type ?? ''} ${key ?? ''}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', sshd.at('known_hosts')], { stdio: 'ignore' });
    expect(readFileSync(sshd.at('known_hosts'), 'utf8')).toMatch(/^\|1\|/);
  };
  const env = (client: string): Record<string, string> => ({
    ...sshd.env,
    SMART_SCANNER_BASE_IMAGE: baseImage,
    SMART_SCANNER_SSH: client,
  });
  const scanArgs = (dataDir: string): string[] => {
    const few = ['--chunk-files', '100', '--max-containers', '8', '--load', 'fast', '--health-interval', '1'];
    return ['scan', mount, 'M', '--data-dir', dataDir, '--measure', ...few];
  };
  /** The most that were seen at once while it runs. */
  const watch = (count: () => number): { most: () => number; end: () => void } => {
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, count())), 20);
    return { most: () => most, end: () => clearInterval(timer) };
  };

  describe.each(['openssh', 'library'])('by %s', (client) => {
    it('with eight workers, their logs and their stats takes one connection; a known host may be hashed', async () => {
      await sshd.start();
      knowHashed();
      const dataDir = join(dir, `one-${client}`);
      const connections = watch(() => sshd.sessions().length);
      // Workers that have so little to do live too short to be sampled.
      const letGo = await holdContainers(new Docker({ socketPath: socket, host: undefined, protocol: 'http' }), mount);
      const running = startCli(['--host', url(), ...scanArgs(dataDir)], { env: env(client) });
      await running.said(/HEALTH CHECK chunk \d+: running.*CPU \d+ %/).finally(letGo);
      const { status, err } = await running.done;
      connections.end();
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(connections.most()).toBe(1);
      expectSame(dataDir, 'M', mount);
    });

    it('to a server that forwards nothing goes by docker system dial-stdio, eight at most, and leaves none', async () => {
      await sshd.start({ config: ['AllowStreamLocalForwarding no', 'AllowTcpForwarding no'] });
      knowHashed();
      const dataDir = join(dir, `stdio-${client}`);
      const remote = (): number =>
        processesWith(`-H unix://${socket} system dial-stdio`).filter((command) => command.startsWith('docker '))
          .length;
      const sessions = watch(remote);
      const letGo = await holdContainers(new Docker({ socketPath: socket, host: undefined, protocol: 'http' }), mount);
      const running = startCli(['--host', url(), ...scanArgs(dataDir)], { env: env(client) });
      await running.said(/HEALTH CHECK chunk \d+: running/).finally(letGo);
      const { status, out, err } = await running.done;
      sessions.end();
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).not.toContain('WARNING');
      expect(sessions.most()).toBeGreaterThan(2);
      expect(sessions.most()).toBeLessThanOrEqual(8);
      expectSame(dataDir, 'M', mount);
      await vi.waitFor(() => expect(remote()).toBe(0), { timeout: 10_000 });
      await vi.waitFor(() => expect(sshd.sessions()).toEqual([]), { timeout: 10_000 });
    });
  });

  it('to a docker command that lies elsewhere takes the one that was named, and refuses what no path is', async () => {
    const elsewhere = join(dir, 'tools');
    mkdirSync(elsewhere);
    const used = join(dir, 'used');
    writeFileSync(join(elsewhere, 'my-docker'), `#!/bin/sh\necho "$*" >>'${used}'\nexec docker "$@"\n`, {
      mode: 0o755,
    });
    await sshd.start({ config: ['AllowStreamLocalForwarding no'] });
    knowHashed();
    const ask = (docker: string): Promise<CliResult> =>
      cli(['cleanup', '--dry-run', '--host', url(), '--data-dir', join(dir, 'none'), '--remote-docker', docker], {
        env: env('library'),
      });
    expect(await ask(join(elsewhere, 'my-docker'))).toMatchObject({ status: 0, err: '' });
    expect(readFileSync(used, 'utf8')).toContain(`-H unix://${socket} system dial-stdio`);
    expect(await ask('docker; rm -rf /')).toMatchObject({ status: 64 });

    // Said once, it is remembered, whatever the host is called and wherever it is reached.
    const dataDir = join(dir, 'elsewhere');
    const tool = join(elsewhere, 'my-docker');
    const expectUsed = async (work: () => Promise<unknown>): Promise<void> => {
      writeFileSync(used, '');
      await work();
      expect(readFileSync(used, 'utf8')).toContain('system dial-stdio');
      const { hosts: kept } = JSON.parse(readFileSync(join(dataDir, 'hosts.json'), 'utf8')) as { hosts: unknown[] };
      expect(kept).toMatchObject([{ remoteDocker: tool }]);
    };
    const hosts = (...args: string[]): Promise<CliResult> =>
      cli(['hosts', ...args, '--data-dir', dataDir], { env: env('library') });
    await expectUsed(() => hosts('add', 'nas', url(), '--remote-docker', tool));
    await expectUsed(() => hosts('add', 'nas', url().replace('root@', '')));
    await expectUsed(() => hosts('test', 'nas'));
    vi.stubEnv('PATH', sshd.env['PATH']);
    vi.stubEnv('SMART_SCANNER_SSH', 'library');
    const changed = { name: 'tower', address: url() };
    await expectUsed(() => hostCommandsOf(dataDir).edit('nas', changed, () => undefined, AbortSignal.timeout(30_000)));
    vi.unstubAllEnvs();
  });

  it('opens none of the ports that the user forwards, and goes on where they are taken', async () => {
    await sshd.start({ config: ['AllowStreamLocalForwarding yes', 'AllowTcpForwarding yes'] });
    knowHashed();
    const [local, dynamic, remote] = [await freePort(), await freePort(), await freePort()];
    sshd.configure([
      `IdentityFile ${sshd.at('key')}`,
      `LocalForward ${local} 127.0.0.1:${sshd.port}`,
      `DynamicForward ${dynamic}`,
      `RemoteForward ${remote} 127.0.0.1:${sshd.port}`,
      'ExitOnForwardFailure yes',
    ]);
    const opened = new Set<number>();
    const looking = setInterval(() => {
      for (const port of [local, dynamic, remote])
        connect(port, '127.0.0.1')
          .on('connect', () => opened.add(port))
          .on('error', () => undefined)
          .setTimeout(500, function (this: { destroy: () => void }) {
            this.destroy();
          });
    }, 10);
    const said = await cli(['hosts', 'test', url(), '--data-dir', join(dir, 'none')], { env: env('openssh') });
    clearInterval(looking);
    expect(said).toMatchObject({ status: 0, err: '' });
    expect([...opened]).toEqual([]);
  });

  it('by the docker context that leads there, also where the temporary directory has too long a name', async () => {
    await sshd.start();
    knowHashed();
    const config = join(dir, 'docker-config');
    const meta = join(config, 'contexts', 'meta', createHash('sha256').update('tower').digest('hex'));
    mkdirSync(meta, { recursive: true });
    writeFileSync(
      join(meta, 'meta.json'),
      JSON.stringify({ Name: 'tower', Metadata: {}, Endpoints: { docker: { Host: url(), SkipTLSVerify: false } } }),
    );
    const dataDir = join(dir, 'context');
    // No socket can lie in it.
    const TMPDIR = join(dir, 'a-rather-long-name-'.repeat(10));
    mkdirSync(TMPDIR);
    const { status, out, err } = await cli(scanArgs(dataDir), {
      env: { ...env('openssh'), DOCKER_CONFIG: config, DOCKER_CONTEXT: 'tower', DOCKER_HOST: '', TMPDIR },
    });
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain(`at ${url()}`);
    expectSame(dataDir, 'M', mount);
  });

  it('writes no key and no passphrase anywhere: logs, snapshots, catalog, support bundle', async () => {
    await sshd.start();
    knowHashed();
    const dataDir = join(dir, 'secrets');
    sshd.configure(['key', 'other', 'locked'].map((name) => `IdentityFile ${sshd.at(name)}`));
    const scan = startCli(['--host', url(), ...scanArgs(dataDir)], {
      env: { ...env('library'), SMART_SCANNER_DEBUG: '1' },
    });
    await scan.said(' starts: ');
    sshd.cut();
    const scanned = await scan.done;
    expect(scanned.status).toBe(0);
    const bundle = join(dir, 'bundle.zip');
    const bundled = await cli(['debug', '--bundle', bundle, '--host', url(), '--data-dir', dataDir, '--no-color'], {
      env: env('openssh'),
    });
    expect(bundled.out + bundled.err).toContain('bundle.zip');
    const unpacked = join(dir, 'bundle');
    mkdirSync(unpacked);
    execFileSync('python3', ['-m', 'zipfile', '-e', bundle, unpacked]);
    // What is planted: the middle of each private key, in any line, and what unlocks one.
    const secrets = ['key', 'other', 'locked'].flatMap((name) =>
      readFileSync(sshd.at(name), 'utf8').trim().split('\n').slice(2, -1),
    );
    secrets.push('open sesame', 'PRIVATE KEY');
    const texts = [...filesBelow(dataDir), ...filesBelow(unpacked)].map(
      (file) => [file, readFileSync(file, 'latin1')] as const,
    );
    texts.push(['stdout', scanned.out], ['stderr', scanned.err], ['bundle', bundled.out + bundled.err]);
    expect(texts.length).toBeGreaterThan(5);
    for (const [file, text] of texts)
      for (const secret of secrets) expect({ file, has: text.includes(secret) }).toEqual({ file, has: false });
  });
});

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
