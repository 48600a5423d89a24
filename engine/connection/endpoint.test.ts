import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { SmartScannerError } from '../../shared/errors.ts';
import { chooseEndpoint, NO_WISH, type KnownHosts, type NamedHost } from './choose.ts';
import { localEndpoint, parseEndpoint } from './endpoint.ts';
import { nextState, type ConnectionState } from './states.ts';

describe('an address', () => {
  it.each([
    ['unix:///run/docker.sock', { kind: 'socket', path: '/run/docker.sock' }],
    ['npipe:////./pipe/docker_engine', { kind: 'socket', path: '\\\\.\\pipe\\docker_engine' }],
    ['tcp://nas:2375', { kind: 'tcp', host: 'nas', port: 2375, tls: null }],
    ['tcp://nas', { kind: 'tcp', host: 'nas', port: 2375 }],
    ['192.168.1.5:2375', { kind: 'tcp', host: '192.168.1.5', port: 2375 }],
    ['tcp://[fd00::10]:2376', { kind: 'tcp', host: 'fd00::10', port: 2376 }],
    [
      'ssh://root@tower.local',
      { kind: 'ssh', user: 'root', host: 'tower.local', port: null, socket: '/var/run/docker.sock' },
    ],
    ['SSH://tower:2222/', { kind: 'ssh', user: null, host: 'tower', port: 2222, socket: '/var/run/docker.sock' }],
    [
      'ssh://me@[fe80::1%eth0]:22/run/user/1000/docker.sock',
      { host: 'fe80::1%eth0', port: 22, socket: '/run/user/1000/docker.sock' },
    ],
    ['  ssh://tower  ', { kind: 'ssh', host: 'tower', address: 'ssh://tower' }],
  ])('%s is understood', (text, expected) => {
    expect(parseEndpoint(text)).toMatchObject(expected);
  });

  it('with TLS has the port of TLS unless another is named', () => {
    const tls = { ca: '/ca.pem', cert: null, key: null, verify: true };
    expect(parseEndpoint('tcp://nas', tls)).toMatchObject({ port: 2376, tls });
    expect(parseEndpoint('tcp://nas:1', tls)).toMatchObject({ port: 1, tls });
  });

  it.each([
    ['http://nas:2375', /begins with http:\/\//],
    ['tower', /has no scheme/],
    ['', /has no scheme/],
    ['tcp://', /names no machine/],
    ['tcp://:2375', /names no machine/],
    ['ssh://', /names no machine/],
    ['tcp://nas:70000', /has the port "70000"; a port is a number from 1 to 65535/],
    ['tcp://nas:0', /has the port "0"/],
    ['tcp://nas:http', /has the port "http"/],
    ['tcp://nas:', /has the port ""/],
    ['tcp://fd00::10:2376', /IPv6 address without brackets/],
    ['ssh://root@fe80::1', /IPv6 address without brackets/],
    ['tcp://[nas]:2376', /no IPv6 address/],
    ['tcp://[fd00::10', /IPv6 address without brackets/],
    ['tcp://nas/path', /has a path/],
    ['tcp://me@nas', /has a user name/],
    ['ssh://root:secret@tower', /has a password in it/],
    ['ssh://-oProxyCommand=evil@tower', /no proper user name/],
    ['ssh://-oProxyCommand=evil', /no machine is called/],
    ['ssh://@tower', /no proper user name/],
    ['ssh://to wer', /a space or a control character/],
    ['ssh://tower/run/$(id)', /other characters than/],
    ['ssh://tower/run/a:b', /other characters than/],
    ['ssh://tower?x=1', /"\?" or "#"/],
    ['unix://docker.sock', /no absolute path/],
    ['unix://', /no absolute path/],
    ['npipe://pipe', /names no pipe/],
  ])('%s is refused with what is wrong and an example, exit 64', (text, message) => {
    try {
      parseEndpoint(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SmartScannerError);
      expect(error).toMatchObject({
        code: 'ENDPOINT',
        exitStatus: 64,
        message: expect.stringMatching(message) as unknown,
      });
      expect((error as SmartScannerError).hint).toContain('ssh://root@tower.local');
      expect((error as SmartScannerError).message).not.toContain('secret');
    }
  });

  it('never throws anything else, whatever it is, and never gives ssh an option', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `ssh://${text}`),
        ),
        (text) => {
          try {
            const endpoint = parseEndpoint(text);
            if (endpoint.kind === 'ssh') expect(`${endpoint.user ?? 'x'} ${endpoint.host}`).not.toMatch(/(^| )-/u);
          } catch (error) {
            expect(error).toMatchObject({ code: 'ENDPOINT' });
          }
        },
      ),
    );
  });
});

describe('the daemon that is meant', () => {
  const config = mkdtempSync(join(tmpdir(), 'docker-config-'));
  afterAll(() => rmSync(config, { recursive: true, force: true }));
  const context = (name: string, meta: unknown, tls: readonly string[] = []): void => {
    const directory = createHash('sha256').update(name).digest('hex');
    mkdirSync(join(config, 'contexts', 'meta', directory), { recursive: true });
    writeFileSync(join(config, 'contexts', 'meta', directory, 'meta.json'), JSON.stringify(meta));
    mkdirSync(join(config, 'contexts', 'tls', directory, 'docker'), { recursive: true });
    for (const file of tls) writeFileSync(join(config, 'contexts', 'tls', directory, 'docker', file), 'x');
  };
  const nas = { Name: 'nas', Metadata: {}, Endpoints: { docker: { Host: 'ssh://root@nas', SkipTLSVerify: false } } };
  context('nas', nas);
  context('tls', { Endpoints: { docker: { Host: 'tcp://nas' } } }, ['ca.pem', 'cert.pem', 'key.pem']);
  context('careless', { Endpoints: { docker: { Host: 'tcp://nas', SkipTLSVerify: true } } });
  context('odd', { Endpoints: {} });
  const tower: NamedHost = { name: 'tower', address: 'ssh://root@tower.local', tls: null };
  const hosts = (standard: NamedHost | null = null): KnownHosts => ({
    find: (name) => Promise.resolve(name === 'tower' ? tower : null),
    standard: () => Promise.resolve(standard),
  });
  const chosen = async (host: string | null, env: Record<string, string>, standard?: NamedHost): Promise<string> =>
    (await chooseEndpoint({ ...NO_WISH, host }, { DOCKER_CONFIG: config, ...env }, hosts(standard))).endpoint.address;

  it('is found in the order of the docker command: --host, DOCKER_HOST, DOCKER_CONTEXT, default, current context, local', async () => {
    const all = { DOCKER_HOST: 'tcp://one:1', DOCKER_CONTEXT: 'nas' };
    const local = localEndpoint().address;
    expect(await chosen(null, {})).toBe(local);
    writeFileSync(join(config, 'config.json'), JSON.stringify({ auths: {}, currentContext: 'tls' }));
    expect(await chosen(null, {})).toBe('tcp://nas');
    expect(await chosen(null, {}, tower)).toBe(tower.address);
    expect(await chosen(null, { DOCKER_CONTEXT: 'nas' }, tower)).toBe('ssh://root@nas');
    expect(await chosen(null, { DOCKER_CONTEXT: 'default' }, tower)).toBe(local);
    expect(await chosen(null, all, tower)).toBe('tcp://one:1');
    expect(await chosen('tower', all)).toBe(tower.address);
    expect(await chosen('nas', all)).toBe('ssh://root@nas');
    expect(await chosen('local', all)).toBe(local);
    expect(await chosen('unix:///x.sock', all)).toBe('unix:///x.sock');
  });

  it('has the TLS files of its context, of the options, or of DOCKER_CERT_PATH, as the docker command takes them', async () => {
    const of = async (host: string | null, env: Record<string, string>, ca: string | null = null): Promise<unknown> =>
      (await chooseEndpoint({ host, tls: { ca, cert: null, key: null } }, { DOCKER_CONFIG: config, ...env }, hosts()))
        .endpoint;
    const directory = join(config, 'contexts', 'tls', createHash('sha256').update('tls').digest('hex'), 'docker');
    expect(await of('tls', {})).toMatchObject({
      port: 2376,
      tls: { ca: join(directory, 'ca.pem'), cert: join(directory, 'cert.pem'), verify: true },
    });
    expect(await of('careless', {})).toMatchObject({ tls: { ca: null, verify: false } });
    expect(await of(null, { DOCKER_HOST: 'tcp://n', DOCKER_CERT_PATH: directory })).toMatchObject({ tls: null });
    expect(
      await of(null, { DOCKER_HOST: 'tcp://n', DOCKER_CERT_PATH: directory, DOCKER_TLS_VERIFY: '1' }),
    ).toMatchObject({
      port: 2376,
      tls: { key: join(directory, 'key.pem'), verify: true },
    });
    expect(await of('tcp://n', {}, '/my/ca.pem')).toMatchObject({
      tls: { ca: '/my/ca.pem', cert: null, verify: true },
    });
  });

  it.each([
    ['nobody', {}, 'NO_SUCH_HOST', /no host named "nobody"/],
    [null, { DOCKER_CONTEXT: 'nobody' }, 'DOCKER_CONTEXT', /no docker context named "nobody"/],
    [null, { DOCKER_CONTEXT: 'odd' }, 'DOCKER_CONTEXT', /can't be understood/],
    ['odd', {}, 'DOCKER_CONTEXT', /can't be understood/],
    [null, { DOCKER_HOST: 'nonsense' }, 'ENDPOINT', /has no scheme/],
  ])('that nobody knows (%s, %j) is %s', async (host, env, code, message) => {
    await expect(chosen(host, env)).rejects.toMatchObject({
      code,
      exitStatus: 64,
      message: expect.stringMatching(message) as unknown,
    });
  });
});

describe('the state of a connection', () => {
  const error = { code: 'SSH_LOGIN', message: 'no', evidence: {} } as const;
  const walk = (...events: Parameters<typeof nextState>[1][]): string =>
    events.reduce<ConnectionState>(nextState, { name: 'disconnected' }).name;

  it('goes the ways that there are', () => {
    expect(walk({ name: 'connect' })).toBe('connecting');
    expect(walk({ name: 'connect' }, { name: 'connected' })).toBe('ready');
    expect(walk({ name: 'connect' }, { name: 'refused', error })).toBe('failed');
    expect(walk({ name: 'connect' }, { name: 'connected' }, { name: 'lost', reason: 'x' })).toBe('reconnecting');
    const again = [
      { name: 'connect' },
      { name: 'connected' },
      { name: 'lost', reason: 'x' },
      { name: 'connect' },
    ] as const;
    expect(walk(...again)).toBe('reconnecting');
    expect(walk(...again, { name: 'connected' })).toBe('ready');
    expect(walk(...again, { name: 'refused', error })).toBe('failed');
    expect(walk(...again, { name: 'refused', error }, { name: 'connect' })).toBe('connecting');
    expect(walk(...again, { name: 'close' })).toBe('disconnected');
    // A tunnel that ends after it was closed is no loss.
    expect(walk({ name: 'connect' }, { name: 'close' }, { name: 'lost', reason: 'x' })).toBe('disconnected');
  });

  it('never becomes ready by itself', () => {
    expect(() => walk({ name: 'connected' })).toThrow('"connected" can\'t happen in state "disconnected".');
  });
});
