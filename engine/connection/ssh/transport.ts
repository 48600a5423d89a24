import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { toSmartScannerError, SmartScannerError } from '../../../shared/errors.ts';
import { isConnectionLost } from '../../runtime/connection-lost.ts';
import { within } from '../../runtime/docker/client.ts';
import { noAnswer, noSign } from '../direct.ts';
import type { SshEndpoint } from '../endpoint.ts';
import type { Dial, Transport } from '../transport.ts';
import type { SshClient, SshLink } from './link.ts';
import { answersPing } from './ping.ts';
import { explainRemoteDocker } from './remote-docker.ts';
import { sessionsDial } from './sessions.ts';
import { runShell } from './shell.ts';

/** A person may be asked on the way, for a host key and a passphrase; each attempt of a client has its own, shorter deadline. */
const OPEN_MS = 120_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** One that has lasted so long was a good one: the next loss is a new story. */
const LASTING_MS = 10_000;
/** How long a connection may take to show that it still stands, after the computer slept. */
const SIGN_MS = 3_000;

/** A link and the way to the daemon through it. */
interface Standing {
  readonly link: SshLink;
  readonly dial: Dial;
}

/**
 * One SSH connection to a host, which all calls share; no port is opened. Lost, it is made again, at once where somebody asks, else after a
 * while.
 */
export class SshTransport implements Transport {
  readonly #endpoint: SshEndpoint;
  readonly #client: SshClient;
  readonly #onLost: (reason: string) => void;
  readonly #closing = new AbortController();
  #standing: Standing | null = null;
  #opening: Promise<Standing> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #waitMs = FIRST_WAIT_MS;

  constructor(endpoint: SshEndpoint, client: SshClient, onLost: (reason: string) => void) {
    this.#endpoint = endpoint;
    this.#client = client;
    this.#onLost = onLost;
  }

  async open(signal: AbortSignal): Promise<Dial> {
    const standing = this.#standing;
    if (standing !== null && !standing.link.hasEnded()) return standing.dial;
    return (await within('the SSH connection', () => this.#dig(), { deadlineMs: OPEN_MS, signal })).dial;
  }

  async explain(error: unknown, signal: AbortSignal): Promise<SmartScannerError> {
    const { host, port } = this.#endpoint;
    const standing = this.#standing;
    if (standing === null || standing.link.hasEnded()) {
      const isLate = error instanceof SmartScannerError && (error.code === 'DEADLINE' || isTimeout(signal));
      return isLate ? noSign(host, port, error) : noAnswer(this.#endpoint, error);
    }
    const found = await explainRemoteDocker(this.#endpoint, standing.link, error, this.#closing.signal);
    return found ?? noAnswer(this.#endpoint, error);
  }

  wake(): void {
    this.#waitMs = FIRST_WAIT_MS;
    if (this.#retry !== null) this.#dig().catch(() => undefined);
    const standing = this.#standing;
    if (standing !== null && !standing.link.hasEnded()) void this.#sound(standing.link);
  }

  async shell(script: string, signal: AbortSignal): Promise<string> {
    await this.open(signal);
    const link = this.#standing?.link;
    if (link === undefined) throw new SmartScannerError('INTERNAL', 'There is no SSH connection.');
    return await runShell(link, script, signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#retry !== null) clearTimeout(this.#retry);
    const standing = await this.#opening?.catch(() => null);
    await standing?.link.end();
    await this.#standing?.link.end();
  }

  /** All wait for one and the same attempt, and it goes on where one of them gives up. */
  #dig(): Promise<Standing> {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#opening ??= this.#start().finally(() => {
      this.#opening = null;
    });
    // Heard by whoever waits; nobody may.
    this.#opening.catch(() => undefined);
    return this.#opening;
  }

  async #start(): Promise<Standing> {
    if (this.#isClosing()) throw new SmartScannerError('INTERRUPTED', 'The SSH connection was given up.');
    const link = await this.#client.connect(this.#closing.signal);
    try {
      const standing = { link, dial: await this.#wayThrough(link) };
      this.#standing = standing;
      this.#watch(standing);
      return standing;
    } catch (error) {
      await link.end();
      throw error;
    }
  }

  async #wayThrough(link: SshLink): Promise<Dial> {
    const { socket, docker } = this.#endpoint;
    const { dial, answers } = await link.forward(socket);
    if (answers) return dial;
    const sessions = sessionsDial(link, socket, docker);
    const isSpoken = await sessions.connect().then(answersPing, () => false);
    return isSpoken ? sessions : dial;
  }

  #watch({ link }: Standing): void {
    const since = performance.now();
    void link.ended.then((reason) => {
      if (this.#isClosing()) return;
      if (performance.now() - since > LASTING_MS) this.#waitMs = FIRST_WAIT_MS;
      this.#onLost(reason.message);
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

  /** Its keep-alive would find out as well, later. */
  async #sound(link: SshLink): Promise<void> {
    let session: Duplex | null = null;
    try {
      await within(
        'a sign of life',
        async () => {
          session = await link.session('true');
          session.resume();
          await finished(session, { writable: false });
        },
        { deadlineMs: SIGN_MS, signal: this.#closing.signal },
      );
    } catch (error) {
      // A server that refuses is there.
      if (error instanceof SmartScannerError && error.code === 'DEADLINE') await link.end();
    } finally {
      (session as Duplex | null)?.destroy();
    }
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }
}

function isTimeout(signal: AbortSignal): boolean {
  return signal.aborted && (signal.reason as Error | undefined)?.name === 'TimeoutError';
}
