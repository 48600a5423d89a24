import { SmartScannerError } from '../../../shared/errors.ts';
import type { SshEndpoint } from '../endpoint.ts';
import type { Secrets } from '../secrets.ts';
import type { HostKeyPolicy } from './host-key.ts';
import { LibraryClient } from './library/client.ts';
import type { SshClient, SshLink } from './link.ts';
import { OpenSshClient } from './open-ssh.ts';

/** The OpenSSH client where there is one that can do it; Windows' own can forward no sockets. SMART_SCANNER_SSH=openssh|library says otherwise. */
export function chooseSshClient(endpoint: SshEndpoint, policy: HostKeyPolicy, secrets: Secrets): SshClient {
  const library = new LibraryClient(endpoint, policy, secrets);
  const wish = process.env['SMART_SCANNER_SSH'];
  if (wish === 'library' || (process.platform === 'win32' && wish !== 'openssh')) return library;
  const openSsh = new OpenSshClient(endpoint, policy, secrets);
  if (wish === 'openssh') return openSsh;
  let isMissing = false;
  return {
    connect: async (signal): Promise<SshLink> => {
      if (!isMissing) {
        try {
          return await openSsh.connect(signal);
        } catch (error) {
          if (!(error instanceof SmartScannerError) || error.code !== 'SSH_MISSING') throw error;
          isMissing = true;
        }
      }
      return await library.connect(signal);
    },
  };
}
