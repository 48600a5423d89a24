import { isUtf8, type Buffer } from 'node:buffer';
import { opendirSync, readdirSync, statfsSync, type Dir } from 'node:fs';
import type { FsPath } from './paths.ts';
import { SYSCALLS, type Slot } from './slots.ts';

const OPENDIR = SYSCALLS.indexOf('opendir');
const READDIR = SYSCALLS.indexOf('readdir');
/** Names a work item of a large directory. */
const PART_NAMES = 1000;
/**
 * Names a call of Node's takes, which asks the kernel as often as that needs. Few, so that a call is one or two answers and a slow directory that
 * makes progress never looks stuck; it costs no more than 0.3 µs a name.
 */
const READ_NAMES = 8;
/** A directory file of up to this size holds a few thousand names at most, on file systems where its size means anything. */
const SMALL_DIRECTORY_BYTES = 64 * 1024;
const REPLACEMENT = '\uFFFD';
/** ext2-4, XFS, Btrfs, tmpfs, ZFS, overlay, F2FS: a directory's size tells how many names it holds. */
const SIZE_TELLS = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x2fc12fc1, 0x794c7630, 0xf2f52010]);

/** Gives names in parts. After `next` gave the last ones `done` is true, or a further `next` gives none. */
export interface NameReader {
  readonly done: boolean;
  next(): (string | Buffer)[];
  close(): void;
}

let lastFilesystem: { dev: bigint; tells: boolean } | null = null;

/**
 * Whether a directory of this size (bytes, of the directory file) on this device must be streamed. `readdirSync` is a fifth faster
 * on small ones, but takes 360 MB for a million names and doesn't return from a directory that grows for ever (FUSE).
 */
export function mustStream(size: number, dev: bigint, path: FsPath): boolean {
  if (size > SMALL_DIRECTORY_BYTES) return true;
  if (lastFilesystem?.dev !== dev) lastFilesystem = { dev, tells: sizeTells(path) };
  return !lastFilesystem.tells;
}

function sizeTells(path: FsPath): boolean {
  try {
    return process.platform === 'linux' && SIZE_TELLS.has(statfsSync(path).type >>> 0);
  } catch {
    return false;
  }
}

export function readNames(path: FsPath, stream: boolean, slot: Slot): NameReader {
  return stream ? new StreamReader(path, slot) : new WholeReader(path, slot);
}

class WholeReader implements NameReader {
  readonly #path: FsPath;
  readonly #slot: Slot;
  done = false;

  constructor(path: FsPath, slot: Slot) {
    this.#path = path;
    this.#slot = slot;
  }

  next(): (string | Buffer)[] {
    if (this.done) return [];
    this.#slot.call(READDIR, -1);
    const names = readdirSync(this.#path);
    this.#slot.returned();
    this.done = true;
    if (!names.some((name) => name.includes(REPLACEMENT))) return names;
    // Only now is it worth the second read: some name isn't UTF-8, or has that very character.
    this.#slot.call(READDIR, -1);
    const bytes = readdirSync(this.#path, { encoding: 'buffer' });
    this.#slot.returned();
    return bytes.map((name) => (isUtf8(name) ? name.toString() : name));
  }

  close(): void {
    // Nothing is open between calls.
  }
}

class StreamReader implements NameReader {
  readonly #dir: Dir;
  readonly #slot: Slot;
  done = false;

  constructor(path: FsPath, slot: Slot) {
    this.#slot = slot;
    slot.call(OPENDIR, -1);
    // Typed for text names; with encoding 'buffer' they are Buffers.
    this.#dir = opendirSync(path, { encoding: 'buffer' as BufferEncoding, bufferSize: READ_NAMES });
    slot.returned();
  }

  next(): (string | Buffer)[] {
    const names: (string | Buffer)[] = [];
    while (!this.done && names.length < PART_NAMES) {
      this.#slot.call(READDIR, -1);
      const entry = this.#dir.readSync();
      this.#slot.returned();
      if (entry === null) this.done = true;
      else {
        const name = entry.name as unknown as Buffer;
        names.push(isUtf8(name) ? name.toString() : name);
      }
    }
    return names;
  }

  close(): void {
    this.#dir.closeSync();
  }
}
