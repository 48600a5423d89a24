import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SmartScannerError } from '../../../shared/errors.ts';
import { within } from '../../runtime/docker/client.ts';
import type { SshEndpoint } from '../endpoint.ts';
import { runSsh, sshArgs } from './command.ts';

export interface HostKeyOffer {
  readonly address: string;
  /** ssh-ed25519 and the like. */
  readonly type: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** Who says whether a host key that nobody has seen is the right one. */
export interface HostKeyPolicy {
  accept(offer: HostKeyOffer): Promise<boolean>;
}

/** Nobody is there to ask. */
export const ACCEPT_NONE: HostKeyPolicy = { accept: () => Promise.resolve(false) };

const LOOK_MS = 30_000;

export function isHostKeyUnknown(lines: readonly string[]): boolean {
  return lines.some((line) => /^No \S+ host key is known for /u.test(line));
}

export function isHostKeyChanged(lines: readonly string[]): boolean {
  return lines.some((line) => line.includes('REMOTE HOST IDENTIFICATION HAS CHANGED'));
}

/**
 * Shows the key that the host has to whoever decides, and notes it in the user's known_hosts where it is taken. Throws SSH_HOST_KEY_UNKNOWN
 * where it is not. What is noted is the key that was shown: the connection that follows is checked against it.
 */
export async function decideHostKey(endpoint: SshEndpoint, policy: HostKeyPolicy, signal: AbortSignal): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'smart-scanner-'));
  try {
    const seen = join(directory, 'seen');
    // ssh notes the key before any log-in, which nothing is tried for. Jump hosts and aliases are the user's as ever.
    await look(
      sshArgs(endpoint, [
        ...['-o', `UserKnownHostsFile=${seen}`, '-o', 'GlobalKnownHostsFile=/dev/null', '-o', 'HashKnownHosts=no'],
        ...['-o', 'StrictHostKeyChecking=accept-new', '-o', 'PreferredAuthentications=none', '-N'],
      ]),
      directory,
      signal,
    );
    const [line] = (await readFile(seen, 'utf8').catch(() => '')).split('\n');
    await askWhether(offerOf(endpoint, line ?? ''), policy);
    await noteHostKey(await knownHostsFile(endpoint, directory, signal), line ?? '');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Throws SSH_HOST_KEY_UNKNOWN where it is not taken for the right one. */
export async function askWhether(offer: HostKeyOffer, policy: HostKeyPolicy): Promise<void> {
  if (await policy.accept(offer)) return;
  throw new SmartScannerError(
    'SSH_HOST_KEY_UNKNOWN',
    `The host key of ${offer.address} has not been seen before: ${offer.type} ${offer.fingerprint}.`,
    {
      hint: `Compare it on the host (\`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\`), then say --accept-host-key ${offer.fingerprint}.`,
      evidence: { type: offer.type, fingerprint: offer.fingerprint },
    },
  );
}

/** Throws SSH_CONFIG where that file keeps nothing, /dev/null for one. */
export async function noteHostKey(file: string, line: string): Promise<void> {
  try {
    await mkdir(dirname(file), { mode: 0o700 }).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
    // On a line of its own, whatever the file ends with; an empty line means nothing there.
    await appendFile(file, `\n${line}\n`, { mode: 0o600 });
    if (!(await stat(file)).isFile()) throw new Error('it is no file');
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new SmartScannerError('SSH_CONFIG', `The host key can't be noted in ${file} (${words}).`, {
      hint: 'Your SSH configuration names it (UserKnownHostsFile): name a file there that can be written, ~/.ssh/known_hosts as a rule.',
      cause: error,
    });
  }
}

/** From what ssh says. */
export async function hostKeyChanged(endpoint: SshEndpoint, lines: readonly string[]): Promise<SmartScannerError> {
  const all = lines.join('\n');
  const [, type = 'key', fresh = '?'] =
    /fingerprint for the (\S+) key sent by the remote host is\n(SHA256:[\w+/=]+)/u.exec(all) ?? [];
  const [, file = '', number = '0'] = /^Offending \S+ key in (.+):(\d+)$/mu.exec(all) ?? [];
  const line = Number(number);
  return changedHostKey(endpoint.address, {
    old: await fingerprintAt(file, line),
    fresh: `${type} ${fresh}`,
    file,
    line,
  });
}

/** SSH_HOST_KEY_CHANGED with the old and the new fingerprint; `line` of `file` has the old one. */
export function changedHostKey(
  address: string,
  { old, fresh, file, line }: { old: string; fresh: string; file: string; line: number },
): SmartScannerError {
  return new SmartScannerError(
    'SSH_HOST_KEY_CHANGED',
    `The host key of ${address} has changed: it was ${old}, now it is ${fresh}. Nothing was sent to it.`,
    {
      hint: `If the host was set up anew, remove the old key (line ${line} of ${file}) and connect again. If not, somebody may stand in its place.`,
      evidence: { old, new: fresh, file, line },
    },
  );
}

/** Of a line of known_hosts: names, type, key. */
export function fingerprintOf(line: string): { readonly type: string; readonly fingerprint: string } | null {
  const fields = line
    .trim()
    .replace(/^@\S+\s+/u, '')
    .split(/\s+/u);
  const [, type, key] = fields;
  if (type === undefined || key === undefined) return null;
  const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/u, '');
  return { type, fingerprint: `SHA256:${digest}` };
}

async function fingerprintAt(file: string, line: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const found = fingerprintOf(text.split('\n')[line - 1] ?? '');
  return found === null ? 'another' : `${found.type} ${found.fingerprint}`;
}

function offerOf({ address }: SshEndpoint, line: string): HostKeyOffer {
  const found = fingerprintOf(line);
  if (found === null)
    throw new SmartScannerError('SSH_FAILED', `ssh could not connect to ${address} (it showed no host key).`);
  return { address, ...found };
}

/** The first file that the user's own configuration names for this host. */
async function knownHostsFile(endpoint: SshEndpoint, directory: string, signal: AbortSignal): Promise<string> {
  const said = await look(sshArgs(endpoint, ['-G']), directory, signal);
  const file = /^userknownhostsfile (\S+)/mu.exec(said)?.[1] ?? '~/.ssh/known_hosts';
  return file.replace(/^~(?=\/)/u, homedir());
}

async function look(args: readonly string[], directory: string, signal: AbortSignal): Promise<string> {
  const ssh = runSsh(args, { directory: join(directory, 'nothing') });
  try {
    await within('the host key', () => ssh.ended, { deadlineMs: LOOK_MS, signal });
    return ssh.output();
  } finally {
    await ssh.end();
  }
}
