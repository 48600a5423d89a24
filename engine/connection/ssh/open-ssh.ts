import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { SmartScannerError } from '../../../shared/errors.ts';
import { noSign } from '../direct.ts';
import type { SshEndpoint } from '../endpoint.ts';
import type { Secrets } from '../secrets.ts';
import { ByteStream } from './byte-stream.ts';
import { MASTER_OPTIONS, runSsh, sshArgs, toMaster, type RunningSsh } from './command.ts';
import { explainSsh, lockedKey } from './failure.ts';
import { decideHostKey, hostKeyChanged, isHostKeyChanged, isHostKeyUnknown, type HostKeyPolicy } from './host-key.ts';
import type { Forwarded, SshClient, SshLink } from './link.ts';
import { answersPing } from './ping.ts';
import { logInUnlocked, NO_UNLOCKING } from './unlock.ts';

const OPEN_MS = 30_000;
const LOOK_MS = 10;
/** A path of a socket has 104 bytes (macOS; Linux: 108), and ssh adds 17 to it for a moment: so much is left for the directory of ours. */
const LONGEST_ROOT = 55;

/** The OpenSSH client: the user's own configuration, agent, keys, known hosts and jump hosts hold. */
export class OpenSshClient implements SshClient {
  readonly #endpoint: SshEndpoint;
  readonly #policy: HostKeyPolicy;
  readonly #secrets: Secrets;

  constructor(endpoint: SshEndpoint, policy: HostKeyPolicy, secrets: Secrets) {
    this.#endpoint = endpoint;
    this.#policy = policy;
    this.#secrets = secrets;
  }

  async connect(signal: AbortSignal): Promise<SshLink> {
    let said = await this.#once(signal);
    if (said instanceof OpenSshLink) return said;
    if (isHostKeyUnknown(said.lines)) {
      await decideHostKey(this.#endpoint, this.#policy, signal);
      said = await this.#once(signal);
      if (said instanceof OpenSshLink) return said;
    }
    const locked = lockedKey(said.lines);
    if (locked !== null) {
      const unlocked = await logInUnlocked(
        locked,
        this.#secrets,
        (unlocking) => this.#once(signal, unlocking),
        (result) => (result instanceof OpenSshLink ? null : result.lines),
      );
      if (unlocked?.result instanceof OpenSshLink) return unlocked.result;
      said = unlocked?.result ?? said;
    }
    if (isHostKeyChanged(said.lines)) throw await hostKeyChanged(this.#endpoint, said.lines);
    throw explainSsh(this.#endpoint, said.status, said.lines);
  }

  async #once(
    signal: AbortSignal,
    unlocking = NO_UNLOCKING,
  ): Promise<OpenSshLink | { readonly status: number | null; readonly lines: readonly string[] }> {
    // Nobody else may pass: who reaches the sockets in it reaches the daemon.
    const root = Buffer.byteLength(tmpdir()) > LONGEST_ROOT ? '/tmp' : tmpdir();
    const directory = await mkdtemp(join(root, 'smart-scanner-'));
    const control = join(directory, 'control');
    const args = sshArgs(this.#endpoint, [...unlocking.args, ...MASTER_OPTIONS, '-S', control]);
    const ssh = runSsh(args, { directory, env: unlocking.env });
    const deadline = performance.now() + OPEN_MS;
    // It listens there once it has logged in.
    while (!ssh.hasEnded() && !(await isThere(control))) {
      if (performance.now() > deadline || signal.aborted) {
        await ssh.end();
        throw signal.aborted
          ? new SmartScannerError('INTERRUPTED', 'The SSH connection was given up.')
          : noSign(this.#endpoint.host, this.#endpoint.port, null);
      }
      await delay(LOOK_MS);
    }
    if (!ssh.hasEnded()) return new OpenSshLink(this.#endpoint, ssh, directory, control);
    await rm(directory, { recursive: true, force: true });
    return { status: await ssh.ended, lines: ssh.said() };
  }
}

/**
 * One `ssh -N` that listens for what it is asked. The user's own forwardings are cleared, which would clear ours too were they on its command
 * line: so ours is asked for afterwards, on its control socket.
 */
class OpenSshLink implements SshLink {
  readonly ended: Promise<SmartScannerError>;
  readonly #endpoint: SshEndpoint;
  readonly #ssh: RunningSsh;
  readonly #directory: string;
  readonly #control: string;

  constructor(endpoint: SshEndpoint, ssh: RunningSsh, directory: string, control: string) {
    this.#endpoint = endpoint;
    this.#ssh = ssh;
    this.#directory = directory;
    this.#control = control;
    this.ended = ssh.ended.then(async (status) => {
      await rm(directory, { recursive: true, force: true });
      return explainSsh(endpoint, status, ssh.said());
    });
  }

  hasEnded = (): boolean => this.#ssh.hasEnded();

  async end(): Promise<void> {
    await this.#ssh.end();
    await this.ended;
  }

  async forward(socket: string): Promise<Forwarded> {
    const path = join(this.#directory, 'docker.sock');
    const asking = runSsh(toMaster(this.#control, ['-O', 'forward', '-L', `${path}:${socket}`]), {
      directory: join(this.#directory, 'nothing'),
    });
    const late = setTimeout(() => void asking.end(), OPEN_MS);
    const status = await asking.ended;
    clearTimeout(late);
    if (status !== 0) throw explainSsh(this.#endpoint, status, [...this.#ssh.said(), ...asking.said()]);
    return { dial: { kind: 'socket', path }, answers: await answersPing(connect(path)) };
  }

  session(command: string): Promise<Duplex> {
    const child = spawn('ssh', toMaster(this.#control, [], command), {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    child.on('error', () => child.stdout.destroy());
    return Promise.resolve(new ByteStream(child.stdout, child.stdin, () => child.kill()));
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
