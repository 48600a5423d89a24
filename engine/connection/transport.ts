import type { SmartScannerError } from '../../shared/errors.ts';
import type { TlsMaterial } from './tls.ts';

/** What a request is sent to. */
export type Dial =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: TlsMaterial | null };

/** How the bytes get to a daemon: straight, or through a tunnel that somebody has to dig and keep. */
export interface Transport {
  /** Makes the way ready. Throws a SmartScannerError that says what is in it. */
  open(signal: AbortSignal): Promise<Dial>;
  /** What it means that a call through the way that `open` gave failed like this. Looks for the cause where it can. */
  explain(error: unknown, signal: AbortSignal): Promise<SmartScannerError>;
  /** Leaves no process, socket or file behind. */
  close(): Promise<void>;
}
