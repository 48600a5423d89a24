import { Duplex, type Readable, type Writable } from 'node:stream';

/**
 * A channel of an SSH connection, or the pipes of a process, as HTTP wants its socket: it is closed once, tells of it once, and every write
 * that was begun comes to an end. `end`: lets go of what is behind it.
 */
export class ByteStream extends Duplex {
  readonly #source: Readable;
  readonly #sink: Writable;
  readonly #end: () => void;
  #writing: ((error?: Error | null) => void) | null = null;

  constructor(source: Readable, sink: Writable, end: () => void) {
    super({ allowHalfOpen: true, emitClose: true });
    this.#source = source;
    this.#sink = sink;
    this.#end = end;
    source.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) source.pause();
    });
    source.once('end', () => this.push(null));
    source.on('error', (error: Error) => this.destroy(error));
    sink.on('error', (error: Error) => this.destroy(error));
    // A channel that was cut ends without "end".
    source.once('close', () => {
      if (!this.readableEnded && !source.readableEnded) this.destroy(cut());
    });
    source.pause();
  }

  override _read(): void {
    this.#source.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // A channel that closes meanwhile forgets about it.
    this.#writing = done;
    this.#sink.write(chunk, (error) => this.#settle(error));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#sink.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#settle(error ?? cut());
    this.#end();
    done(error);
  }

  #settle(error?: Error | null): void {
    const done = this.#writing;
    this.#writing = null;
    done?.(error);
  }

  /** What Node's HTTP asks of sockets, and what is the business of the connection below here. */
  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

export function cut(): Error {
  return Object.assign(new Error('The SSH connection was lost.'), { code: 'ECONNRESET' });
}
