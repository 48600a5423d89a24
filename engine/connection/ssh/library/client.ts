import type * as Ssh2Module from 'ssh2';
import type { Client, ServerHostKeyAlgorithm } from 'ssh2';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { SmartScannerError } from '../../../../shared/errors.ts';
import { parseEndpoint, type SshEndpoint } from '../../endpoint.ts';
import { ByteStream } from '../byte-stream.ts';
import type { Secrets } from '../../secrets.ts';
import {
  askWhether,
  changedHostKey,
  fingerprintOf,
  noteHostKey,
  type HostKeyOffer,
  type HostKeyPolicy,
} from '../host-key.ts';
import type { SshClient, SshLink } from '../link.ts';
import { explainLibrary } from './failure.ts';
import { findIdentities, unlockIdentity, type Identities } from './identities.ts';
import { keyType, KnownHostKeys, knownName, type HostKeyVerdict } from './known-hosts.ts';
import { letGo, LibraryLink, type Reached } from './library-link.ts';
import { readUserConfig, type UserConfig } from './user-config.ts';

type Ssh2 = Omit<typeof Ssh2Module, 'default'>;
/** Until it has logged in. */
const READY_MS = 15_000;
const KEEP_ALIVE_MS = 5_000;
const KEEP_ALIVE_MISSED = 3;
const MOST_JUMPS = 8;

/** ssh2, for where the OpenSSH client is missing or can't forward: verifies host keys against known_hosts, reads the user's configuration. */
export class LibraryClient implements SshClient {
  readonly #endpoint: SshEndpoint;
  readonly #policy: HostKeyPolicy;
  readonly #secrets: Secrets;

  constructor(endpoint: SshEndpoint, policy: HostKeyPolicy, secrets: Secrets) {
    this.#endpoint = endpoint;
    this.#policy = policy;
    this.#secrets = secrets;
  }

  async connect(signal: AbortSignal): Promise<SshLink> {
    // Loaded where it is needed: most never do.
    const { default: ssh2 } = await import('ssh2');
    const way: Reached[] = [];
    try {
      await this.#reach(ssh2, this.#endpoint, way, signal);
      return new LibraryLink(this.#endpoint, way);
    } catch (error) {
      for (const reached of way) letGo(reached);
      throw error;
    }
  }

  /** Adds each jump to the way, and last the host itself. */
  async #reach(ssh2: Ssh2, endpoint: SshEndpoint, way: Reached[], signal: AbortSignal): Promise<void> {
    const config = await readUserConfig(endpoint);
    if (config.proxyCommand !== null && config.proxyJump === null) {
      throw new SmartScannerError('SSH_CONFIG', `${endpoint.host} is reached by a ProxyCommand, which needs OpenSSH.`, {
        hint: 'Install the OpenSSH client, or use ProxyJump in the SSH configuration.',
      });
    }
    for (const jump of (config.proxyJump ?? '').split(',').filter((text) => text.trim() !== '')) {
      if (way.length > MOST_JUMPS)
        throw new SmartScannerError('SSH_CONFIG', `The jump hosts of ${this.#endpoint.host} lead round in a circle.`, {
          hint: 'Correct ProxyJump in the SSH configuration.',
        });
      // ssh writes brackets around any address.
      const where = jump
        .trim()
        .replace(/^ssh:\/\//u, '')
        .replace(/\[([^:\]]+)\]/u, '$1');
      const via = parseEndpoint(`ssh://${where}`);
      if (via.kind === 'ssh') await this.#reach(ssh2, via, way, signal);
    }
    const last = way.at(-1);
    const through = async (): Promise<Duplex> =>
      last === undefined
        ? connect({ host: config.hostName, port: config.port })
        : await forwarded(endpoint, last.client, config);
    way.push(await this.#logIn(ssh2, endpoint, config, through, signal));
  }

  async #logIn(
    ssh2: Ssh2,
    endpoint: SshEndpoint,
    config: UserConfig,
    through: () => Promise<Duplex>,
    signal: AbortSignal,
  ): Promise<Reached> {
    const name = config.hostKeyAlias ?? knownName(config.hostName, config.port);
    let identities = await findIdentities(ssh2, config);
    const locked = [...identities.locked];
    for (let asked = false; ;) {
      const known = await KnownHostKeys.read([...config.knownHosts, ...config.globalKnownHosts], name);
      const result = await attempt(ssh2, config, identities, known, await through(), signal);
      if (result.client !== null) return result;
      const { verdict, key, error } = result;
      if (signal.aborted) throw new SmartScannerError('INTERRUPTED', 'The SSH connection was given up.');
      if (key === null || verdict === null || verdict.name === 'known') {
        const failure = explainLibrary(endpoint, config, identities, error);
        const next = failure.code === 'SSH_PASSPHRASE' ? locked.shift() : undefined;
        const opened = next === undefined ? null : await unlockIdentity(ssh2, config, next, this.#secrets);
        if (opened === null) throw failure;
        identities = opened;
        continue;
      }
      const line = `${name} ${keyType(key)} ${key.toString('base64')}`;
      const { type, fingerprint } = fingerprintOf(line) ?? { type: '?', fingerprint: '?' };
      if (verdict.name === 'changed')
        throw changedHostKey(endpoint.address, { ...verdict, fresh: `${type} ${fingerprint}` });
      // Noted just now, and not found again: the files are not where they are read from.
      if (asked) throw explainLibrary(endpoint, config, identities, error);
      asked = true;
      const offer = { address: endpoint.address, type, fingerprint };
      if (known.authority === null) await askWhether(offer, this.#policy);
      else if (!(await this.#policy.accept(offer))) throw byAuthority(offer, known.authority);
      const [file] = config.knownHosts;
      if (file !== undefined) await noteHostKey(file, line);
    }
  }
}

/** Certificates of hosts are nothing that the library knows: it sees the host's own key only. */
function byAuthority({ address, type, fingerprint }: HostKeyOffer, file: string): SmartScannerError {
  return new SmartScannerError(
    'SSH_HOST_KEY_UNKNOWN',
    `${address} is known by a certificate (@cert-authority in ${file}), which only OpenSSH can check; its own key is ${type} ${fingerprint}.`,
    {
      hint: `Install the OpenSSH client; or compare that key on the host, then say --accept-host-key ${fingerprint}.`,
      evidence: { type, fingerprint, file },
    },
  );
}

type Tried =
  | Reached
  | {
      readonly client: null;
      readonly error: Error;
      /** Of the host key, where one was shown. */
      readonly verdict: HostKeyVerdict | null;
      readonly key: Buffer | null;
    };

/** Nothing is sent to a host whose key is not known. */
function attempt(
  ssh2: Ssh2,
  config: UserConfig,
  { methods }: Identities,
  known: KnownHostKeys,
  socket: Duplex,
  signal: AbortSignal,
): Promise<Tried> {
  const client = new ssh2.Client();
  let verdict: HostKeyVerdict | null = null;
  let shown: Buffer | null = null;
  return new Promise((resolve) => {
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', abort);
      letGo({ client, socket });
      resolve({ client: null, error, verdict, key: shown });
    };
    const abort = (): void => fail(new Error('given up'));
    signal.addEventListener('abort', abort, { once: true });
    client.on('error', fail);
    client.once('close', () => fail(new Error('Connection closed')));
    client.once('ready', () => {
      signal.removeEventListener('abort', abort);
      client.removeAllListeners('close');
      client.removeListener('error', fail);
      // Whatever ends it from now on, "close" tells.
      client.on('error', () => undefined);
      resolve({ client, socket });
    });
    // Small packets must not wait for one another.
    client.once('connect', () => client.setNoDelay(true));
    client.connect({
      // Of our own making, so that it can be ended whatever state it is in.
      sock: socket,
      username: config.user,
      authHandler: [...methods],
      readyTimeout: READY_MS,
      keepaliveInterval: KEEP_ALIVE_MS,
      keepaliveCountMax: KEEP_ALIVE_MISSED,
      // Servers of other makes may know this as well; one that doesn't says so.
      strictVendor: false,
      algorithms: {
        serverHostKey: { prepend: known.algorithms as ServerHostKeyAlgorithm[], append: [], remove: [] },
      },
      hostVerifier: (key: Buffer) => {
        shown = Buffer.from(key);
        verdict = known.judge(shown);
        return verdict.name === 'known';
      },
    });
  });
}

function forwarded(endpoint: SshEndpoint, via: Client, { hostName, port }: UserConfig): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    via.forwardOut('127.0.0.1', 0, hostName, port, (error, channel) => {
      if (error === undefined) {
        resolve(new ByteStream(channel, channel, () => channel.destroy()));
        return;
      }
      reject(
        new SmartScannerError(
          'SSH_LOST',
          `The jump host does not get through to ${endpoint.host} (${error.message}).`,
          {
            hint: 'Check the name and port as the jump host sees them, and AllowTcpForwarding there.',
            cause: error,
          },
        ),
      );
    });
  });
}
