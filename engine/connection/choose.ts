import { homedir } from 'node:os';
import { join } from 'node:path';
import { SmartScannerError } from '../../shared/errors.ts';
import { contextEndpoint, currentContext, DEFAULT_CONTEXT, tlsFilesIn } from './docker-config.ts';
import { localEndpoint, parseEndpoint, withRemoteDocker, type Endpoint, type TlsFiles } from './endpoint.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What was said on the command line, or in a window. */
export interface HostWish {
  /** A name that `hosts add` knows, an address, or the name of a docker context; null: whatever is set up. */
  readonly host: string | null;
  readonly tls: { readonly ca: string | null; readonly cert: string | null; readonly key: string | null };
  /** Where the docker command lies on a host that is reached by SSH; null: SMART_SCANNER_REMOTE_DOCKER, or what the host's entry says. */
  readonly remoteDocker?: string | null;
}

export const NO_WISH: HostWish = { host: null, tls: { ca: null, cert: null, key: null } };

/** A host that was added. */
export interface NamedHost {
  readonly name: string;
  readonly address: string;
  readonly tls: TlsFiles | null;
  readonly remoteDocker?: string | null;
}

export interface KnownHosts {
  find(name: string): Promise<NamedHost | null>;
  /** The one that `hosts default` chose. */
  standard(): Promise<NamedHost | null>;
}

/** Where none was ever added. */
export const NO_HOSTS: KnownHosts = { find: () => Promise.resolve(null), standard: () => Promise.resolve(null) };

export interface ChosenEndpoint {
  readonly endpoint: Endpoint;
  /** Asked for by --host, or by `hosts default`: then nothing else is used instead. */
  readonly isAsked: boolean;
  /** Ours for it, where it has one. */
  readonly name: string | null;
}

/**
 * Which daemon to use, by the docker command's own precedence: --host, DOCKER_HOST, DOCKER_CONTEXT, (the default among our hosts,) the current
 * docker context, the local socket. Throws ENDPOINT, DOCKER_CONTEXT, NO_SUCH_HOST.
 */
export async function chooseEndpoint(
  wish: HostWish,
  environment: Environment,
  known: KnownHosts,
): Promise<ChosenEndpoint> {
  const chosen = await chooseWay(wish, environment, known);
  const docker = wish.remoteDocker ?? (environment['SMART_SCANNER_REMOTE_DOCKER'] || null);
  return { ...chosen, endpoint: withRemoteDocker(chosen.endpoint, docker) };
}

async function chooseWay(wish: HostWish, environment: Environment, known: KnownHosts): Promise<ChosenEndpoint> {
  const configDir = environment['DOCKER_CONFIG'] || join(homedir(), '.docker');
  const tls = await tlsOf(wish, environment, configDir);
  if (wish.host !== null) return { ...(await named(wish.host, tls, configDir, known)), isAsked: true };
  const plain = (endpoint: Endpoint): ChosenEndpoint => ({ endpoint, isAsked: false, name: null });
  const address = environment['DOCKER_HOST']?.trim() ?? '';
  if (address !== '') return plain(parseEndpoint(address, tls));
  const context = environment['DOCKER_CONTEXT'] ?? '';
  if (context === DEFAULT_CONTEXT) return plain(localEndpoint());
  if (context !== '') return plain(await contextEndpoint(configDir, context));
  const standard = await known.standard();
  if (standard !== null) return { endpoint: ofHost(standard), isAsked: true, name: standard.name };
  const current = await currentContext(configDir);
  if (current === null || current === DEFAULT_CONTEXT) return plain(localEndpoint());
  return plain(await contextEndpoint(configDir, current));
}

async function named(
  host: string,
  tls: TlsFiles | null,
  configDir: string,
  known: KnownHosts,
): Promise<Pick<ChosenEndpoint, 'endpoint' | 'name'>> {
  if (host === 'local') return { endpoint: localEndpoint(), name: null };
  const found = await known.find(host);
  if (found !== null) return { endpoint: ofHost(found), name: found.name };
  if (host.includes(':')) return { endpoint: parseEndpoint(host, tls), name: null };
  try {
    return { endpoint: await contextEndpoint(configDir, host), name: null };
  } catch (error) {
    // One that is there and can't be understood is said to be so.
    if (error instanceof SmartScannerError && error.hint?.startsWith('See') === true) throw noSuchHost(host);
    throw error;
  }
}

export function noSuchHost(name: string): SmartScannerError {
  return new SmartScannerError('NO_SUCH_HOST', `There is no host named "${name}", and no docker context either.`, {
    hint: 'See `smart-scanner hosts list`, or name an address such as ssh://root@tower.local.',
  });
}

function ofHost({ address, tls, remoteDocker = null }: NamedHost): Endpoint {
  return withRemoteDocker(parseEndpoint(address, tls), remoteDocker);
}

/** As the docker command: nothing but DOCKER_TLS_VERIFY and DOCKER_TLS turns it on; our own options do, each. */
async function tlsOf({ tls }: HostWish, environment: Environment, configDir: string): Promise<TlsFiles | null> {
  const isAsked = tls.ca !== null || tls.cert !== null || tls.key !== null;
  const verify = (environment['DOCKER_TLS_VERIFY'] ?? '') !== '';
  if (!isAsked && !verify && (environment['DOCKER_TLS'] ?? '') === '') return null;
  const found = await tlsFilesIn(environment['DOCKER_CERT_PATH'] || configDir, isAsked || verify);
  return { ca: tls.ca ?? found.ca, cert: tls.cert ?? found.cert, key: tls.key ?? found.key, verify: found.verify };
}
