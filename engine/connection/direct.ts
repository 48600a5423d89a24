import { SmartScannerError } from '../../shared/errors.ts';
import { daemonWords, statusOf } from '../runtime/docker/client.ts';
import { isRemote, type Endpoint, type SocketEndpoint, type TcpEndpoint } from './endpoint.ts';
import { explainTls, readTls } from './tls.ts';
import type { Secrets } from './secrets.ts';
import type { Dial, Transport } from './transport.ts';

/** A local socket, or a port. */
export class DirectTransport implements Transport {
  readonly #endpoint: SocketEndpoint | TcpEndpoint;
  readonly #secrets: Secrets;

  constructor(endpoint: SocketEndpoint | TcpEndpoint, secrets: Secrets) {
    this.#endpoint = endpoint;
    this.#secrets = secrets;
  }

  async open(): Promise<Dial> {
    const endpoint = this.#endpoint;
    if (endpoint.kind === 'socket') return { kind: 'socket', path: endpoint.path };
    // Read each time: certificates are renewed while programs run.
    const tls = endpoint.tls === null ? null : await readTls(endpoint.tls, this.#secrets);
    return { kind: 'tcp', host: endpoint.host, port: endpoint.port, tls };
  }

  async explain(error: unknown, signal: AbortSignal): Promise<SmartScannerError> {
    const endpoint = this.#endpoint;
    if (endpoint.kind === 'socket') return noAnswer(endpoint, error);
    return (await explainTls(endpoint, error)) ?? explainTcp(endpoint, error, signal) ?? noAnswer(endpoint, error);
  }

  wake(): void {
    // There is nothing between two calls.
  }

  shell(): Promise<string> {
    return Promise.reject(new SmartScannerError('INTERNAL', `${this.#endpoint.address} is a way to Docker only.`));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function noAnswer(endpoint: Endpoint, error: unknown): SmartScannerError {
  return new SmartScannerError(
    'DOCKER_UNREACHABLE',
    `No Docker daemon answers at ${endpoint.address} (${daemonWords(error)}).`,
    {
      hint: isRemote(endpoint)
        ? 'Check that Docker runs there, and that it listens at this address.'
        : 'Check that Docker runs, that you may use its socket (group "docker"), and DOCKER_HOST; or use --runtime process.',
      cause: error,
    },
  );
}

/** null where the answer is not the network's. */
function explainTcp(
  { host, port, address }: TcpEndpoint,
  error: unknown,
  signal: AbortSignal,
): SmartScannerError | null {
  if (statusOf(error) !== null) return null;
  switch (codeOf(error)) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return hostName(host, error);
    case 'ECONNREFUSED':
      return portClosed(host, port, 'Check the port, that Docker listens there, and the firewall.', error);
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'DEADLINE':
      return noSign(host, port, error);
    default:
      // Given up by a deadline of ours, not by a person.
      return signal.aborted && (signal.reason as Error | undefined)?.name === 'TimeoutError'
        ? noSign(address, null, error)
        : null;
  }
}

export function hostName(host: string, cause: unknown): SmartScannerError {
  return new SmartScannerError('HOST_NAME', `Nobody knows a machine named ${host}.`, {
    hint: 'Check the spelling and the network; a name that ends in .local needs mDNS, the IP address always works.',
    cause,
  });
}

export function portClosed(host: string, port: number | string, hint: string, cause: unknown): SmartScannerError {
  return new SmartScannerError('HOST_PORT_CLOSED', `${host} is there, but nothing listens on its port ${port}.`, {
    hint,
    cause,
  });
}

export function noSign(host: string, port: number | string | null, cause: unknown): SmartScannerError {
  return new SmartScannerError('HOST_NO_ANSWER', `${host}${port === null ? '' : ` port ${port}`} does not answer.`, {
    hint: 'Check that the machine is on, in this network (or the VPN is up), and that no firewall drops the port.',
    cause,
  });
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
