import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { describeWithDocker, type TestEngine } from './docker.ts';
import { startFreezingProxy, type FreezingProxy } from './fixtures/freezing-proxy.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, startCli, type CliResult } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { expectRow } from './support/host-row.ts';
import { processesWith, Sshd } from './support/sshd.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { freePort, listenPlain } from './support/tls-engine.ts';

type Client = 'openssh' | 'library';

/** The contract of both clients: the same rows, the same scans, nothing left. */
const suite = (client: Client, { address, baseImage }: TestEngine): void => {
  const byOpenSsh = client === 'openssh';
  const dir = temporaryDirectory();
  const mount = join(dir, 'tree');
  const socket = address.replace(/^unix:\/\//, '');
  const sshd = new Sshd(join(dir, 'ssh'));
  let proxy: FreezingProxy | null = null;
  const hole = createServer(() => undefined);
  let silent: Promise<CliResult>;

  beforeAll(async () => {
    makePlainTree(mount, 200, 10);
    chmodSync(dir, 0o755);
    await sshd.start();
    silent = lookAtHole();
  }, 60_000);
  afterEach(() => {
    proxy?.close();
    proxy = null;
    sshd.configure();
  });
  afterAll(async () => {
    hole.close();
    await sshd.stop();
  });

  const url = (user = 'root', path = socket): string => `ssh://${user}@127.0.0.1:${sshd.port}${path}`;
  const env = (): Record<string, string> => ({
    ...sshd.env,
    SMART_SCANNER_BASE_IMAGE: baseImage,
    SMART_SCANNER_SSH: client,
    // Other programs on this machine have private directories of their own.
    TMPDIR: dir,
  });
  /** The cheapest command that needs the daemon. */
  const ask = (host = url(), ...more: string[]): Promise<CliResult> =>
    cli(['cleanup', '--dry-run', '--host', host, '--data-dir', join(dir, 'none'), ...more], { env: env() });
  /** Step by step. */
  const look = (host = url(), ...more: string[]): Promise<CliResult> =>
    cli(['hosts', 'test', host, '--data-dir', join(dir, 'none'), ...more], { env: env() });
  /** Begun first of all, since it takes as long as anybody waits for a word; with a configuration of its own, which no other test counts. */
  const lookAtHole = async (): Promise<CliResult> => {
    const bin = join(dir, 'alone');
    mkdirSync(bin);
    writeFileSync(join(bin, 'ssh'), '#!/bin/sh\nexec /usr/bin/ssh -F /dev/null "$@"\n', { mode: 0o755 });
    const port = await new Promise<number>((resolve) =>
      hole.listen(0, '127.0.0.1', () => resolve((hole.address() as { port: number }).port)),
    );
    const args = ['hosts', 'test', `ssh://root@127.0.0.1:${port}`, '--data-dir', join(dir, 'none')];
    return await cli(args, { env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, SMART_SCANNER_SSH: client } });
  };
  const known = (host = 'host', port = sshd.port, server = sshd): void => {
    const [type, key] = readFileSync(server.at(`${host}.pub`), 'utf8').split(' ');
    writeFileSync(sshd.at('known_hosts'), `[127.0.0.1]:${port} ${type ?? ''} ${key ?? ''}\n`);
  };
  const tunnels = (): string[] => processesWith(sshd.at('config'));
  const directories = (): string[] =>
    readdirSync(dir).filter((name) => /^smart-scanner-\w{6}$/.test(name) && existsSync(join(dir, name, 'docker.sock')));

  it('whose key nobody has seen is not talked to: the fingerprint is shown, and taken only when it is said to be right', async () => {
    expectRow(
      await look(),
      'SSH_HOST_KEY_UNKNOWN',
      new RegExp(`ssh-ed25519 ${sshd.fingerprint().replaceAll('+', '\\+')}`),
    );
    expectRow(
      await look(url(), '--accept-host-key', sshd.fingerprint('host-new')),
      'SSH_HOST_KEY_UNKNOWN',
      /seen before/,
    );
    expect(existsSync(sshd.at('known_hosts'))).toBe(false);
    writeFileSync(sshd.at('known_hosts'), 'other ssh-ed25519 AAAA');
    expect(await ask(url(), '--accept-host-key', sshd.fingerprint())).toMatchObject({ status: 0, err: '' });
    expect(readFileSync(sshd.at('known_hosts'), 'utf8')).toMatch(
      /^other ssh-ed25519 AAAA\n\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+\n$/,
    );
    expect(await ask()).toMatchObject({ status: 0, err: '' });
  });

  it('whose key has changed is refused with the old and the new one, whatever is accepted', async () => {
    known('host-new');
    const said = await look(url(), '--accept-host-key', sshd.fingerprint());
    expectRow(said, 'SSH_HOST_KEY_CHANGED', /Nothing was sent to it/);
    expect(said.out).toContain(
      `it was ssh-ed25519 ${sshd.fingerprint('host-new')}, now it is ${byOpenSsh ? 'ED25519' : 'ssh-ed25519'} ${sshd.fingerprint()}`,
    );
    known();
  });

  it.runIf(!byOpenSsh)(
    'that a certificate vouches for is refused with the reason, unless its own key is said to be right',
    async () => {
      const authority = readFileSync(sshd.at('host-new.pub'), 'utf8');
      writeFileSync(sshd.at('known_hosts'), `@cert-authority [127.0.0.1]:${sshd.port} ${authority}`);
      expectRow(
        await look(),
        'SSH_HOST_KEY_UNKNOWN',
        /known by a certificate .*only OpenSSH can check[^]*--accept-host-key/,
      );
      expect(await ask(url(), '--accept-host-key', sshd.fingerprint())).toMatchObject({ status: 0, err: '' });
      known();
    },
  );

  it('runs a whole scan over one connection: spools are volumes, nothing is left', async () => {
    const dataDir = join(dir, 'whole');
    const args = ['scan', mount, 'M', '--data-dir', dataDir, '--chunk-files', '500', '--measure'];
    const scan = startCli(['--host', url(), ...args], { env: env() });
    await scan.said('Chunk 1 starts');
    expect(sshd.sessions().length).toBe(1);
    expect(directories().length > 0).toBe(byOpenSsh);
    const { status, out, err } = await scan.done;
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain(`Using Docker`);
    expect(out).not.toContain('WARNING');
    expectSame(dataDir, 'M', mount);
    // Every shard came over the connection.
    expect(readdirSync(join(dataDir, 'spool', 'docker'))).toEqual([]);
    expect(
      catalogValue(dataDir, "SELECT count(*) FROM attempts WHERE outcome IN ('finished', 'remainder')"),
    ).toBeGreaterThan(3);
    expect(tunnels()).toEqual([]);
    await vi.waitFor(() => expect(sshd.sessions()).toEqual([]), { timeout: 10_000 });
  });

  it('whose sessions are killed ten times during a scan gives the same result', { timeout: 300_000 }, async () => {
    const dataDir = join(dir, 'cut');
    const args = [
      'scan',
      mount,
      'M',
      '--data-dir',
      dataDir,
      '--chunk-files',
      '70',
      '--max-containers',
      '2',
      '--measure',
    ];
    const scan = startCli(['--host', url(), ...args], { env: env(), deadlineMs: 240_000 });
    // Each time it has gone on, it is cut again. To have come back is enough: were a chunk waited for each time, a quick machine would have none left.
    let steps = 0;
    scan.child.stdout?.on(
      'data',
      (chunk: Buffer) => (steps += chunk.toString().split(/ starts: |RECONNECTED/).length - 1),
    );
    let cuts = 0;
    for (let before = 0; cuts < 10; before = steps) {
      await vi.waitFor(() => expect(steps > before || scan.child.exitCode !== null).toBe(true), { timeout: 60_000 });
      await delay(Math.random() * 500);
      const cut = sshd.cut();
      if (scan.child.exitCode !== null) break;
      cuts += cut > 0 ? 1 : 0;
    }
    const { status, out, err } = await scan.done;
    expect({ status, err, cuts }).toEqual({ status: 0, err: '', cuts: 10 });
    expect(out).toMatch(/WARNING - RECONNECTING: the host does not answer/);
    expect(catalogValue(dataDir, 'SELECT sum(failures) FROM chunks')).toBe(0);
    expectSame(dataDir, 'M', mount);
    expect(tunnels()).toEqual([]);
  });

  it('is let go when the program is killed: no ssh stays, and no socket', async () => {
    const scan = startCli(
      ['--host', url(), 'scan', mount, 'K', '--data-dir', join(dir, 'killed'), '--chunk-files', '100', '--measure'],
      { env: env() },
    );
    await scan.said('Chunk 1 starts');
    expect(tunnels().length > 0).toBe(byOpenSsh);
    const before = directories();
    scan.child.kill('SIGKILL');
    await scan.done;
    await vi.waitFor(() => expect(tunnels()).toEqual([]), { timeout: 10_000 });
    await vi.waitFor(() => expect(directories().filter((name) => before.includes(name))).toEqual([]), {
      timeout: 10_000,
    });
    await vi.waitFor(() => expect(sshd.sessions()).toEqual([]), { timeout: 30_000 });
    expect(
      await cli(['cleanup', '--yes', '--host', url(), '--data-dir', join(dir, 'killed')], { env: env() }),
    ).toMatchObject({ status: 0 });
  });

  it('is reached through a jump host, as the user’s configuration says', async () => {
    const jump = new Sshd(join(dir, 'jump'));
    await jump.start({ config: ['AllowTcpForwarding yes'] });
    try {
      writeFileSync(sshd.at('authorized'), readFileSync(jump.at('key.pub')), { flag: 'a' });
      const [type, key] = readFileSync(jump.at('host.pub'), 'utf8').split(' ');
      writeFileSync(sshd.at('known_hosts'), `[127.0.0.1]:${jump.port} ${type ?? ''} ${key ?? ''}\n`, { flag: 'a' });
      sshd.configure([
        'Host tower',
        'HostName 127.0.0.1',
        `Port ${sshd.port}`,
        'User root',
        `ProxyJump root@127.0.0.1:${jump.port}`,
        'Host *',
        `IdentityFile ${jump.at('key')}`,
      ]);
      expect(await ask(`ssh://tower${socket}`)).toMatchObject({ status: 0, err: '' });
    } finally {
      await jump.stop();
    }
  });

  it.each([
    ['another key', ['other'], 'root', 'SSH_LOGIN', /does not let root in with \S+other ED25519 SHA256/],
    ['another user', ['key'], 'somebody', 'SSH_LOGIN', /does not let somebody in with \S+key ED25519/],
    ['no key', ['nothing'], 'root', 'SSH_NO_KEY', /no SSH key to log in/],
    ['a key with a passphrase', ['locked'], 'root', 'SSH_PASSPHRASE', /is locked by a passphrase[\s\S]*ssh-add/],
  ])('%s: exit 3, its own code, what to do', async (_name, keys, user, code, says) => {
    sshd.configure(keys.map((key) => `IdentityFile ${sshd.at(key)}`));
    expectRow(await look(url(user)), code, says);
  });

  it('that wants a password beside the key is told so, and no passphrase is asked for', async () => {
    const strict = new Sshd(join(dir, 'strict'));
    await strict.start({ asDefault: ['PasswordAuthentication yes', 'AuthenticationMethods publickey,password'] });
    try {
      sshd.configure([`IdentityFile ${strict.at('key')}`]);
      known('host', strict.port, strict);
      expectRow(
        await look(`ssh://root@127.0.0.1:${strict.port}${socket}`),
        'SSH_LOGIN',
        byOpenSsh ? /wants a password beside it/ : /does not let root in/,
      );
    } finally {
      await strict.stop();
      sshd.configure();
      known();
    }
  });

  it('whose key can not be noted: the file is named, and nothing is talked to', async () => {
    for (const file of ['/dev/null', dir, join(sshd.at('key'), 'known_hosts'), '/proc/nothing/known_hosts']) {
      sshd.configure([`IdentityFile ${sshd.at('key')}`, `UserKnownHostsFile ${file}`]);
      const said = await look(url(), '--accept-host-key', sshd.fingerprint());
      expectRow(said, 'SSH_CONFIG', /host key can't be noted in [^]*UserKnownHostsFile/);
    }
    sshd.configure();
  });

  it('that can not be reached is told apart: no such name, a closed port, no SSH there, one that says nothing', async () => {
    const hosts: [string, string, RegExp][] = [
      ['ssh://root@nowhere.invalid', 'HOST_NAME', /machine named nowhere\.invalid/],
      [`ssh://root@127.0.0.1:${await freePort()}`, 'HOST_PORT_CLOSED', /nothing listens on its port/],
    ];
    for (const [host, code, says] of hosts) expectRow(await look(host), code, says);
    const docker = await listenPlain(socket);
    expectRow(
      await look(`ssh://root@127.0.0.1:${docker.port}`),
      'SSH_LOST',
      /kex_exchange|Connection (closed|reset|lost)/,
    );
    docker.close();
    expectRow(await silent, 'HOST_NO_ANSWER', /does not answer/);
  });

  it.runIf(byOpenSsh)('that ssh is missing for, or misconfigured: told apart', async () => {
    sshd.configure(['Nonsense yes']);
    expectRow(await look(), 'SSH_CONFIG', /Bad configuration option: nonsense|bad configuration options/i);
    const bin = join(dir, 'only-sh');
    mkdirSync(bin);
    for (const name of ['sh', 'rm']) symlinkSync(`/bin/${name}`, join(bin, name));
    const said = await cli(['hosts', 'test', url(), '--data-dir', join(dir, 'none')], {
      env: { PATH: bin, SMART_SCANNER_SSH: client },
    });
    expectRow(said, 'SSH_MISSING', /Install the OpenSSH client/);
  });

  it.runIf(!byOpenSsh)('is reached where there is no ssh at all, as the files in ~/.ssh say', async () => {
    const [home, bin] = [join(dir, 'home'), join(dir, 'no-ssh')];
    mkdirSync(join(home, '.ssh', 'config.d'), { recursive: true });
    mkdirSync(bin);
    symlinkSync('/bin/sh', join(bin, 'sh'));
    copyFileSync(sshd.at('key'), join(home, '.ssh', 'mine'));
    const [type, key] = readFileSync(sshd.at('host.pub'), 'utf8').split(' ');
    writeFileSync(join(home, '.ssh', 'seen'), `a-nas ${type ?? ''} ${key ?? ''}\n`);
    writeFileSync(join(home, '.ssh', 'config'), 'Include config.d/*\nHost *\n  User nobody\n');
    const tower = ['HostName 127.0.0.1', `Port ${sshd.port}`, 'User root', 'IdentityFile ~/.ssh/mine'];
    const more = ['UserKnownHostsFile ~/.ssh/seen', 'HostKeyAlias a-nas', 'IdentityAgent none'];
    writeFileSync(join(home, '.ssh', 'config.d', 'tower'), ['Host tower', ...tower, ...more, ''].join('\n  '));
    const args = ['cleanup', '--dry-run', '--host', `ssh://tower${socket}`, '--data-dir', join(dir, 'none')];
    const said = await cli(args, { env: { HOME: home, PATH: bin, SMART_SCANNER_SSH: '' } });
    expect(said).toMatchObject({ status: 0, err: '' });
  });

  it(
    'whose SSH works and Docker doesn’t: forbidden, not installed, off the PATH, not permitted, not running',
    { timeout: 180_000 },
    async () => {
      const other = new Sshd(join(dir, 'other'));
      const tools = join(dir, 'tools');
      mkdirSync(tools);
      for (const name of ['sh', 'id']) symlinkSync(`/usr/bin/${name}`, join(tools, name));
      const hide = '/usr/bin /usr/local/bin /opt/bin /snap/bin'
        .split(' ')
        .map((place) => `if [ -e ${place}/docker ]; then mount --bind /dev/null ${place}/docker; fi`)
        .join('; ');
      const user = `{ cat /etc/passwd; echo 'visitor:*:64999:64999::/:/bin/sh'; } > ${other.at('passwd')}; mount --bind ${other.at('passwd')} /etc/passwd`;
      proxy = await startFreezingProxy(join(dir, 'proxy.sock'), socket);
      chmodSync(join(dir, 'proxy.sock'), 0o600);
      const row = async (
        options: Parameters<Sshd['start']>[0],
        host: (port: number) => string,
        code: string,
        says: RegExp,
      ): Promise<void> => {
        await other.start(options);
        const [type, key] = readFileSync(other.at('host.pub'), 'utf8').split(' ');
        writeFileSync(other.at('known_hosts'), `[127.0.0.1]:${other.port} ${type ?? ''} ${key ?? ''}\n`);
        const said = await cli(['hosts', 'test', host(other.port), '--data-dir', join(dir, 'none')], {
          env: { ...other.env, SMART_SCANNER_SSH: client },
        });
        await other.stop();
        expectRow(said, code, says);
      };
      const nowhere = (port: number): string => `ssh://root@127.0.0.1:${port}/nowhere/docker.sock`;
      await row(
        { config: ['AllowStreamLocalForwarding no'], before: hide },
        (port) => `ssh://root@127.0.0.1:${port}${socket}`,
        'SSH_FORWARDING',
        /Docker runs on 127\.0\.0\.1, but its SSH server does not forward sockets/,
      );
      await row({ before: hide }, nowhere, 'DOCKER_NOT_INSTALLED', /Docker is not installed on 127\.0\.0\.1/);
      await row(
        { config: [`SetEnv PATH=${tools}`] },
        nowhere,
        'DOCKER_NOT_ON_PATH',
        /Docker lies at \/usr\S+ on 127\.0\.0\.1, which is not on the PATH of root/,
      );
      await row(
        { before: user },
        (port) => `ssh://visitor@127.0.0.1:${port}${join(dir, 'proxy.sock')}`,
        'DOCKER_NOT_PERMITTED',
        /visitor may not use Docker's socket/,
      );
      await row({}, nowhere, 'DOCKER_NOT_RUNNING', /is installed on 127\.0\.0\.1 \(\S+\), but does not run/);
      proxy.cut();
      await row(
        {},
        (port) => `ssh://root@127.0.0.1:${port}${join(dir, 'proxy.sock')}`,
        'DOCKER_NOT_RUNNING',
        /does not run/,
      );
      expect(processesWith(other.at('config'))).toEqual([]);
    },
  );
};

describeWithDocker('a host over SSH, by the OpenSSH client', (engine) => suite('openssh', engine));
describeWithDocker('a host over SSH, by the library', (engine) => suite('library', engine));
