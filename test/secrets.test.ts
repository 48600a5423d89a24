import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { cli } from './support/cli.ts';
import { Sshd } from './support/sshd.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { Certificates, listenTls, type Listening } from './support/tls-engine.ts';
import { typed } from './support/typed.ts';

const PASSPHRASE = 'open sesame';

describeWithDocker('a key that is locked', ({ address, baseImage }) => {
  const dir = temporaryDirectory();
  const socket = address.replace(/^unix:\/\//, '');
  const dataDir = join(dir, 'data');
  const temp = join(dir, 'temp');
  const sshd = new Sshd(join(dir, 'ssh'));
  const certs = new Certificates(join(dir, 'certs'));
  let tls: Listening | null = null;

  beforeAll(async () => {
    for (const made of [temp, dataDir]) mkdirSync(made);
    await sshd.start();
    sshd.configure([`IdentityFile ${sshd.at('locked')}`]);
    const [type, key] = readFileSync(sshd.at('host.pub'), 'utf8').split(' ');
    writeFileSync(sshd.at('known_hosts'), `[127.0.0.1]:${sshd.port} ${type ?? ''} ${key ?? ''}\n`);
    certs.sign('server', { san: 'IP:127.0.0.1' }).sign('client', { san: 'DNS:client' });
    const lock = ['pkey', '-in', certs.at('client-key.pem'), '-aes256', '-passout', `pass:${PASSPHRASE}`];
    execFileSync('openssl', [...lock, '-out', certs.at('locked-key.pem')]);
    const server = { cert: certs.at('server.pem'), key: certs.at('server-key.pem') };
    tls = await listenTls(socket, { ca: certs.at('ca.pem'), ...server });
  }, 60_000);
  afterAll(async () => {
    tls?.close();
    await sshd.stop();
  });

  const env = (client: string): Record<string, string> => ({
    ...sshd.env,
    TMPDIR: temp,
    SMART_SCANNER_BASE_IMAGE: baseImage,
    SMART_SCANNER_SSH: client,
  });
  const overSsh = (): string[] => ['--host', `ssh://root@127.0.0.1:${sshd.port}${socket}`];
  const overTls = (): string[] => [
    ...['--host', `tcp://127.0.0.1:${tls?.port ?? 0}`, '--tlscacert', certs.at('ca.pem')],
    ...['--tlscert', certs.at('client.pem'), '--tlskey', certs.at('locked-key.pem')],
  ];
  const ways = [
    ['SSH', overSsh, () => sshd.at('locked'), 'SSH_PASSPHRASE', 'openssh'],
    ['SSH', overSsh, () => sshd.at('locked'), 'SSH_PASSPHRASE', 'library'],
    ['TLS', overTls, () => certs.at('locked-key.pem'), 'TLS_FILES', 'openssh'],
  ] as const;
  const ask = (way: () => string[]): string[] => [...['cleanup', '--dry-run', '--data-dir', dataDir], ...way()];

  it.each(ways)(
    'of %s is asked for once, not shown and kept nowhere, and then opens',
    async (kind, way, key, _code, client) => {
      const question = `Passphrase of the ${kind} key ${key()}: `;
      const { status, screen } = await typed(ask(way), [[question, PASSPHRASE]], env(client));
      expect({ status, screen }).toEqual({ status: 0, screen });
      expect(screen.split(question)).toHaveLength(2);
      expect(screen).not.toContain(PASSPHRASE);
      // Neither the program that ssh was told to ask, nor anything else stays.
      expect(readdirSync(temp)).toEqual([]);
      expect(textsIn(dataDir).filter((text) => text.includes(PASSPHRASE))).toEqual([]);
    },
  );

  it.each(ways)(
    'of %s with a wrong passphrase: said to be that, and not shown',
    async (kind, way, key, _code, client) => {
      const [, address = '', ...files] = way();
      const test = ['hosts', 'test', address, '--data-dir', dataDir, ...files];
      const { status, screen } = await typed(test, [['Passphrase of the', 'open barley']], env(client));
      const step = kind === 'SSH' ? 'log-in' : 'certificate';
      const says = `FAILED +PASSPHRASE_WRONG: The passphrase does not unlock the key ${key()}\\.`;
      expect(screen).toMatch(new RegExp(`^${step} +${says}`, 'm'));
      expect(screen).not.toContain('open barley');
      expect(status).toBe(3);
      expect(readdirSync(temp)).toEqual([]);
    },
  );

  it.each(ways)(
    'of %s in a script is asked of nobody: exit 3, and what to do',
    async (_kind, way, key, code, client) => {
      const { status, err } = await cli(ask(way), { env: env(client) });
      expect(err).toContain(`Error ${code}: `);
      expect(err).toContain(key());
      expect(err).toMatch(/is locked by a pass\w+\.\n.*at a terminal/);
      expect(status).toBe(3);
    },
  );
});

function textsIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name), 'latin1')] : [],
  );
}
