import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SmartScannerError, toSmartScannerError } from '../../../shared/errors.ts';
import { isConnectionLost } from '../../runtime/connection-lost.ts';
import { within } from '../../runtime/docker/client.ts';
import { noAnswer, noSign } from '../direct.ts';
import type { SshEndpoint } from '../endpoint.ts';
import type { Dial, Transport } from '../transport.ts';
import { runSsh, sshArgs, type RunningSsh } from './command.ts';
import { explainSsh, lockedKey } from './failure.ts';
import { decideHostKey, hostKeyChanged, isHostKeyChanged, isHostKeyUnknown, type HostKeyPolicy } from './host-key.ts';
import { explainRemoteDocker } from './remote-docker.ts';
import type { Secrets } from '../secrets.ts';
import { logInUnlocked, NO_UNLOCKING, type Unlocking } from './unlock.ts';

const OPEN_MS = 30_000;
/** A person may be asked on the way, for a host key and a passphrase. */
const ASKED_MS = 120_000;
const LOOK_MS = 20;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** One that has lasted so long was a good one: the next loss is a new story. */
const LASTING_MS = 10_000;

/** Of an ssh that has ended. */
interface Said {
  readonly status: number | null;
  readonly lines: readonly string[];
}

/**
 * One `ssh -N` that forwards the daemon's socket to one in a private directory: all calls share its connection, and no port is opened. Lost, it
 * is started again, at once where somebody asks, else after a while.
 */
export class SshTransport implements Transport {
  readonly #endpoint: SshEndpoint;
  readonly #policy: HostKeyPolicy;
  readonly #secrets: Secrets;
  readonly #onLost: (reason: string) => void;
  readonly #closing = new AbortController();
  #directory: Promise<string> | null = null;
  #ssh: RunningSsh | null = null;
  #opening: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #waitMs = FIRST_WAIT_MS;

  constructor(endpoint: SshEndpoint, policy: HostKeyPolicy, secrets: Secrets, onLost: (reason: string) => void) {
    this.#endpoint = endpoint;
    this.#policy = policy;
    this.#secrets = secrets;
    this.#onLost = onLost;
  }

  async open(signal: AbortSignal): Promise<Dial> {
    if (process.platform === 'win32') {
      throw new SmartScannerError(
        'SSH_MISSING',
        "Windows' own ssh can't forward a socket, so ssh:// does not work here yet.",
        {
          hint: 'Use WSL, or reach the daemon with TLS.',
        },
      );
    }
    if (this.#ssh?.hasEnded() !== false)
      await within('the SSH connection', () => this.#dig(), { deadlineMs: ASKED_MS, signal });
    return { kind: 'socket', path: join(await this.#place(), 'docker.sock') };
  }

  async explain(error: unknown, signal: AbortSignal): Promise<SmartScannerError> {
    const { address, host, port } = this.#endpoint;
    const ssh = this.#ssh;
    if (ssh === null || ssh.hasEnded()) {
      const isLate = error instanceof SmartScannerError && (error.code === 'DEADLINE' || isTimeout(signal));
      return isLate ? noSign(host, port, error) : noAnswer(address, error);
    }
    const found = await explainRemoteDocker(this.#endpoint, await this.#place(), error, this.#closing.signal);
    return found ?? noAnswer(address, error);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#opening?.catch(() => undefined);
    await this.#ssh?.end();
    if (this.#directory !== null) await rm(await this.#directory, { recursive: true, force: true });
  }

  /** All wait for one and the same attempt, and it goes on where one of them gives up. */
  #dig(): Promise<void> {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#opening ??= this.#start().finally(() => {
      this.#opening = null;
    });
    // Heard by whoever waits; nobody may.
    this.#opening.catch(() => undefined);
    return this.#opening;
  }

  async #start(): Promise<void> {
    let said = await this.#once();
    if (said !== null && isHostKeyUnknown(said.lines)) {
      await decideHostKey(this.#endpoint, this.#policy, this.#closing.signal);
      said = await this.#once();
    }
    const locked = said === null ? null : lockedKey(said.lines);
    if (locked !== null) {
      const attempt = (unlocking: Unlocking): Promise<Said | null> => this.#once(unlocking);
      const unlocked = await logInUnlocked(locked, this.#secrets, attempt, (result) => result?.lines ?? null);
      if (unlocked !== null) said = unlocked.result;
    }
    if (said === null) return;
    if (isHostKeyChanged(said.lines)) throw await hostKeyChanged(this.#endpoint, said.lines);
    throw explainSsh(this.#endpoint, said.status, said.lines);
  }

  /** null: it stands. */
  async #once(unlocking = NO_UNLOCKING): Promise<Said | null> {
    const directory = await this.#place();
    const local = join(directory, 'docker.sock');
    await rm(local, { force: true });
    if (this.#isClosing()) throw new SmartScannerError('INTERRUPTED', 'The SSH connection was given up.');
    const ssh = runSsh(
      sshArgs(this.#endpoint, [
        ...unlocking.args,
        ...[
          '-N',
          '-o',
          'ExitOnForwardFailure=yes',
          '-o',
          'StreamLocalBindUnlink=yes',
          '-o',
          'StreamLocalBindMask=0177',
        ],
        ...['-o', 'StrictHostKeyChecking=yes', '-L', `${local}:${this.#endpoint.socket}`],
      ]),
      { directory, env: unlocking.env },
    );
    this.#ssh = ssh;
    const deadline = performance.now() + OPEN_MS;
    // The socket is made after the log-in, last of all.
    while (!ssh.hasEnded() && !(await isThere(local))) {
      if (performance.now() > deadline || this.#isClosing()) {
        await ssh.end();
        this.#directory = null;
        throw noSign(this.#endpoint.host, this.#endpoint.port, null);
      }
      await delay(LOOK_MS);
    }
    if (ssh.hasEnded()) return { status: await ssh.ended, lines: ssh.said() };
    this.#watch(ssh);
    return null;
  }

  #watch(ssh: RunningSsh): void {
    const since = performance.now();
    void ssh.ended.then((status) => {
      if (this.#isClosing()) return;
      if (performance.now() - since > LASTING_MS) this.#waitMs = FIRST_WAIT_MS;
      this.#onLost(explainSsh(this.#endpoint, status, ssh.said()).message);
      this.#again();
    });
  }

  #again(): void {
    // Jitter keeps several programs from coming back together.
    const wait = this.#waitMs * (0.75 + Math.random() / 2);
    this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 2);
    this.#retry = setTimeout(() => {
      this.#dig().catch((error: unknown) => {
        if (!this.#isClosing() && isConnectionLost(toSmartScannerError(error))) this.#again();
      });
    }, wait);
    this.#retry.unref();
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Nobody else may pass: who reaches the socket in it reaches the daemon. */
  #place(): Promise<string> {
    this.#directory ??= mkdtemp(join(tmpdir(), 'smart-scanner-'));
    return this.#directory;
  }
}

function isTimeout(signal: AbortSignal): boolean {
  return signal.aborted && (signal.reason as Error | undefined)?.name === 'TimeoutError';
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
