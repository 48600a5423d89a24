const HEADER_BYTES = 8;
const STREAMS = ['stdin', 'stdout', 'stderr'] as const;
type LogStream = (typeof STREAMS)[number];

/**
 * Takes Docker's multiplexed log stream apart (8-byte header: stream, 3 × 0, length big-endian). Linear in its input, whatever the
 * sizes of chunks and frames: docker-modem's own recopies per frame and overflows the stack.
 */
export class LogFrames {
  readonly #use: (stream: LogStream, payload: Buffer) => void;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  #left = 0;
  #stream: LogStream = 'stdout';

  constructor(use: (stream: LogStream, payload: Buffer) => void) {
    this.#use = use;
  }

  /** Payloads are handed on as they come: a long frame in pieces. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        this.#use(this.#stream, chunk.subarray(at, end));
        this.#left -= end - at;
        at = end;
        continue;
      }
      const copied = chunk.copy(this.#header, this.#headerFilled, at, at + HEADER_BYTES - this.#headerFilled);
      at += copied;
      this.#headerFilled += copied;
      if (this.#headerFilled < HEADER_BYTES) return;
      this.#headerFilled = 0;
      this.#stream = STREAMS[this.#header[0] ?? 1] ?? 'stdout';
      this.#left = this.#header.readUInt32BE(4);
    }
  }
}

/** Both streams of a whole log, in order. */
export function logText(raw: Buffer): string {
  const parts: Buffer[] = [];
  new LogFrames((_stream, payload) => parts.push(payload)).push(raw);
  return Buffer.concat(parts).toString();
}
