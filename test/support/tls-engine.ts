import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  connect,
  createServer as createPlain,
  type AddressInfo,
  type Server as PlainServer,
  type Socket,
} from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';

/** Certificates of one test: a CA, and what it signs. */
export class Certificates {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
    mkdirSync(dir, { recursive: true });
    for (const name of ['ca', 'other-ca'])
      this.#openssl(
        'req',
        '-x509',
        ...this.#newKey(name),
        '-subj',
        `/CN=${name}`,
        '-days',
        '30',
        '-out',
        this.at(`${name}.pem`),
      );
  }

  at(name: string): string {
    return join(this.dir, name);
  }

  /** `<name>.pem` and `<name>-key.pem`. `dates`: YYYYMMDDHHMMSSZ. */
  sign(name: string, options: { san: string; ca?: string; dates?: readonly [string, string] }): this {
    const { san, ca = 'ca', dates } = options;
    const config = this.at(`${name}.cnf`);
    this.#openssl('req', ...this.#newKey(name), '-subj', `/CN=${name}`, '-out', this.at(`${name}.csr`));
    mkdirSync(this.at(`${name}.db`));
    writeFileSync(this.at(`${name}.db/index.txt`), '');
    writeFileSync(
      config,
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.at(`${name}.db/index.txt`)}\nnew_certs_dir=${this.at(`${name}.db`)}\nrand_serial=yes\n` +
        `default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=${san}\nextendedKeyUsage=serverAuth,clientAuth\n`,
    );
    const between = dates === undefined ? ['-days', '30'] : ['-startdate', dates[0], '-enddate', dates[1]];
    const files = ['-cert', this.at(`${ca}.pem`), '-keyfile', this.at(`${ca}-key.pem`), '-in', this.at(`${name}.csr`)];
    this.#openssl(
      'ca',
      '-batch',
      '-notext',
      '-config',
      config,
      '-extensions',
      'e',
      ...files,
      ...between,
      '-out',
      this.at(`${name}.pem`),
    );
    return this;
  }

  /** A directory as DOCKER_CERT_PATH names one. */
  directory(name: string, files: Readonly<Record<string, string>>): string {
    const dir = this.at(name);
    mkdirSync(dir);
    for (const [file, from] of Object.entries(files)) writeFileSync(join(dir, file), readFileSync(this.at(from)));
    return dir;
  }

  #newKey(name: string): string[] {
    return [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      this.at(`${name}-key.pem`),
    ];
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

export interface Listening {
  readonly port: number;
  close(): void;
}

/** What `dockerd --tlsverify` does at its port, in front of a real daemon's socket: TLS with client certificates, then the API. */
export async function listenTls(
  target: string,
  files: { readonly ca: string; readonly cert: string; readonly key: string },
): Promise<Listening> {
  const server = createServer({
    ca: readFileSync(files.ca),
    cert: readFileSync(files.cert),
    key: readFileSync(files.key),
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('secureConnection', (near) => pass(near, target));
  server.on('tlsClientError', () => undefined);
  return await listening(server);
}

/** A plain port in front of a real daemon's socket. */
export async function listenPlain(target: string, port = 0): Promise<Listening> {
  return await listening(
    createPlain((near) => pass(near, target)),
    port,
  );
}

function pass(near: Socket, target: string): void {
  const far = connect(target);
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.pipe(far).pipe(near);
}

async function listening(server: Server | PlainServer, port = 0): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

/** Nobody listens there a moment ago. */
export async function freePort(): Promise<number> {
  const listener = await listening(createPlain());
  listener.close();
  return listener.port;
}
