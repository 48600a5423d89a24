import { errorToJson, SmartScannerError } from '../../shared/errors.ts';
import { isConnectionLost } from '../runtime/connection-lost.ts';
import { connectDocker, within, type DockerClients } from '../runtime/docker/client.ts';
import { DirectTransport } from './direct.ts';
import { isRemote, type Endpoint } from './endpoint.ts';
import { Secrets } from './secrets.ts';
import type { HostKeyPolicy } from './ssh/host-key.ts';
import { chooseSshClient } from './ssh/choose-client.ts';
import { SshTransport } from './ssh/transport.ts';
import { nextState, type ConnectionEvent, type ConnectionState } from './states.ts';
import type { Transport } from './transport.ts';

/** What the daemon says of its machine. */
export interface DaemonInfo {
  readonly ID: string;
  readonly Name: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly OperatingSystem: string;
  readonly ServerVersion: string;
  /** Its clock. */
  readonly SystemTime: string;
}

export interface Connected {
  readonly clients: DockerClients;
  readonly info: DaemonInfo;
}

/** The one way to one host, from the first attempt until it is closed. */
export class Connection {
  readonly endpoint: Endpoint;
  readonly #transport: Transport;
  readonly #onState: (state: ConnectionState) => void;
  #state: ConnectionState = { name: 'disconnected' };
  #clients: DockerClients | null = null;
  #everReady = false;

  constructor(
    endpoint: Endpoint,
    policy: HostKeyPolicy,
    secrets = new Secrets(),
    onState: (state: ConnectionState) => void = () => undefined,
  ) {
    this.endpoint = endpoint;
    this.#onState = onState;
    this.#transport =
      endpoint.kind === 'ssh'
        ? new SshTransport(endpoint, chooseSshClient(endpoint, policy, secrets), (reason) => this.#lost(reason))
        : new DirectTransport(endpoint, secrets);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get isRemote(): boolean {
    return isRemote(this.endpoint);
  }

  /** What a person must know about this way every time; null: nothing. */
  get warning(): string | null {
    const { endpoint } = this;
    if (endpoint.kind !== 'tcp') return null;
    if (endpoint.tls === null)
      return `${endpoint.address} is not encrypted and asks for no password: whoever is in that network is root on that machine. Use ssh:// or TLS instead.`;
    return endpoint.tls.verify
      ? null
      : `The certificate of ${endpoint.address} is not checked (SkipTLSVerify): anybody in the network may answer in its place.`;
  }

  /** Opens the way, or again where it was lost, and asks the daemon what it is. Throws a SmartScannerError that tells what is in the way. */
  async connect(signal: AbortSignal): Promise<Connected> {
    this.#step({ name: 'connect' });
    try {
      const dial = await this.#transport.open(signal);
      const clients = await connectDocker(dial, signal);
      if (this.state.name === 'disconnected') {
        clients.close();
        throw new SmartScannerError('INTERRUPTED', 'The connection was closed while it was being made.');
      }
      // What still waits for an answer from before the connection was lost gets none.
      this.#clients?.close();
      this.#clients = clients;
      const info = (await within('GET /info', () => clients.control.info(), { signal })) as DaemonInfo;
      this.#everReady = true;
      this.#step({ name: 'connected' });
      return { clients, info };
    } catch (error) {
      const failure = await this.#explain(error, signal);
      if (this.#everReady && isConnectionLost(failure)) this.#lost(failure.message);
      else if (this.#state.name !== 'disconnected') this.#step({ name: 'refused', error: errorToJson(failure) });
      throw failure;
    }
  }

  /** Looks at once instead of at its own time. */
  wake(): void {
    this.#transport.wake();
  }

  /** Runs a script in a shell of the host, by an SSH connection that stands. */
  async shell(script: string, signal: AbortSignal): Promise<string> {
    return await this.#transport.shell(script, signal);
  }

  /** Ends every call, and what was started to reach the host. */
  async close(): Promise<void> {
    this.#clients?.close();
    await this.#transport.close();
    this.#step({ name: 'close' });
  }

  async #explain(error: unknown, signal: AbortSignal): Promise<SmartScannerError> {
    if (error instanceof SmartScannerError && error.code !== 'DEADLINE' && error.code !== 'INTERRUPTED') return error;
    return await this.#transport.explain(error, signal);
  }

  #lost(reason: string): void {
    this.#step({ name: 'lost', reason });
  }

  #step(event: ConnectionEvent): void {
    const before = this.#state;
    this.#state = nextState(before, event);
    if (this.#state !== before) this.#onState(this.#state);
  }
}
