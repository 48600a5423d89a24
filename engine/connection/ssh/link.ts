import type { Duplex } from 'node:stream';
import type { SmartScannerError } from '../../../shared/errors.ts';
import type { Dial } from '../transport.ts';

/** One connection that has logged in. Whichever program or library makes it, it does the same. */
export interface SshLink {
  /** The way to a socket of the host. Throws SmartScannerError. */
  forward(socket: string): Promise<Forwarded>;
  /** Runs a command there and gives its stdin and stdout. A server has few of these (OpenSSH: ten a connection). */
  session(command: string): Promise<Duplex>;
  /** Settles when the connection is over, with the reason. */
  readonly ended: Promise<SmartScannerError>;
  readonly hasEnded: () => boolean;
  /** Idempotent; settles when everything is gone. */
  end(): Promise<void>;
}

export interface Forwarded {
  readonly dial: Dial;
  /** false: nobody is at its other end, or the server forwards nothing: it doesn't say which. */
  readonly answers: boolean;
}

export interface SshClient {
  /** Throws a SmartScannerError that tells what is in the way; leaves nothing behind then. */
  connect(signal: AbortSignal): Promise<SshLink>;
}
