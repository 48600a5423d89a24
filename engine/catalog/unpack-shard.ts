import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';

const LENGTH_BYTES = 4;
/** A worker's blocks are of 1 MiB: what claims to be far larger is none. */
const MOST_BLOCK_BYTES = 16 * 1024 ** 2;

/** The file is not what workers write. */
export class BadPacking extends Error {}

/**
 * Writes a compressed shard (shared/worker-protocol.ts) to `path`, one block after the other, and gives the SHA-256 of what was written. Throws
 * BadPacking, and what the disk says.
 */
export function unpackShard(packedPath: string, path: string): string {
  const hash = createHash('sha256');
  const packed = openSync(packedPath, 'r');
  try {
    const shard = openSync(path, 'w', 0o600);
    try {
      const head = Buffer.alloc(LENGTH_BYTES);
      for (let got = readWhole(packed, head); got > 0; got = readWhole(packed, head)) {
        const length = got < LENGTH_BYTES ? Infinity : head.readUInt32BE();
        if (length > MOST_BLOCK_BYTES) throw new BadPacking('it is not packed as workers do it');
        const frame = Buffer.alloc(length);
        if (readWhole(packed, frame) < length) throw new BadPacking('its end is missing');
        const block = unpacked(frame);
        hash.update(block);
        for (let at = 0; at < block.length;) at += writeSync(shard, block, at);
      }
    } finally {
      closeSync(shard);
    }
  } finally {
    closeSync(packed);
  }
  return hash.digest('hex');
}

function unpacked(frame: Buffer): Buffer {
  try {
    return zstdDecompressSync(frame, { maxOutputLength: MOST_BLOCK_BYTES });
  } catch (error) {
    throw new BadPacking('a part of it does not unpack', { cause: error });
  }
}

/** How much there was of what was wanted. */
function readWhole(file: number, into: Buffer): number {
  let got = 0;
  while (got < into.length) {
    const read = readSync(file, into, got, into.length - got, null);
    if (read === 0) break;
    got += read;
  }
  return got;
}
