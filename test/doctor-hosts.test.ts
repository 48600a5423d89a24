import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Diagnosis } from '../engine/doctor/types.ts';
import { describeWithDocker } from './docker.ts';
import { startFakeDaemon } from './fixtures/fake-daemon.ts';
import { Ward } from './support/doctor.ts';
import { Sshd } from './support/sshd.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { Certificates, freePort, listenPlain } from './support/tls-engine.ts';

describeWithDocker('a host that does not answer: the doctor names the step', ({ address, baseImage }) => {
  const dir = temporaryDirectory();
  const sshd = new Sshd(join(dir, 'ssh'));
  const ward = new Ward();
  const socket = address.replace(/^unix:\/\//, '');
  const url = (user = 'root', path = socket): string => `ssh://${user}@127.0.0.1:${sshd.port}${path}`;

  /** As after forty failed chunks on that host: none of them is the cause. */
  beforeAll(async () => {
    const reason = 'No Docker daemon answers (connect ECONNREFUSED).';
    ward.failed(40, { outcome: 'lost', exitCode: null, code: 'DOCKER_UNREACHABLE', reason }, { runtime: 'docker' });
    await sshd.start();
  }, 60_000);
  afterAll(() => sshd.stop());

  const examine = (host: string, ...more: string[]): Promise<Diagnosis & { status: number | null }> =>
    ward.examine({ env: { ...sshd.env, SMART_SCANNER_BASE_IMAGE: baseImage } }, ['--host', host, ...more]);
  const know = (server = sshd, key = 'host'): void => {
    const [type, text] = readFileSync(server.at(`${key}.pub`), 'utf8').split(' ');
    writeFileSync(server.at('known_hosts'), `[127.0.0.1]:${server.port} ${type ?? ''} ${text ?? ''}\n`);
  };
  /** One cause, said for certain, and what it explains is not shown beside it. */
  const expectCause = ({ findings, status }: Diagnosis & { status: number | null }, id: string): void => {
    expect(findings.map((one) => one.id)).toEqual([id]);
    expect(findings[0]?.confidence).toBe('certain');
    expect(findings[0]?.explains).toContain('chunks-failed');
    expect(status).toBe(1);
  };

  it('an address that is none, a name that nobody has, a port that is shut, a certificate of somebody else', async () => {
    expectCause(await examine('ftp://tower'), 'host-unknown');
    expectCause(await examine('tcp://no-such-host.invalid:2375'), 'host-name');
    expectCause(await examine(`tcp://127.0.0.1:${await freePort()}`), 'host-port-closed');
    const certificates = new Certificates(join(dir, 'tls'));
    const plain = await listenPlain(socket);
    try {
      const at = `tcp://127.0.0.1:${plain.port}`;
      expectCause(await examine(at, '--tlscacert', certificates.at('ca.pem')), 'host-certificate');
      const open = await examine(at);
      expect(open.findings.map(({ id }) => id)).toContain('host-open');
      expect(open.checks.find(({ id }) => id === 'daemon')).toMatchObject({ verdict: 'ok' });
    } finally {
      plain.close();
    }
  });

  it('SSH: a key nobody has seen, another key, no key of ours, a locked one, one that is not let in; then all is well', async () => {
    const unknown = await examine(url());
    expectCause(unknown, 'ssh-host-key-unknown');
    expect(unknown.findings[0]?.evidence).toContain('port: passed');
    expect(unknown.findings[0]?.evidence).toContain('host key: failed');
    know(sshd, 'host-new');
    expectCause(await examine(url()), 'ssh-host-key-changed');
    know();
    sshd.configure([]);
    expectCause(await examine(url()), 'ssh-no-key');
    sshd.configure([`IdentityFile ${sshd.at('locked')}`]);
    const locked = await examine(url());
    expectCause(locked, 'ssh-key-locked');
    expect(locked.findings[0]?.fixes[0]).toMatchObject({ copy: 'ssh-add', action: null });
    sshd.configure([`IdentityFile ${sshd.at('other')}`]);
    expectCause(await examine(url()), 'ssh-login-refused');
    sshd.configure(['NoSuchOption yes']);
    expectCause(await examine(url()), 'ssh-setup');
    sshd.configure();
    const well = await examine(url());
    expect(well.checks.find(({ id }) => id === 'ssh')).toMatchObject({ verdict: 'ok' });
    expect(well.checks.find(({ id }) => id === 'host')).toMatchObject({ verdict: 'ok' });
    // What had failed is not of the way any more. Other tests leave things behind while they run.
    const found = well.findings.map(({ id }) => id).filter((id) => id !== 'leftovers');
    expect(found).toEqual(['docker-unreachable']);
  });

  it('a port that says nothing, a server that ends the connection, a Docker that is too old; the real one is none of these', async () => {
    const hole = createServer(() => undefined);
    const silent = await new Promise<number>((resolve) =>
      hole.listen(0, '127.0.0.1', () => resolve((hole.address() as AddressInfo).port)),
    );
    const plain = await listenPlain(socket);
    const old = await startFakeDaemon(dir, { version: { ApiVersion: '1.40' }, info: { ID: 'x', Name: 'old' } });
    try {
      const nothing = await examine(`ssh://root@127.0.0.1:${silent}`);
      expectCause(nothing, 'host-silent');
      expect(nothing.findings[0]?.evidence).toContain('port: failed');
      const lost = await examine(`ssh://root@127.0.0.1:${plain.port}`);
      expectCause(lost, 'ssh-lost');
      expect(lost.findings[0]?.evidence).toContain('session: failed');
      const tooOld = await examine(old.address);
      expectCause(tooOld, 'docker-api');
      expect(tooOld.findings[0]?.seen).toContain('API 1.40; 1.41 is needed');
    } finally {
      hole.close();
      plain.close();
      old.close();
    }
    // Of the forty chunks that failed then.
    const well = (await examine(address)).findings.map(({ id }) => id);
    expect(well).toEqual(['docker-unreachable']);
  });

  it('behind a log-in that works: no forwarding, no Docker, one that is off the PATH, one that does not run', async () => {
    const other = new Sshd(join(dir, 'other'));
    const tools = join(dir, 'tools');
    mkdirSync(tools);
    for (const name of ['sh', 'id']) symlinkSync(`/usr/bin/${name}`, join(tools, name));
    const hide = '/usr/bin /usr/local/bin /opt/bin /snap/bin'
      .split(' ')
      .map((place) => `if [ -e ${place}/docker ]; then mount --bind /dev/null ${place}/docker; fi`)
      .join('; ');
    const row = async (options: Parameters<Sshd['start']>[0], path: string, id: string): Promise<void> => {
      await other.start(options);
      know(other);
      try {
        const env = { ...other.env, SMART_SCANNER_BASE_IMAGE: baseImage };
        expectCause(await ward.examine({ env }, ['--host', `ssh://root@127.0.0.1:${other.port}${path}`]), id);
      } finally {
        await other.stop();
      }
    };
    // Where there is a docker command, it does without forwarding.
    await row({ config: ['AllowStreamLocalForwarding no'], before: hide }, socket, 'ssh-forwarding');
    await row({ before: hide }, '/nowhere/docker.sock', 'docker-not-installed');
    await row({ config: [`SetEnv PATH=${tools}`] }, '/nowhere/docker.sock', 'docker-not-on-path');
    await row({}, '/nowhere/docker.sock', 'docker-unreachable');
  });
});
