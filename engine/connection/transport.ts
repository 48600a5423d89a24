import type { Duplex } from 'node:stream';
import type { SmartScannerError } from '../../shared/errors.ts';
import type { TlsMaterial } from './tls.ts';

/** What a request is sent to. */
export type Dial =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: TlsMaterial | null }
  | StreamsDial;

/** Streams inside this program: nothing of them can be seen, or used, from outside. */
export interface StreamsDial {
  readonly kind: 'streams';
  connect(): Promise<Duplex>;
  /** How many may be open at once; null: as many as are wanted. */
  readonly most: number | null;
}

/** How the bytes get to a daemon: straight, or through a tunnel that somebody has to dig and keep. */
export interface Transport {
  /** Makes the way ready. Throws a SmartScannerError that says what is in it. */
  open(signal: AbortSignal): Promise<Dial>;
  /** What it means that a call through the way that `open` gave failed like this. Looks for the cause where it can. */
  explain(error: unknown, signal: AbortSignal): Promise<SmartScannerError>;
  /** The computer slept, or somebody wants to know at once: what was lost is opened again now, what only seems to stand is found out. */
  wake(): void;
  /** Runs a script in a shell of the host; by SSH only, INTERNAL elsewhere. */
  shell(script: string, signal: AbortSignal): Promise<string>;
  /** Leaves no process, socket or file behind. */
  close(): Promise<void>;
}
