import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { SPOOL_FILES, type JobKind } from '../shared/worker-protocol.ts';
import { temporaryDirectory } from '../test/support/temporary.ts';
import { jobOf, startWorker } from '../test/support/worker.ts';
import type { Task, ToSink } from './messages.ts';
import { ScanSink } from './scan-sink.ts';
import { ShardWriter } from './shard-writer.ts';
import { SharedState } from './slots.ts';

describe('a worker whose disk does not answer', () => {
  it.skipIf(process.platform === 'win32').each(['probe', 'list'] satisfies JobKind[])(
    'beats, says so and ends itself during a %s, so that nobody waits for ever',
    async (kind) => {
      const spool = temporaryDirectory();
      // Opening a FIFO for writing waits for a reader that never comes: the thread is stuck in the kernel for good.
      execFileSync('mkfifo', [join(spool, SPOOL_FILES.result)]);
      const running = startWorker(kind, jobOf(kind, temporaryDirectory(), { spool, stallTimeoutMs: 2000 }));
      const { lines, result, signal } = await running.done;
      expect(lines.filter(({ type }) => type === 'progress')).toHaveLength(2);
      expect(lines.map(({ type }) => type)).toContain('stall');
      expect(result).toMatchObject({
        kind,
        exit: 66,
        reason: 'stalled',
        error: expect.stringContaining('2 s') as string,
      });
      // `process.exit` would hang for ever.
      expect(signal).toBe('SIGKILL');
    },
  );
});

describe('what a shard leaves', () => {
  it('is not what an `own` root leaves to others, and is what another root of the same job leaves', () => {
    const shard = shardOf(['own', 'subtree']);
    shard.scanned(1, 'planned elsewhere');
    expect(shard.writer.leavesRemainder(['own', 'subtree'])).toBe(true);
    shard.scanned(2, 'left');
    expect(shard.writer.leavesRemainder(['own', 'subtree'])).toBe(true);
    shard.failed(shard.children.at(-1) ?? 0);
    expect(shard.writer.leavesRemainder(['own', 'subtree'])).toBe(false);
  });

  it('is every root that nothing came of, so that a stuck thread hides none', () => {
    expect(shardOf(['subtree']).writer.finish('stalled')).toMatchObject({ dirsPending: 1 });
  });

  it('is nothing of a directory that failed after parts of it were sent, also when more of them come afterwards', () => {
    const shard = shardOf(['subtree']);
    shard.part(1, 'met before');
    shard.failed(1, true);
    shard.part(1, 'read by another walker');
    expect(shard.writer.leavesRemainder(['subtree'])).toBe(false);
    expect(shard.writer.finish('finished')).toMatchObject({ dirsFailed: 1, subdirs: 0 });
  });

  it('is nothing below a directory whose system call never came back: what lies there is unknown', () => {
    const shard = shardOf(['subtree']);
    shard.scanned(1, 'met before it got stuck');
    shard.writer.stalled(1, 'readdir');
    expect(shard.writer.leavesRemainder(['subtree'])).toBe(false);
  });
});

/** A shard as a walker's sink fills it. */
function shardOf(modes: readonly ('own' | 'subtree')[]): {
  writer: ShardWriter;
  children: number[];
  scanned(directory: number, child: string): void;
  part(directory: number, child: string): void;
  failed(directory: number, afterParts?: boolean): void;
} {
  const dir = temporaryDirectory();
  mkdirSync(join(dir, 'met'));
  const stat = lstatSync(join(dir, 'met'), { bigint: true });
  const shared = new SharedState(1);
  shared.setFirstId(modes.length + 1);
  const { port1, port2 } = new MessageChannel();
  const sink = new ScanSink(port1, shared);
  const writer = new ShardWriter(join(dir, SPOOL_FILES.shard), 'attempt', modes.length);
  const children: number[] = [];
  const write = (): void => {
    sink.flush();
    const sent = receiveMessageOnPort(port2)?.message as ToSink | undefined;
    if (sent?.type === 'batch') writer.batch(sent.batch);
  };
  return {
    writer,
    children,
    scanned: (directory, child) => {
      const root: Task = {
        id: directory,
        path: dir,
        dev: 0n,
        ino: 0,
        size: 0,
        root: directory,
        own: modes[directory - 1] === 'own',
      };
      sink.root(root, stat);
      sink.begin(directory);
      children.push(sink.child(child, stat));
      sink.end(1, 1);
      write();
    },
    part: (directory, child) => {
      sink.begin(directory);
      sink.child(child, stat);
      sink.endPart();
      write();
    },
    failed: (directory, afterParts) => {
      sink.failed(directory, 'failed', 'EIO', 'readdir', afterParts);
      write();
    },
  };
}
