import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BASE_IMAGE, describeWithDocker } from './docker.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { cli, type CliResult } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { hostCommandsOf } from './support/host-commands.ts';
import { expectRow } from './support/host-row.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { Certificates, freePort, listenPlain, listenTls, type Listening } from './support/tls-engine.ts';

const ROOT = join(import.meta.dirname, '..');

describeWithDocker('a daemon behind TCP', ({ address, baseImage }) => {
  const dir = temporaryDirectory();
  const socket = address.replace(/^unix:\/\//, '');
  const mount = join(dir, 'tree');
  let certs: Certificates;
  let port = 0;
  const open: Listening[] = [];

  const engine = (action: 'start' | 'stop', flags = ''): string =>
    execFileSync(join(ROOT, 'scripts', 'test-engine.sh'), [action], {
      encoding: 'utf8',
      env: { ...process.env, TEST_ENGINE_HOME: join(dir, 'engine'), TEST_ENGINE_FLAGS: flags },
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  beforeAll(async () => {
    makePlainTree(mount, 40, 10);
    certs = new Certificates(join(dir, 'certs'));
    certs
      .sign('server', { san: 'IP:127.0.0.1' })
      .sign('expired', { san: 'IP:127.0.0.1', dates: ['20200101000000Z', '20200201000000Z'] })
      .sign('early', { san: 'IP:127.0.0.1', dates: ['20700101000000Z', '20700201000000Z'] })
      .sign('client', { san: 'DNS:client' })
      .sign('stranger', { san: 'DNS:stranger', ca: 'other-ca' });
    certs.directory('good', { 'ca.pem': 'ca.pem', 'cert.pem': 'client.pem', 'key.pem': 'client-key.pem' });
    port = await freePort();
    const files = `--tlscacert ${certs.at('ca.pem')} --tlscert ${certs.at('server.pem')} --tlskey ${certs.at('server-key.pem')}`;
    const started = engine('start', `-H tcp://127.0.0.1:${port} --tlsverify ${files}`);
    execFileSync(join(ROOT, 'scripts', 'test-base-image.sh'), [BASE_IMAGE], {
      env: { ...process.env, DOCKER_HOST: started.trim().replace(/^DOCKER_HOST=/, '') },
      stdio: 'ignore',
    });
  }, 120_000);
  afterAll(() => {
    for (const listening of open) listening.close();
    engine('stop');
  }, 60_000);

  const behind = async (name: string): Promise<number> => {
    const cert = certs.at(`${name}.pem`);
    const listening = await listenTls(socket, { ca: certs.at('ca.pem'), cert, key: certs.at(`${name}-key.pem`) });
    open.push(listening);
    return listening.port;
  };
  const scan = async (dataDir: string, host: string, env: Record<string, string>): Promise<CliResult> =>
    await cli(['--host', host, 'scan', mount, 'M', '--data-dir', dataDir], {
      env: { SMART_SCANNER_BASE_IMAGE: baseImage, ...env },
    });

  it('with TLS runs a whole scan; nothing is warned of', { timeout: 180_000 }, async () => {
    const dataDir = join(dir, 'tls');
    const env = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certs.at('good') };
    const { status, out, err } = await scan(dataDir, `tcp://127.0.0.1:${port}`, env);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).not.toContain('WARNING');
    expectSame(dataDir, 'M', mount);
  });

  it('without it runs one too, and says each time that this port is root for the whole network', async () => {
    const plain = await listenPlain(socket);
    open.push(plain);
    const dataDir = join(dir, 'plain');
    for (let time = 0; time < 2; time += 1) {
      const { status, out, err } = await scan(dataDir, `tcp://127.0.0.1:${plain.port}`, {});
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toContain('WARNING: tcp://127.0.0.1');
      expect(out).toMatch(/ - WARNING - tcp:\/\/.* whoever is in that network is root on that machine/);
    }
    expectSame(dataDir, 'M', mount);
  });

  interface Row {
    readonly code: string;
    readonly host?: () => string | Promise<string>;
    readonly files?: Readonly<Record<string, string>>;
    readonly says: RegExp;
  }
  const good = { ca: 'ca.pem', cert: 'client.pem', key: 'client-key.pem' };
  const rows: readonly (readonly [string, Row])[] = [
    [
      'an expired certificate',
      {
        code: 'TLS_EXPIRED',
        host: async () => `127.0.0.1:${await behind('expired')}`,
        says: /has expired \(2020-02-01T/,
      },
    ],
    [
      'one that is not valid yet',
      {
        code: 'TLS_CLOCK',
        host: async () => `127.0.0.1:${await behind('early')}`,
        says: /not valid before 2070-01-01T[\s\S]*this computer's says 20/,
      },
    ],
    [
      'one of another CA',
      { code: 'TLS_CA', files: { ...good, ca: 'other-ca.pem' }, says: /signed by a CA that was not named/ },
    ],
    [
      'one for another name',
      { code: 'TLS_NAME', host: () => `localhost:${port}`, says: /is for 127\.0\.0\.1, not for localhost/ },
    ],
    [
      'no certificate of ours',
      {
        code: 'TLS_CLIENT_CERTIFICATE',
        files: { ca: 'ca.pem' },
        says: /wants a certificate of ours, and none was named/,
      },
    ],
    [
      'a certificate of ours by another CA',
      {
        code: 'TLS_CLIENT_CERTIFICATE',
        files: { ca: 'ca.pem', cert: 'stranger.pem', key: 'stranger-key.pem' },
        says: /does not take the certificate/,
      },
    ],
    ['plain HTTP to a TLS port', { code: 'TLS_NEEDED', files: {}, says: /speaks TLS only/ }],
    [
      'a key of another certificate',
      { code: 'TLS_FILES', files: { ...good, key: 'stranger-key.pem' }, says: /TLS files can't be used/ },
    ],
    [
      'a file that is not there',
      { code: 'TLS_FILES', files: { ...good, ca: 'nothing.pem' }, says: /TLS files can't be used .*nothing\.pem/ },
    ],
    [
      'nobody at the port',
      {
        code: 'HOST_PORT_CLOSED',
        host: async () => `127.0.0.1:${await freePort()}`,
        says: /nothing listens on its port/,
      },
    ],
    [
      'no such name',
      { code: 'HOST_NAME', host: () => 'nowhere.invalid:2376', says: /Nobody knows a machine named nowhere\.invalid/ },
    ],
  ];
  it.each(rows)('%s: exit 3, its own code, what to do', async (_name, { code, host, files = good, says }) => {
    const options = Object.entries(files).flatMap(([key, file]) => [
      { ca: '--tlscacert', cert: '--tlscert', key: '--tlskey' }[key] ?? '',
      certs.at(file),
    ]);
    const where = host === undefined ? `127.0.0.1:${port}` : await host();
    const args = ['hosts', 'test', `tcp://${where}`, '--data-dir', join(dir, 'none'), ...options];
    const result = await cli(args);
    expectRow(result, code, says);
    // What TLS is spoken with is read before anybody is called.
    const name = /^ *name +(ok|-)/m.exec(result.out)?.[1];
    if (code === 'TLS_FILES') expect(name).toBe('-');
    else if (code !== 'HOST_NAME') expect(name).toBe('ok');
  });

  it('keeps its certificates where its address is another one', async () => {
    const dataDir = join(dir, 'moved');
    const { cert, key } = { cert: certs.at('client.pem'), key: certs.at('client-key.pem') };
    const files = ['--tlscacert', certs.at('ca.pem'), '--tlscert', cert, '--tlskey', key];
    const added = await cli(['hosts', 'add', 'nas', `tcp://127.0.0.1:${port}`, '--data-dir', dataDir, ...files]);
    expect(added).toMatchObject({ status: 0 });
    const commands = hostCommandsOf(dataDir);
    const address = `tcp://127.0.0.1:${await behind('server')}`;
    const edited = await commands.edit('nas', { name: 'box', address }, () => undefined, AbortSignal.timeout(30_000));
    expect(edited.host).toMatchObject({ name: 'box', address, tls: { cert, key, verify: true } });
  });

  it('TLS to a plain port: told, too', async () => {
    const plain = await listenPlain(socket);
    open.push(plain);
    const args = ['hosts', 'test', `tcp://127.0.0.1:${plain.port}`, '--tlscacert', certs.at('ca.pem')];
    expectRow(await cli([...args, '--data-dir', join(dir, 'none')]), 'TLS_NOT_SPOKEN', /does not speak it/);
  });
});
