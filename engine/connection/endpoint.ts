import { isIPv6 } from 'node:net';
import { SmartScannerError } from '../../shared/errors.ts';

/** Where a Docker daemon is, and how it is reached. */
export type Endpoint = SocketEndpoint | TcpEndpoint | SshEndpoint;

export interface SocketEndpoint {
  readonly kind: 'socket';
  /** A Unix socket, or a named pipe in Windows' own spelling. */
  readonly path: string;
  /** As a person writes it, for messages; the same holds for the other kinds. */
  readonly address: string;
}

export interface TcpEndpoint {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
  /** null: plain. */
  readonly tls: TlsFiles | null;
  readonly address: string;
}

export interface SshEndpoint {
  readonly kind: 'ssh';
  readonly host: string;
  /** null: what the user's SSH configuration says. */
  readonly port: number | null;
  readonly user: string | null;
  /** The daemon's socket on that machine. */
  readonly socket: string;
  /** The docker command on that machine, for a server that forwards no sockets; null: it is looked for. */
  readonly docker: string | null;
  readonly address: string;
}

/** Paths of PEM files; null: none. */
export interface TlsFiles {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** false only where a docker context says so (SkipTLSVerify), or DOCKER_TLS without DOCKER_TLS_VERIFY. */
  readonly verify: boolean;
}

const DEFAULT_SOCKET = '/var/run/docker.sock';
const PLAIN_PORT = 2375;
const TLS_PORT = 2376;
const LARGEST_PORT = 65_535;
/** OpenSSH expands `%` and `$` in the paths of forwardings and splits them at colons. */
const FORWARDABLE = /^\/[\w./@+~-]*$/u;
const EXAMPLES = 'ssh://root@tower.local, tcp://192.168.1.10:2376 or unix:///var/run/docker.sock';

/** The socket or pipe of this computer's own daemon. */
export function localEndpoint(platform: NodeJS.Platform = process.platform): SocketEndpoint {
  return platform === 'win32' ? pipe('npipe:////./pipe/docker_engine') : unix(`unix://${DEFAULT_SOCKET}`);
}

/** Whether the daemon is on another machine as far as anyone can tell: it does not see our files. */
export function isRemote(endpoint: Endpoint): boolean {
  return endpoint.kind !== 'socket';
}

/** Throws ENDPOINT with what is wrong and an example. `tls` goes to `tcp://` only. */
export function parseEndpoint(text: string, tls: TlsFiles | null = null): Endpoint {
  const trimmed = text.trim();
  const split = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/isu.exec(trimmed);
  // As the docker command takes it.
  if (split === null && /^[^/:@\s]+:\d+$/u.test(trimmed)) return parseEndpoint(`tcp://${trimmed}`, tls);
  if (split === null) throw wrong(trimmed, 'has no scheme such as ssh://');
  const [, scheme = '', rest = ''] = split;
  if (/[\p{Cc}\s]/u.test(trimmed)) throw wrong(trimmed, 'has a space or a control character in it');
  switch (scheme.toLowerCase()) {
    case 'unix':
      return unix(trimmed);
    case 'npipe':
      return pipe(trimmed);
    case 'tcp':
      return tcp(trimmed, rest, tls);
    case 'ssh':
      return ssh(trimmed, rest);
    default:
      throw wrong(trimmed, `begins with ${scheme}://; known are ssh://, tcp://, unix:// and npipe://`);
  }
}

function unix(address: string): SocketEndpoint {
  const path = address.slice('unix://'.length);
  if (!path.startsWith('/')) throw wrong(address, 'names no absolute path of a socket');
  return { kind: 'socket', path, address };
}

function pipe(address: string): SocketEndpoint {
  const path = address.slice('npipe://'.length).replaceAll('/', '\\');
  if (!path.startsWith('\\\\')) throw wrong(address, 'names no pipe, which looks like npipe:////./pipe/docker_engine');
  return { kind: 'socket', path, address };
}

function tcp(address: string, rest: string, tls: TlsFiles | null): TcpEndpoint {
  const { user, host, port, path } = authority(address, rest);
  if (user !== null) throw wrong(address, 'has a user name, which tcp:// has no use for');
  if (path !== '' && path !== '/') throw wrong(address, `has a path (${path}), which tcp:// has no use for`);
  return { kind: 'tcp', host, port: port ?? (tls === null ? PLAIN_PORT : TLS_PORT), tls, address };
}

function ssh(address: string, rest: string): SshEndpoint {
  const { user, host, port, path } = authority(address, rest);
  if (path !== '' && !FORWARDABLE.test(path))
    throw wrong(address, 'names a socket with other characters than letters, digits and . / _ @ + ~ -');
  const socket = path === '' || path === '/' ? DEFAULT_SOCKET : path;
  return { kind: 'ssh', user, host, port, socket, docker: null, address };
}

/** An SSH host whose docker command lies there. Throws ENDPOINT. */
export function withRemoteDocker(endpoint: Endpoint, docker: string | null): Endpoint {
  if (docker === null || endpoint.kind !== 'ssh') return endpoint;
  if (!FORWARDABLE.test(docker)) {
    throw new SmartScannerError('ENDPOINT', `"${docker}" is no path of a docker command on the host.`, {
      hint: 'Name it in full, of letters, digits and . / _ @ + ~ -, as in /usr/local/bin/docker.',
    });
  }
  return { ...endpoint, docker };
}

interface Authority {
  readonly user: string | null;
  readonly host: string;
  readonly port: number | null;
  readonly path: string;
}

function authority(address: string, rest: string): Authority {
  if (/[?#]/u.test(rest)) throw wrong(address, 'has a "?" or "#", which no address has');
  const slash = rest.indexOf('/');
  const before = slash < 0 ? rest : rest.slice(0, slash);
  const at = before.lastIndexOf('@');
  const user = at < 0 ? null : before.slice(0, at);
  if (user?.includes(':') === true)
    throw wrong(address.replace(`${user}@`, '…@'), 'has a password in it, where every program can see it');
  // What begins with a dash would be an option to ssh.
  if (user === '' || user?.startsWith('-') === true) throw wrong(address, 'has no proper user name');
  const where = before.slice(at + 1);
  const bracketed = /^\[([^\]]*)\](.*)$/u.exec(where);
  if (bracketed === null && where.split(':').length > 2)
    throw wrong(address, 'has an IPv6 address without brackets; tcp://[fd00::10]:2376 has them');
  const [name = '', after = ''] =
    bracketed === null ? cut(where) : [bracketed[1], bracketed[2]].map((part) => part ?? '');
  if (bracketed !== null && !isIPv6(name.replace(/%[\w.-]+$/u, '')))
    throw wrong(address, `has brackets around "${name}", which is no IPv6 address`);
  if (bracketed === null && !/^[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u.test(name))
    throw wrong(address, name === '' ? 'names no machine' : `names a machine "${name}", which no machine is called`);
  return { user, host: name, port: portOf(address, after), path: slash < 0 ? '' : rest.slice(slash) };
}

function cut(where: string): readonly [string, string] {
  const colon = where.indexOf(':');
  return colon < 0 ? [where, ''] : [where.slice(0, colon), where.slice(colon)];
}

function portOf(address: string, after: string): number | null {
  if (after === '') return null;
  const digits = /^:(\d+)$/u.exec(after)?.[1];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > LARGEST_PORT)
    throw wrong(address, `has the port "${after.replace(/^:/u, '')}"; a port is a number from 1 to ${LARGEST_PORT}`);
  return port;
}

function wrong(address: string, what: string): SmartScannerError {
  return new SmartScannerError('ENDPOINT', `The address "${address}" ${what}.`, {
    hint: `Write it like ${EXAMPLES}.`,
  });
}
