import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import Docker from 'dockerode';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { DockerLeases } from '../engine/runtime/docker/lease.ts';
import { describeWithDocker } from './docker.ts';
import { startWithPassword } from './support/password-sshd.ts';
import { PrivateEngine } from './support/private-engine.ts';
import { cli, startCli } from './support/cli.ts';
import { Sshd } from './support/sshd.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { typed } from './support/typed.ts';

const PASSWORD = 'open the pod bay doors';

// An engine of its own: what is taken away from a host at the end must not be what other tests use.
describeWithDocker('a host with a password and no key', ({ baseImage }) => {
  const dir = temporaryDirectory();
  const engine = new PrivateEngine();
  const sshd = new Sshd(join(dir, 'ssh'));
  const home = join(dir, 'home');
  const boot = join(dir, 'boot');
  const authorized = join(home, '.ssh', 'authorized_keys');
  const kept = join(boot, 'config', 'ssh', 'root', 'authorized_keys');
  const dataDir = join(dir, 'data');
  const url = (): string => `ssh://root@127.0.0.1:${sshd.port}${engine.address.replace(/^unix:\/\//, '')}`;
  const env = (): Record<string, string> => ({ ...sshd.env, SMART_SCANNER_BASE_IMAGE: baseImage });

  beforeAll(async () => {
    await engine.start();
    mkdirSync(join(boot, 'config'), { recursive: true });
    // What tells an Unraid.
    writeFileSync(join(boot, 'config', 'ident.cfg'), '');
    await startWithPassword(sshd, { password: PASSWORD, home, binds: [[boot, '/boot']] });
    sshd.configure([`IdentityFile ${sshd.at('mine')}`]);
  }, 120_000);
  afterAll(async () => {
    await sshd.stop();
    await engine.remove();
  });

  const add = (password: string): ReturnType<typeof typed> =>
    typed(
      ['hosts', 'add', 'tower', url(), '--data-dir', dataDir],
      [
        ['Set up a key? [y/p/N]', 'y'],
        ['Password of root@127.0.0.1:', password],
      ],
      env(),
    );

  it('no key is set up for a host whose name is another one’s', async () => {
    const other = join(dir, 'other');
    const named = await cli(['hosts', 'add', 'box', 'ssh://root@box.invalid', '--unchecked', '--data-dir', other]);
    expect(named).toMatchObject({ status: 0 });
    const asked = [['Is it the right one? [y/N]', 'y']] as const;
    const { status, screen } = await typed(['hosts', 'add', 'box', url(), '--data-dir', other], asked, env());
    expect(screen).toContain('Error HOST_NAME_TAKEN: "box" already stands for ssh://root@box.invalid.');
    expect(screen).not.toContain('Set up a key?');
    expect(status).toBe(64);
  });

  it('a wrong password installs nothing and is not shown', async () => {
    const { status, screen } = await add('wrong one');
    expect(screen).toContain('Error SSH_PASSWORD: 127.0.0.1 does not take this user and password.');
    expect(status).toBe(3);
    expect(screen).not.toContain('wrong one');
    expect(existsSync(authorized)).toBe(false);
  });

  it('gets a key with the password, asked once, where it is kept over a restart; then nobody is asked any more', async () => {
    // Made at the first try. Many a key has lost its public file, which is no reason to make, or to overwrite, one.
    const line = readFileSync(sshd.at('mine.pub'), 'utf8');
    rmSync(sshd.at('mine.pub'));
    // What stands in the way after the log-in is no reason to forget the key that was set up for it.
    const { status, screen } = await typed(
      ['hosts', 'add', 'tower', `${url()}.not-there`, '--data-dir', dataDir],
      [
        ['Set up a key? [y/p/N]', 'y'],
        ['Password of root@127.0.0.1:', PASSWORD],
      ],
      env(),
    );
    expect(status).toBe(3);
    const added = await cli(['hosts', 'add', 'tower', url(), '--data-dir', dataDir], { env: env() });
    expect(added).toMatchObject({ status: 0, err: '' });
    expect(screen).toMatch(/The key stands in \/boot\/config\/ssh\/root\/authorized_keys and \S+authorized_keys there/);
    expect(added.out).toContain('"tower" is added');
    expect(screen).not.toContain(PASSWORD);
    expect([readFileSync(authorized, 'utf8'), readFileSync(kept, 'utf8')]).toEqual([line, line]);
    expect(await cli(['hosts', 'test', 'tower', '--data-dir', dataDir], { env: env() })).toMatchObject({
      status: 0,
      err: '',
    });
    // It is this computer's own clock, read by way of the host.
    const tested = await cli(['hosts', 'test', 'tower', '--json', '--data-dir', dataDir], { env: env() });
    expect(Math.abs((JSON.parse(tested.out) as { clockSkewMs: number }).clockSkewMs)).toBeLessThan(60_000);
    expect(readFileSync(join(dataDir, 'hosts.json'), 'utf8')).not.toContain(PASSWORD);
  });

  it('is the same host by its socket: one daemon, one history', async () => {
    const { out } = await cli(['hosts', 'add', 'tower-by-socket', engine.address, '--data-dir', dataDir], {
      env: env(),
    });
    expect(out).toContain('It is the host that was called "tower", with its history; from now on');
    await cli(['hosts', 'add', 'tower', url(), '--data-dir', dataDir], { env: env() });
    const { hosts } = JSON.parse((await cli(['hosts', 'list', '--json', '--data-dir', dataDir])).out) as {
      hosts: unknown[];
    };
    expect(hosts).toHaveLength(1);
  });

  it('is tested beside one that never answers, and does not wait for that', async () => {
    const hole = createServer(() => undefined);
    const port = await new Promise<number>((resolve) =>
      hole.listen(0, '127.0.0.1', () => resolve((hole.address() as { port: number }).port)),
    );
    try {
      await cli(['hosts', 'add', 'a-hole', `tcp://127.0.0.1:${port}`, '--unchecked', '--data-dir', dataDir]);
      const all = startCli(['hosts', 'test', '--all', '--data-dir', dataDir], { env: env() });
      await all.said('tower: ready');
      all.interrupt();
      const { out } = await all.done;
      expect(out.indexOf('tower: ready')).toBe(0);
    } finally {
      hole.close();
    }
  });

  it('a path there is not one of here: a relative one is refused with what to say', async () => {
    const said = await cli(['scan', 'Videos', 'Videos', '--host', 'tower', '--data-dir', dataDir], { env: env() });
    expect(said.status).toBe(64);
    expect(said.err).toContain('"Videos" is a relative path, and ssh://root@127.0.0.1');
  });

  it('is left without a trace: what would go is shown, then containers, image and our key are gone, and others’ keys stay', async () => {
    mkdirSync(join(dir, 'tree'));
    writeFileSync(join(dir, 'tree', 'file'), 'x');
    const scan = ['scan', join(dir, 'tree'), 'Tree', '--host', 'tower', '--data-dir', dataDir];
    // Nothing is built on somebody's machine without asking, the first time.
    const question = 'The host has no worker image yet. Build smart-scanner:latest there now?';
    const refused = await typed(scan, [[question, 'n']], env());
    expect(refused.screen).toContain('Error IMAGE_MISSING: The worker image smart-scanner:latest was not prepared.');
    expect(refused.status).toBe(3);
    const scanned = await typed(scan, [[question, 'y']], env());
    expect(scanned).toMatchObject({ status: 0 });
    writeFileSync(kept, `ssh-ed25519 AAAAsomebody else\n${readFileSync(kept, 'utf8')}`);
    const purge = (...more: string[]): ReturnType<typeof cli> =>
      cli(['hosts', 'remove', 'tower', '--purge', ...more, '--data-dir', dataDir], { env: env() });
    expect(await purge()).toMatchObject({ status: 64 });
    // Somebody else's scan that pauses has no worker, and lives: its owner answers.
    const docker = new Docker({ socketPath: engine.address.replace('unix://', ''), host: undefined, protocol: 'http' });
    const leases = new DockerLeases(
      () => docker,
      () => null,
    );
    const lease = { scanId: uuidv7(), owner: 'me@attic', mountPath: '/films', mountName: 'Films', sinceMs: 0 };
    await leases.take(lease);
    const held = purge('--yes');
    const asked = await vi.waitFor(async () => {
      const [ask] = (await leases.look()).asks;
      expect(ask).toBeDefined();
      return ask?.id ?? '';
    }, 15_000);
    await leases.withdraw(asked);
    expect((await held).err).toContain('Error SCAN_RUNNING: A scan by me@attic runs on tower.');
    await leases.drop(lease);
    await leases.ask({ id: uuidv7(), scanId: lease.scanId, kind: 'answer', by: 'me@sofa' });
    const listed = await purge('--dry-run');
    expect(listed.out).toMatch(
      /volume .*question of me@sofa .*\nimage .*\nkey .*ssh-ed25519 smart-scanner \S+ in authorized_keys/,
    );
    expect(listed.out).not.toContain('inventory');
    // What the catalog here has goes only where that is asked for, and is shown before.
    const both = await purge('--dry-run', '--catalog');
    expect(both.err).toBe('');
    expect(both.out).toMatch(/inventory .*Tree \(\S+\) in the catalog here: 1 scan, 1 file/);
    expect(await cli(['stats', '--mount', 'Tree', '--data-dir', dataDir])).toMatchObject({ status: 0 });
    expect(readFileSync(authorized, 'utf8')).not.toBe('');
    expect(await purge('--yes', '--catalog')).toMatchObject({ status: 0, err: '' });
    expect(readFileSync(authorized, 'utf8')).toBe('');
    expect(readFileSync(kept, 'utf8')).toBe('ssh-ed25519 AAAAsomebody else\n');
    const [containers, { Volumes }] = await Promise.all([docker.listContainers({ all: true }), docker.listVolumes()]);
    expect([...containers, ...((Volumes as typeof Volumes | null) ?? [])]).toEqual([]);
    expect((await docker.listImages()).flatMap(({ RepoTags }) => RepoTags)).toEqual([baseImage]);
    expect((await cli(['stats', '--mount', 'Tree', '--data-dir', dataDir])).err).toContain('NO_SUCH_MOUNT');
  });

  it('gets a locked key by hand, too; its passphrase is asked for once a command, also to take the key away again', async () => {
    sshd.configure([`IdentityFile ${sshd.at('locked')}`]);
    const line = readFileSync(sshd.at('locked.pub'), 'utf8');
    const passphrase = ['Passphrase of the SSH key', 'open sesame'] as const;
    const paste = (): string => {
      writeFileSync(authorized, line);
      return '';
    };
    const added = await typed(
      ['hosts', 'add', 'tower', url(), '--data-dir', dataDir],
      [['Set up a key? [y/p/N]', 'p'], ['Press Enter when it is there', paste], passphrase],
      env(),
    );
    expect(added.screen).toContain(line.trim());
    expect(added.screen).toContain('"tower" is added');
    expect(added.status).toBe(0);
    const purged = await typed(
      ['hosts', 'remove', 'tower', '--purge', '--data-dir', dataDir],
      [passphrase, ['Remove all of it and forget tower?', 'y']],
      env(),
    );
    expect(purged.screen).toContain('Removed. "tower" is forgotten');
    expect(purged.status).toBe(0);
    for (const { screen } of [added, purged]) {
      expect(screen.split(passphrase[0])).toHaveLength(2);
      expect(screen).not.toContain(passphrase[1]);
    }
    expect(readFileSync(authorized, 'utf8')).toBe('');
  });
});
