import type { BigIntStats } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import type { JobKind } from '../shared/worker-protocol.ts';
import type { Task } from './messages.ts';
import { MeasureSink } from './measure-sink.ts';
import { ScanSink } from './scan-sink.ts';
import type { SharedState } from './slots.ts';

export type DirectoryEnd = 'failed' | 'vanished' | 'excluded';

/** Where a walker puts what it finds. Calls for one directory stand between `begin` and `end` or `endPart`. */
export interface Sink {
  root(task: Task, stat: BigIntStats | null): void;
  begin(directory: number): void;
  /** A non-directory. Gives its allocated bytes. */
  file(name: string | Uint8Array, stat: BigIntStats, dirDev: bigint): number;
  /** A subdirectory that will be walked. Gives its id. */
  child(name: string | Uint8Array, stat: BigIntStats): number;
  childExcluded(name: string | Uint8Array, stat: BigIntStats, reason: string): void;
  entryExcluded(): void;
  entryVanished(): void;
  entryFailed(name: string | Uint8Array, syscall: string, code: string): void;
  /** Closes the directory: how many entries its reading loop returned, in how many parts (this one counts). */
  end(returned: number, parts: number): void;
  endPart(): void;
  /** `afterParts`: some of it was sent before, which counts for nothing now. */
  failed(
    directory: number,
    state: DirectoryEnd,
    reason: string | null,
    syscall: string | null,
    afterParts?: boolean,
  ): void;
  flush(): void;
}

export function makeSink(kind: JobKind, port: MessagePort, shared: SharedState): Sink {
  return kind === 'measure' ? new MeasureSink(port, shared) : new ScanSink(port, shared);
}
