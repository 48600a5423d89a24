import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SmartScannerError } from '../../../shared/errors.ts';
import { within } from '../../runtime/docker/client.ts';
import type { SshEndpoint } from '../endpoint.ts';
import { answerOnce } from './askpass.ts';
import { runSsh, sshArgs } from './command.ts';
import { explainSsh } from './failure.ts';
import { fileScript } from './key-script.ts';

const RUN_MS = 60_000;
/** A type, base64 and a comment: nothing that means anything to a shell. */
const PUBLIC_KEY = /^(?:ssh|ecdsa|sk)-[\w@.-]+ [\w+/=]+(?: [\w@. -]*)?$/u;

/** As ssh looks for them where no configuration says otherwise, and where no ssh can be asked. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** The user's own public key for this host, made where there is none: one line, as authorized_keys wants it. Throws SSH_KEY. */
export async function publicKeyFor(endpoint: SshEndpoint, comment: string, signal: AbortSignal): Promise<string> {
  const said = await run(sshArgs(endpoint, ['-G']), {}, null, signal);
  const named = [...said.output.matchAll(/^identityfile (.+)$/gmu)].map(([, file = '']) =>
    file.replace(/^~(?=\/)/u, homedir()),
  );
  const files = named.length > 0 ? named : DEFAULT_KEYS.map((name) => join(homedir(), '.ssh', name));
  for (const file of files) {
    const line = (await readFile(`${file}.pub`, 'utf8').catch(() => '')).trim() || (await publicHalf(file, comment));
    if (PUBLIC_KEY.test(line)) return line;
  }
  const fresh = files.find((file) => file.endsWith('ed25519')) ?? files[0] ?? '';
  try {
    await mkdir(dirname(fresh), { recursive: true, mode: 0o700 });
    await keygen('-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', fresh);
    return (await readFile(`${fresh}.pub`, 'utf8')).trim();
  } catch (error) {
    throw new SmartScannerError('SSH_KEY', `No key could be made at ${fresh} (${wordsOf(error)}).`, {
      hint: 'Make one with `ssh-keygen -t ed25519`, and try again.',
      cause: error,
    });
  }
}

/** Of a key without its public file; empty where there is none, or it is locked. */
async function publicHalf(file: string, comment: string): Promise<string> {
  const line = (await keygen('-y', '-P', '', '-f', file).catch(() => '')).trim();
  return line.split(' ').length === 2 ? `${line} ${comment}` : line;
}

/** It asks nobody anything: whether a key that is there may be overwritten, it may not. */
async function keygen(...args: readonly string[]): Promise<string> {
  const running = promisify(execFile)('ssh-keygen', [...args], { timeout: RUN_MS });
  running.child.stdin?.end();
  return (await running).stdout;
}

/** Where the line stands now. */
export interface KeyInstalled {
  readonly files: readonly string[];
}

/**
 * Logs in with a password, once, and adds the line to authorized_keys; on an Unraid also where that is kept over a restart. The host's key must be
 * known already. Throws SSH_PASSWORD where it is refused, SSH_KEY where the line can't be written.
 */
export async function installKey(
  endpoint: SshEndpoint,
  line: string,
  password: string,
  signal: AbortSignal,
): Promise<KeyInstalled> {
  const askpass = await answerOnce(password).catch((error: unknown) => {
    throw new SmartScannerError('SSH_KEY', `The password can't be handed to ssh here (${wordsOf(error)}).`, {
      hint: 'Paste the line instead: docs/hosts.md says where.',
      cause: error,
    });
  });
  try {
    const more = [
      ...['BatchMode=no', 'PubkeyAuthentication=no', 'PreferredAuthentications=keyboard-interactive,password'],
      ...['NumberOfPasswordPrompts=1', 'StrictHostKeyChecking=yes'],
    ].flatMap((option) => ['-o', option]);
    return { files: await runScript(endpoint, more, askpass.env, fileScript('add', safe(line)), signal) };
  } catch (error) {
    if (error instanceof SmartScannerError && ['SSH_LOGIN', 'SSH_NO_KEY', 'SSH_PASSPHRASE'].includes(error.code)) {
      throw new SmartScannerError('SSH_PASSWORD', `${endpoint.host} does not take this user and password.`, {
        hint: 'Check both, and that its SSH server takes passwords; else paste the line there by hand: docs/hosts.md says where.',
      });
    }
    throw error;
  } finally {
    await askpass.end();
  }
}

/** Takes the line away again, from wherever it was put. `shell`: of the connection that stands, the last one by that key. */
export async function removeKey(
  { host }: SshEndpoint,
  line: string,
  shell: (script: string) => Promise<string>,
): Promise<KeyInstalled> {
  const files = filesIn(await shell(fileScript('remove', safe(line))), host);
  if (files !== null) return { files };
  throw new SmartScannerError('SSH_KEY', `${host} did not say whether the key was removed.`, {
    hint: 'Look into ~/.ssh/authorized_keys there, and on an Unraid into /boot/config/ssh/root/authorized_keys.',
  });
}

function safe(line: string): string {
  if (PUBLIC_KEY.test(line)) return line;
  throw new SmartScannerError('SSH_KEY', 'The public key has characters that no key has.', {
    hint: 'Look at its file; `ssh-keygen -y -f KEY` writes it anew.',
  });
}

async function runScript(
  endpoint: SshEndpoint,
  more: readonly string[],
  env: Readonly<Record<string, string>>,
  script: string,
  signal: AbortSignal,
): Promise<string[]> {
  const { status, output, lines } = await run([...sshArgs(endpoint, more), 'sh', '-s'], env, script, signal);
  const files = filesIn(output, endpoint.host);
  if (files === null) throw explainSsh(endpoint, status, lines);
  return files;
}

/** What the script changed; null: it did not come to its end. Throws SSH_KEY. */
function filesIn(output: string, host: string): string[] | null {
  if (/^done=yes$/mu.test(output)) return [...output.matchAll(/^file=(.+)$/gmu)].map(([, file = '']) => file);
  const refused = /^refused=(.+)$/mu.exec(output)?.[1];
  if (refused === undefined) return null;
  throw new SmartScannerError('SSH_KEY', `${refused} on ${host} can't be written.`, {
    hint: 'Check that the user has a home directory there that can be written (on Synology: User Home), or add the line by hand.',
  });
}

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input: string | null,
  signal: AbortSignal,
): Promise<{ readonly status: number | null; readonly output: string; readonly lines: readonly string[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'smart-scanner-'));
  const file = join(directory, 'input');
  if (input !== null) await writeFile(file, input, { mode: 0o600 });
  const ssh = runSsh(args, { directory, ...(input === null ? {} : { input: file }), env });
  try {
    const status = await within('the log-in', () => ssh.ended, { deadlineMs: RUN_MS, signal });
    return { status, output: ssh.output(), lines: ssh.said() };
  } finally {
    await ssh.end();
    await rm(directory, { recursive: true, force: true });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}
