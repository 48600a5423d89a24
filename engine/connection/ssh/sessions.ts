import type { StreamsDial } from '../transport.ts';
import type { SshLink } from './link.ts';

/** OpenSSH allows ten sessions a connection; somebody may want to ask the host something meanwhile. */
const MOST = 8;

/** Where docker lies on a NAS that does not have it on the PATH of a log-in without a terminal. */
export const DOCKER_PLACES: readonly string[] = [
  '/usr/local/bin/docker',
  '/usr/bin/docker',
  '/opt/bin/docker',
  '/snap/bin/docker',
  '/var/packages/ContainerManager/target/usr/bin/docker',
  '/var/packages/Docker/target/usr/bin/docker',
  '/share/CACHEDEV1_DATA/.qpkg/container-station/bin/docker',
];

/** A connection to the daemon is a `docker system dial-stdio` on the host: for servers that forward no socket. `docker`: where it lies; null: it is looked for. */
export function sessionsDial(link: SshLink, socket: string, docker: string | null): StreamsDial {
  const command = dialStdio(socket, docker);
  return { kind: 'streams', most: MOST, connect: () => link.session(command) };
}

/** Any log-in shell runs it: all in it is of letters, digits and marks that mean nothing to one (endpoint.ts). */
function dialStdio(socket: string, docker: string | null): string {
  const run = `-H unix://${socket} system dial-stdio`;
  if (docker !== null) return `${docker} ${run}`;
  const places = ['docker', ...DOCKER_PLACES].join(' ');
  return `sh -c 'for d in ${places}; do if command -v "$d" >/dev/null 2>&1; then exec "$d" ${run}; fi; done; exit 127'`;
}
