import type { FindingKind } from './kinds.ts';

/** Of the way to a host and of what else works there. */
export const HOST_KINDS = {
  'host-unknown': {
    severity: 'problem',
    title: 'It is not clear which host is meant',
    means: 'The name or address of the host can not be understood, so nothing can be asked of it.',
    advice: ['See the hosts that are known with `smart-scanner hosts list`.'],
  },
  'host-name': {
    severity: 'problem',
    title: "The host's name leads nowhere",
    means: 'No computer of that name is known in this network. Scans on it can neither start nor be followed.',
    advice: ['Check the spelling, and that the NAS is on; its number (192.168.…) works where its name does not.'],
  },
  'host-port-closed': {
    severity: 'problem',
    title: 'The host answers, but not at this port',
    means: 'The computer is there and refuses the connection: the service is off, or listens somewhere else.',
    advice: ['Turn on SSH on the NAS (Unraid: Settings, Management Access; Synology: Control Panel, Terminal).'],
  },
  'host-silent': {
    severity: 'problem',
    title: 'The host does not answer',
    means:
      'Nothing came back: the NAS is off or asleep, a firewall swallows it, or this computer is in another network. Workers that run there go on.',
    advice: ['Check that the NAS is on and that both are in the same network (VPN, guest Wi-Fi).'],
  },
  'host-certificate': {
    severity: 'problem',
    title: 'The certificate of the connection is not accepted',
    means: 'The host was reached, and either side does not trust the other: nothing was sent.',
    advice: ['docs/hosts.md says which files are wanted and how they are made.'],
  },
  'host-open': {
    severity: 'warning',
    title: "The host's Docker is open to its whole network",
    means: 'Whoever reaches that port is root on the host, without a password.',
    advice: ['Use ssh:// instead, or turn on TLS; docs/hosts.md says how.'],
  },
  'ssh-setup': {
    severity: 'problem',
    title: 'SSH on this computer is not ready',
    means: 'The program `ssh` is missing here, or does not understand its configuration.',
    advice: ['Install the OpenSSH client, or mend ~/.ssh/config.'],
  },
  'ssh-host-key-changed': {
    severity: 'problem',
    title: "The host's SSH key has changed",
    means:
      'The computer that answers is not the one that was met before: it was installed anew, or somebody is in between. Nothing was sent to it.',
    advice: ['Find out why it changed first. Only then remove the old key and accept the new one.'],
  },
  'ssh-host-key-unknown': {
    severity: 'problem',
    title: "The host's SSH key has not been seen before",
    means: 'Before the first connection somebody has to say that the key is that of the NAS.',
    advice: ['Compare the fingerprint with what the NAS itself shows, then accept it with --accept-host-key.'],
  },
  'ssh-no-key': {
    severity: 'problem',
    title: 'There is no SSH key to log in with',
    means: 'Smart Scanner never types a password: it needs a key, or an agent that holds one.',
    advice: ['Make a key and bring its public half to the host, once; docs/hosts.md says how.'],
  },
  'ssh-key-locked': {
    severity: 'problem',
    title: 'The SSH key is locked by a passphrase',
    means: 'The host would take the key, but nobody can be asked for its passphrase here.',
    advice: ['Unlock it once with `ssh-add`.'],
  },
  'ssh-login-refused': {
    severity: 'problem',
    title: 'The host does not let this user in',
    means: 'It was reached and refused the keys that were offered.',
    advice: ["Check the user name, and that the key stands in that user's authorized_keys on the host."],
  },
  'ssh-forwarding': {
    severity: 'problem',
    title: 'The SSH server does not forward sockets',
    means: "The log-in works, but the server's settings forbid the way to Docker's socket.",
    advice: ['Set AllowStreamLocalForwarding yes in its sshd_config.'],
  },
  'ssh-lost': {
    severity: 'problem',
    title: 'The SSH connection does not hold',
    means:
      'The server ended it: too many sessions at once (MaxStartups, MaxSessions), a restart, or the network. Workers that run there go on.',
    advice: ["Look at the SSH server's log on the host, and try again."],
  },
  'docker-not-installed': {
    severity: 'problem',
    title: 'There is no Docker on the host',
    means: 'The host was reached, and nothing there runs containers.',
    advice: ['Turn it on (Unraid: Settings, Docker) or install it (Synology: Container Manager).'],
  },
  'docker-not-on-path': {
    severity: 'problem',
    title: 'Docker lies where nobody looks',
    means:
      'The program is on the host, outside the search path of this user, and its socket is not where it usually is.',
    advice: ['Name the socket in the address: ssh://root@tower/path/to/docker.sock.'],
  },
  'parity-running': {
    severity: 'warning',
    title: 'A parity check runs on the host',
    means:
      'It reads every disk from its start to its end. The scan and it slow each other down, often many times over.',
    advice: ['Wait until it has ended, or let scans make way for it with --yield-to parity.'],
  },
  'mover-running': {
    severity: 'warning',
    title: 'The mover runs on the host',
    means: 'It writes from the cache to the array; both that and the scan are slower meanwhile.',
    advice: ['Wait until it has ended, or let scans make way for it with --yield-to mover.'],
  },
  'mount-held': {
    severity: 'warning',
    title: 'Another computer scans this mount',
    means: 'The host knows of a scan of the same directory that a program elsewhere runs. A second one has to wait.',
    advice: ['Let it end there; if that computer is gone, `smart-scanner scan --take-over` takes the mount.'],
  },
} as const satisfies Record<string, FindingKind>;
