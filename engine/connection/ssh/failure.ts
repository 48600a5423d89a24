import { SmartScannerError } from '../../../shared/errors.ts';
import { hostName, noSign, portClosed } from '../direct.ts';
import type { SshEndpoint } from '../endpoint.ts';
import { NOT_FOUND } from './command.ts';

const SERVER_GONE =
  /kex_exchange_identification|Connection (?:closed|reset)|Broken pipe|not responding|client_loop|disconnected|Connection to .* closed/iu;

export const SSH_SERVER_HINT = 'Check the port, and that the SSH server runs (on Unraid: Settings, Management Access).';

/** Why ssh ended, from what it said with `-v`. The host key's own rows need more than these lines: host-key.ts. */
export function explainSsh(endpoint: SshEndpoint, status: number | null, lines: readonly string[]): SmartScannerError {
  const { address, host } = endpoint;
  const said = lines.filter((line) => !/^debug\d:/u.test(line));
  const all = said.join('\n');
  const words = lastWords(said);
  const cause = new Error(all);
  if (status === NOT_FOUND) {
    return new SmartScannerError('SSH_MISSING', `This computer has no "ssh", which ${address} is reached by.`, {
      hint: 'Install the OpenSSH client (package openssh-client, or openssh).',
    });
  }
  if (isAuthenticated(lines)) return sshLost(address, words, cause);
  const unresolved = /Could not resolve hostname (\S+?):/u.exec(all)?.[1];
  if (unresolved !== undefined) return hostName(unresolved, cause);
  const connecting = /connect to (?:host|address) (\S+) port (\d+): (.+)/u.exec(all);
  if (connecting !== null) {
    const [, where = host, port = '22', why = ''] = connecting;
    return /refused/iu.test(why) ? portClosed(where, port, SSH_SERVER_HINT, cause) : noSign(where, port, cause);
  }
  if (/timed out/iu.test(all)) return noSign(host, endpoint.port, cause);
  if (/Permission denied|Too many authentication failures/iu.test(all))
    return loginRefused(endpoint, lines, all, cause);
  if (/Bad configuration option|bad configuration options|Bad owner or permissions on|Unsupported option/iu.test(all)) {
    return new SmartScannerError('SSH_CONFIG', `ssh does not understand its configuration (${words}).`, {
      hint: `Correct it; \`${typed('ssh', endpoint)}\` in a terminal says the same.`,
      cause,
    });
  }
  if (SERVER_GONE.test(all)) return sshLost(address, words, cause);
  return new SmartScannerError('SSH_FAILED', `ssh could not connect to ${address} (${words}).`, {
    hint: `Try \`${typed('ssh', endpoint)}\` in a terminal: it has to work there without a question.`,
    cause,
  });
}

/** The file of the key that the server takes and ssh can't read for its passphrase; null: that is not what is in the way. */
export function lockedKey(lines: readonly string[]): string | null {
  if (
    isAuthenticated(lines) ||
    wantsMore(lines) ||
    !lines.some((line) => /Permission denied|Too many authentication failures/iu.test(line))
  )
    return null;
  return acceptedKey(lines)?.replace(/ \S+ SHA256:\S+$/u, '') ?? null;
}

/** The key was right, and is not all that the server asks for. */
function wantsMore(lines: readonly string[]): boolean {
  return lines.some((line) => line.startsWith('Authenticated using "publickey" with partial success'));
}

/** As a person types it. */
export function typed(
  program: 'ssh' | 'ssh-copy-id',
  { host, port, user }: Pick<SshEndpoint, 'host' | 'port' | 'user'>,
): string {
  return [program, ...(port === null ? [] : ['-p', String(port)]), user === null ? host : `${user}@${host}`].join(' ');
}

function acceptedKey(lines: readonly string[]): string | null {
  return keysIn(lines, /^debug1: Server accepts key: (.+?)(?: (?:explicit|agent))*$/u)[0] ?? null;
}

/** Whether it had logged in: what ends it then is no matter of keys. */
export function isAuthenticated(lines: readonly string[]): boolean {
  return lines.some((line) => line.startsWith('Authenticated to '));
}

export function sshLost(address: string, words: string, cause: Error): SmartScannerError {
  return new SmartScannerError('SSH_LOST', `The SSH connection to ${address} ended (${words}).`, {
    hint: 'Check the network and the host; it is tried again by itself while something runs.',
    cause,
  });
}

/** A server never says whether it is the user or the key that it doesn't know. */
function loginRefused(endpoint: SshEndpoint, lines: readonly string[], all: string, cause: Error): SmartScannerError {
  const { address, host, user } = endpoint;
  const who = user ?? /as '([^']*)'/u.exec(lines.join('\n'))?.[1] ?? 'this user';
  const offered = keysIn(lines, /^debug1: Offering public key: (.+?)(?: (?:explicit|agent))*$/u);
  if (wantsMore(lines)) {
    return new SmartScannerError('SSH_LOGIN', `${host} takes the key of ${who}, and wants a password beside it.`, {
      hint: 'Nobody is there to type one each time: let this user in by key alone (AuthenticationMethods in its sshd_config).',
      cause,
    });
  }
  const accepted = acceptedKey(lines);
  if (accepted !== null) {
    return new SmartScannerError(
      'SSH_PASSPHRASE',
      `${host} takes the key ${accepted}, but it is locked by a passphrase.`,
      {
        hint: 'Unlock it once with `ssh-add`, so that the agent has it; or give it at a terminal, where it is asked for.',
        cause,
      },
    );
  }
  const open = /Permissions \S+ for '([^']+)' are too open/u.exec(all)?.[1];
  if (open !== undefined) {
    return new SmartScannerError('SSH_NO_KEY', `ssh does not use the key ${open}, because others may read it.`, {
      hint: `Close it: \`chmod 600 ${open}\`.`,
      cause,
    });
  }
  if (offered.length === 0) {
    return new SmartScannerError('SSH_NO_KEY', `There is no SSH key to log in to ${address} with.`, {
      hint: `Make one with \`ssh-keygen -t ed25519\`, then \`${typed('ssh-copy-id', { ...endpoint, user: who })}\`; docs/hosts.md says how for Unraid and Synology.`,
      cause,
    });
  }
  return new SmartScannerError('SSH_LOGIN', `${host} does not let ${who} in with ${offered.join(', ')}.`, {
    hint: `Check the user name (Unraid has only root), and that one of these keys stands in ${who}'s authorized_keys there; docs/hosts.md says how.`,
    evidence: { user: who, keysOffered: offered.length },
    cause,
  });
}

function keysIn(lines: readonly string[], pattern: RegExp): string[] {
  return lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
}

function lastWords(said: readonly string[]): string {
  const line = said
    .filter((text) => text.trim() !== '' && !/^(?:OpenSSH_|Transferred|Bytes per second)/u.test(text))
    .at(-1);
  return line?.replace(/\.$/u, '') ?? 'it said nothing';
}
