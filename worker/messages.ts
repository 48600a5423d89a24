import type { MessagePort } from 'node:worker_threads';
import type { Job, ResultLine, StopReason } from '../shared/worker-protocol.ts';
import type { Batch } from './batch.ts';
import type { MeasureBatch } from './measure-tree.ts';

/** A directory to walk. */
export interface Task {
  readonly id: number;
  /** Absolute; Uint8Array after it has crossed threads. */
  readonly path: string | Uint8Array;
  /** Its device, to see other file systems. Of a root it is known once that is looked at; `ino` too. */
  readonly dev: bigint;
  /** Good enough to see that another directory stands there: above 2^53 a number isn't exact. */
  readonly ino: number;
  /** Of the directory file, bytes: tells on most file systems whether it is large. */
  readonly size: number;
  /** 0: met on the way. n: the n-th root of the job. */
  readonly root: number;
  /** Its subdirectories are listed, not entered. */
  readonly own: boolean;
}

/** Names of a large directory, to be looked at by whoever is free. */
export interface Part {
  readonly task: Task;
  readonly names: readonly (string | Uint8Array)[];
}

export interface WalkerStart {
  readonly role: 'walker';
  readonly index: number;
  readonly walkers: number;
  readonly shared: SharedArrayBuffer;
  readonly job: Job;
  /** To the writer (scan) or the measurer. */
  readonly sink: MessagePort;
}

export interface KeeperStart {
  readonly role: 'keeper';
  readonly jobPath: string;
  readonly kind: string;
}

export type ToWalker =
  | { readonly type: 'tasks'; readonly tasks: readonly Task[] }
  | { readonly type: 'part'; readonly part: Part }
  | { readonly type: 'exit' };

export type FromWalker =
  | { readonly type: 'hungry'; readonly index: number }
  | { readonly type: 'give'; readonly index: number; readonly tasks: readonly Task[]; readonly parts: readonly Part[] }
  | { readonly type: 'budget'; readonly reason: StopReason };

export type ToSink =
  | { readonly type: 'batch'; readonly batch: Batch }
  | { readonly type: 'measure'; readonly batch: MeasureBatch }
  /** This walker waits until the shard says that this directory is being read. */
  | { readonly type: 'reading'; readonly walker: number; readonly directory: number };

export type ToKeeper =
  | {
      readonly type: 'walkers';
      readonly shared: SharedArrayBuffer;
      readonly walkers: number;
      readonly ports: readonly MessagePort[];
    }
  /** The main thread lives. */
  | { readonly type: 'alive' }
  /** This directory's system call never came back. */
  | { readonly type: 'stalled'; readonly walker: number; readonly id: number; readonly syscall: string }
  /** Every walker that is not stuck has nothing: what do the stuck ones hold? */
  | { readonly type: 'unread' }
  | { readonly type: 'finish'; readonly reason: StopReason; readonly durationMs: number; readonly complete: boolean };

export type FromKeeper =
  | { readonly type: 'job'; readonly job: Job; readonly roots: readonly Task[] }
  | { readonly type: 'line'; readonly line: object }
  | { readonly type: 'unread'; readonly tasks: readonly Task[] }
  | { readonly type: 'spool-failed'; readonly error: string }
  | { readonly type: 'done'; readonly result: ResultLine };
