import { SmartScannerError } from '../../../shared/errors.ts';

const DEFAULT_SOCKET = '/var/run/docker.sock';

export interface DockerEndpoint {
  /** `unix:///var/run/docker.sock`, for messages. */
  readonly address: string;
  /** Throws DOCKER_UNREACHABLE for schemes that aren't local sockets. */
  readonly socketPath: () => string;
}

/** The local socket, or the one that DOCKER_HOST names. */
export function dockerEndpoint(environment: Readonly<Record<string, string | undefined>>): DockerEndpoint {
  const address = environment['DOCKER_HOST']?.trim() || `unix://${DEFAULT_SOCKET}`;
  return {
    address,
    socketPath: () => {
      if (address.startsWith('unix://')) return address.slice('unix://'.length);
      if (address.startsWith('npipe://')) return address.slice('npipe://'.length).replaceAll('/', '\\');
      throw new SmartScannerError(
        'DOCKER_UNREACHABLE',
        `DOCKER_HOST=${address} is not a local socket; only unix:// is supported so far.`,
        {
          hint: 'Unset DOCKER_HOST to use the local daemon, or use --runtime process.',
        },
      );
    },
  };
}
