import { SmartScannerError } from '../../../../shared/errors.ts';
import { hostName, noSign, portClosed } from '../../direct.ts';
import type { SshEndpoint } from '../../endpoint.ts';
import { sshLost, SSH_SERVER_HINT, typed } from '../failure.ts';
import type { Identities } from './identities.ts';
import type { UserConfig } from './user-config.ts';

/** Why the library could not connect; the rows are those of explainSsh. The host key's own are judged where it is seen. */
export function explainLibrary(
  endpoint: SshEndpoint,
  config: UserConfig,
  identities: Identities,
  error: Error,
): SmartScannerError {
  const { host, port, address } = { host: config.hostName, port: config.port, address: endpoint.address };
  const { code = '', level = '' } = error as { code?: unknown; level?: unknown };
  if (level === 'client-authentication') return loginRefused(endpoint, config, identities, error);
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return hostName(host, error);
    case 'ECONNREFUSED':
      return portClosed(host, port, SSH_SERVER_HINT, error);
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return noSign(host, port, error);
  }
  if (level === 'client-timeout') return noSign(host, port, error);
  if (/no matching/iu.test(error.message)) {
    return new SmartScannerError('SSH_FAILED', `ssh could not connect to ${address} (${error.message}).`, {
      hint: 'The SSH server there offers only what is not used any more: update it.',
      cause: error,
    });
  }
  return sshLost(address, error.message, error);
}

function loginRefused(
  { address, host, port }: SshEndpoint,
  { user }: UserConfig,
  { offered, locked, open }: Identities,
  cause: Error,
): SmartScannerError {
  const [key] = locked;
  if (key !== undefined) {
    return new SmartScannerError(
      'SSH_PASSPHRASE',
      `${host} takes no other key, and ${key} is locked by a passphrase.`,
      {
        hint: 'Unlock it once with `ssh-add`, so that the agent has it; or give it at a terminal, where it is asked for.',
        cause,
      },
    );
  }
  const [readable] = open;
  if (readable !== undefined) {
    return new SmartScannerError('SSH_NO_KEY', `ssh does not use the key ${readable}, because others may read it.`, {
      hint: `Close it: \`chmod 600 ${readable}\`.`,
      cause,
    });
  }
  if (offered.length === 0) {
    return new SmartScannerError('SSH_NO_KEY', `There is no SSH key to log in to ${address} with.`, {
      hint: `Make one with \`ssh-keygen -t ed25519\`, then \`${typed('ssh-copy-id', { host, user, port })}\`; docs/hosts.md says how for Unraid and Synology.`,
      cause,
    });
  }
  return new SmartScannerError('SSH_LOGIN', `${host} does not let ${user} in with ${offered.join(', ')}.`, {
    hint: `Check the user name (Unraid has only root), and that one of these keys stands in ${user}'s authorized_keys there; docs/hosts.md says how.`,
    evidence: { user, keysOffered: offered.length },
    cause,
  });
}
