import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SmartScannerError } from '../../../shared/errors.ts';
import { within } from '../../runtime/docker/client.ts';
import type { SshEndpoint } from '../endpoint.ts';
import { runSsh, sshArgs } from './command.ts';

const ASK_MS = 30_000;

/** For any POSIX shell, whatever the log-in shell is: it comes by stdin to `sh`. Only looks. */
const SCRIPT = `
echo "user=$(id -un 2>/dev/null)"
if [ -S "$socket" ]; then
  if [ -r "$socket" ] && [ -w "$socket" ]; then echo socket=usable; else echo socket=denied; fi
elif [ -e "$socket" ]; then echo socket=other
else echo socket=missing; fi
echo "path=$(command -v docker 2>/dev/null)"
for docker in /usr/local/bin/docker /usr/bin/docker /opt/bin/docker /snap/bin/docker /var/packages/ContainerManager/target/usr/bin/docker /var/packages/Docker/target/usr/bin/docker /share/CACHEDEV1_DATA/.qpkg/container-station/bin/docker; do
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
  directory: string,
  cause: unknown,
  signal: AbortSignal,
): Promise<SmartScannerError | null> {
  const seen = await ask(endpoint, directory, signal).catch(() => null);
  if (seen === null || seen.socket === '') return null;
  const { host, socket } = endpoint;
  if (seen.answers === 'yes') {
    return new SmartScannerError(
      'SSH_FORWARDING',
      `Docker runs on ${host}, but its SSH server does not forward sockets.`,
      {
        hint: 'Set AllowStreamLocalForwarding and DisableForwarding in its sshd_config so that it does, and restart it.',
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

async function ask(endpoint: SshEndpoint, directory: string, signal: AbortSignal): Promise<Seen> {
  const input = join(directory, 'ask');
  // Its characters are letters, digits and a few marks that mean nothing to a shell: endpoint.ts.
  await writeFile(input, `socket='${endpoint.socket}'\n${SCRIPT}`, { mode: 0o600 });
  const args = sshArgs(endpoint, ['-o', 'StrictHostKeyChecking=yes', '-o', 'ClearAllForwardings=yes']);
  const ssh = runSsh([...args, 'sh', '-s'], { directory: join(directory, 'nothing'), input });
  try {
    await within('the question about Docker', () => ssh.ended, { deadlineMs: ASK_MS, signal });
    const value = (name: string): string => new RegExp(`^${name}=(.*)$`, 'mu').exec(ssh.output())?.[1] ?? '';
    return {
      user: value('user'),
      socket: value('socket'),
      path: value('path'),
      found: value('found'),
      answers: value('answers'),
    };
  } finally {
    await ssh.end();
  }
}
