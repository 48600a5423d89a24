import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';

/** Large enough to compress well, small enough to be held whole by whoever unpacks. */
const BLOCK_BYTES = 1024 ** 2;
const LENGTH_BYTES = 4;

const compress = promisify(zstdCompress);

/**
 * Hashes the shard and on the way writes it to `packedPath` as well, compressed (shared/worker-protocol.ts). `packedBytes` null: the spool does
 * not take that, which the shard itself does not suffer from.
 */
export async function packShard(
  path: string,
  packedPath: string,
): Promise<{ readonly sha256: string; readonly packedBytes: number | null }> {
  const hash = createHash('sha256');
  const shard = await open(path);
  const packed = await open(packedPath, 'w').catch(() => null);
  let packedBytes: number | null = packed === null ? null : 0;
  try {
    const block = Buffer.alloc(BLOCK_BYTES);
    for (;;) {
      const { bytesRead } = await shard.read(block, 0, BLOCK_BYTES, null);
      if (bytesRead === 0) break;
      const read = block.subarray(0, bytesRead);
      hash.update(read);
      if (packed === null || packedBytes === null) continue;
      const written: number | null = await writeBlock(packed, read).catch(() => null);
      packedBytes = written === null ? null : packedBytes + written;
    }
  } finally {
    await shard.close();
    await packed?.close().catch(() => (packedBytes = null));
  }
  if (packedBytes === null) await rm(packedPath, { force: true }).catch(() => undefined);
  return { sha256: hash.digest('hex'), packedBytes };
}

async function writeBlock(file: FileHandle, block: Buffer): Promise<number> {
  const frame = await compress(block);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(frame.length);
  // At the end of what was written before, whole or not at all.
  await file.writeFile(Buffer.concat([length, frame]));
  return LENGTH_BYTES + frame.length;
}
