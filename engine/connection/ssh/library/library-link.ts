import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { SmartScannerError } from '../../../../shared/errors.ts';
import type { SshEndpoint } from '../../endpoint.ts';
import { ByteStream, cut } from '../byte-stream.ts';
import { sshLost } from '../failure.ts';
import type { Forwarded, SshLink } from '../link.ts';

/** RFC 4254, 5.1. */
const CONNECT_FAILED = 2;
const END_MS = 2_000;

/** One machine on the way, and what its client talks through. */
export interface Reached {
  readonly client: Client;
  readonly socket: Duplex;
}

/** At once, whatever state it is in: the library itself does nothing any more with a socket that it has half closed. */
export function letGo({ client, socket }: Reached): void {
  client.destroy();
  socket.destroy();
}

type Opening = (done: (error: Error | undefined, channel: ClientChannel) => void) => void;

/** A connection of the library's: channels of it are streams in this program, and nothing else can reach them. */
export class LibraryLink implements SshLink {
  readonly ended: Promise<SmartScannerError>;
  readonly #client: Client;
  readonly #way: readonly Reached[];
  readonly #open = new Set<ByteStream>();
  readonly #asked = new Set<(error: Error) => void>();
  #isOver = false;

  /** `way`: the jump hosts, and last the host. */
  constructor({ address }: SshEndpoint, way: readonly Reached[]) {
    const client = way.at(-1)?.client;
    if (client === undefined) throw new TypeError('A link has a client.');
    this.#client = client;
    this.#way = way;
    let why = new Error('the connection was closed');
    client.on('error', (error) => (why = error));
    this.ended = new Promise((resolve) => {
      client.once('close', () => {
        this.#isOver = true;
        // They would seem to have ended as they should.
        for (const stream of this.#open) stream.destroy(cut());
        for (const refuse of this.#asked) refuse(cut());
        for (const reached of way) letGo(reached);
        resolve(sshLost(address, why.message, why));
      });
    });
  }

  hasEnded = (): boolean => this.#isOver;

  async end(): Promise<void> {
    this.#client.end();
    const timer = setTimeout(() => {
      for (const reached of this.#way) letGo(reached);
    }, END_MS);
    await this.ended;
    clearTimeout(timer);
  }

  async forward(socket: string): Promise<Forwarded> {
    const connect = (): Promise<Duplex> =>
      this.#channel((done) => this.#client.openssh_forwardOutStreamLocal(socket, done));
    const answers = await connect().then(
      (stream) => {
        stream.destroy();
        return true;
      },
      () => false,
    );
    return { dial: { kind: 'streams', most: null, connect }, answers };
  }

  session(command: string): Promise<Duplex> {
    return this.#channel((done) => this.#client.exec(command, done));
  }

  #channel(open: Opening): Promise<ByteStream> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        reject(cut());
        return;
      }
      this.#asked.add(reject);
      const opened = (error: Error | undefined, channel: ClientChannel): void => {
        this.#asked.delete(reject);
        if (error !== undefined) {
          reject(Object.assign(error, { code: reasonOf(error) === CONNECT_FAILED ? 'ECONNREFUSED' : 'ECONNRESET' }));
          return;
        }
        channel.stderr.resume();
        const stream = new ByteStream(channel, channel, () => channel.destroy());
        this.#open.add(stream);
        stream.once('close', () => this.#open.delete(stream));
        resolve(stream);
      };
      try {
        open(opened);
      } catch {
        // Cut, and "close" is still to come.
        this.#asked.delete(reject);
        reject(cut());
      }
    });
  }
}

function reasonOf(error: unknown): number | null {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'number' ? error.reason : null;
}
