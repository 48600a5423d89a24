import { SmartScannerError } from '../../../shared/errors.ts';
import type { SshEndpoint } from '../endpoint.ts';
import type { SshLink } from './link.ts';
import { DOCKER_PLACES } from './sessions.ts';
import { runShell } from './shell.ts';

/** Only looks. */
const SCRIPT = `
echo "user=$(id -un 2>/dev/null)"
if [ -S "$socket" ]; then
  if [ -r "$socket" ] && [ -w "$socket" ]; then echo socket=usable; else echo socket=denied; fi
elif [ -e "$socket" ]; then echo socket=other
else echo socket=missing; fi
echo "path=$(command -v docker 2>/dev/null)"
for docker in ${DOCKER_PLACES.join(' ')}; do
  if [ -x "$docker" ]; then echo "found=$docker"; break; fi
done
short=$(command -v timeout >/dev/null && echo "timeout 5")
if $short curl -s -m 5 --unix-socket "$socket" http://docker/_ping >/dev/null 2>&1 || $short docker -H "unix://$socket" version >/dev/null 2>&1 || $short "$docker" -H "unix://$socket" version >/dev/null 2>&1; then echo answers=yes; fi
`;

/** What the other side says of its Docker; "" where it says nothing. */
interface Seen {
  readonly user: string;
  readonly socket: string;
  readonly path: string;
  readonly found: string;
  /** "yes" where it could be asked there, and did. */
  readonly answers: string;
}

/** SSH works, and the daemon behind it does not answer: asks the host why. null where the host can't be asked. */
export async function explainRemoteDocker(
  endpoint: SshEndpoint,
  link: SshLink,
  cause: unknown,
  signal: AbortSignal,
): Promise<SmartScannerError | null> {
  const seen = await ask(endpoint, link, signal).catch(() => null);
  if (seen === null || seen.socket === '') return null;
  const { host, socket } = endpoint;
  if (seen.answers === 'yes') {
    return new SmartScannerError(
      'SSH_FORWARDING',
      `Docker runs on ${host}, but its SSH server does not forward sockets.`,
      {
        hint: 'Set AllowStreamLocalForwarding and DisableForwarding in its sshd_config so that it does, and restart it; or name the docker command there with --remote-docker, which does without.',
        cause,
      },
    );
  }
  if (seen.socket === 'denied') {
    return new SmartScannerError(
      'DOCKER_NOT_PERMITTED',
      `${seen.user} may not use Docker's socket ${socket} on ${host}.`,
      {
        hint: `Log in as root, or add ${seen.user} to the group "docker" there and connect again.`,
        cause,
      },
    );
  }
  const program = seen.path || seen.found;
  if (program === '') {
    return new SmartScannerError('DOCKER_NOT_INSTALLED', `Docker is not installed on ${host}.`, {
      hint: 'Install it there: on Unraid switch it on in Settings, Docker; on Synology install Container Manager.',
      cause,
    });
  }
  if (seen.socket !== 'usable' && seen.path === '') {
    return new SmartScannerError(
      'DOCKER_NOT_ON_PATH',
      `Docker lies at ${program} on ${host}, which is not on the PATH of ${seen.user}, and it has no socket ${socket}.`,
      {
        hint: `Start it there; if its socket lies elsewhere, name it: ${endpoint.address.replace(/\/$/u, '')}/path/to/docker.sock.`,
        cause,
      },
    );
  }
  return new SmartScannerError('DOCKER_NOT_RUNNING', `Docker is installed on ${host} (${program}), but does not run.`, {
    hint: `Start it there (on Unraid: Settings, Docker; elsewhere \`systemctl start docker\`). Its socket was looked for at ${socket}.`,
    cause,
  });
}

async function ask({ socket }: SshEndpoint, link: SshLink, signal: AbortSignal): Promise<Seen> {
  // Its characters are letters, digits and a few marks that mean nothing to a shell: endpoint.ts.
  const output = await runShell(link, `socket='${socket}'\n${SCRIPT}`, signal);
  const value = (name: string): string => new RegExp(`^${name}=(.*)$`, 'mu').exec(output)?.[1] ?? '';
  return {
    user: value('user'),
    socket: value('socket'),
    path: value('path'),
    found: value('found'),
    answers: value('answers'),
  };
}
