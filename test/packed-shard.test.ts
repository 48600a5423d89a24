import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BadPacking, unpackShard } from '../engine/catalog/unpack-shard.ts';
import { packShard } from '../worker/pack-shard.ts';
import { temporaryDirectory } from './support/temporary.ts';

const MIB = 1024 ** 2;
const dir = temporaryDirectory();
const at = (name: string): string => join(dir, name);
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

it.each([0, 1, MIB, 2 * MIB + 1])(
  '%d bytes travel in blocks and come out as they were, with their hash',
  async (size) => {
    const bytes = Buffer.alloc(size, randomBytes(997));
    writeFileSync(at('shard'), bytes);
    const { sha256, packedBytes } = await packShard(at('shard'), at('packed'));
    expect({ sha256, packedBytes }).toEqual({ sha256: hashOf(bytes), packedBytes: readFileSync(at('packed')).length });
    expect(unpackShard(at('packed'), at('out'))).toBe(sha256);
    expect(readFileSync(at('out')).equals(bytes)).toBe(true);
  },
);

it('what is cut, changed, or claims more than there is does not come out as a shard', async () => {
  const bytes = Buffer.alloc(2 * MIB + 1, randomBytes(997));
  writeFileSync(at('shard'), bytes);
  const { sha256 } = await packShard(at('shard'), at('packed'));
  const packed = readFileSync(at('packed'));
  const refused = (bad: Buffer): void => {
    writeFileSync(at('bad'), bad);
    expect(() => unpackShard(at('bad'), at('out'))).toThrow(BadPacking);
  };
  const huge = Buffer.from(packed);
  huge.writeUInt32BE(0xffff_ffff);
  for (const bad of [huge, packed.subarray(0, -1), packed.subarray(0, 2), packed.subarray(1)]) refused(bad);
  // Whole blocks are missing: only the hash tells.
  writeFileSync(at('bad'), packed.subarray(0, packed.readUInt32BE() + 4));
  expect(unpackShard(at('bad'), at('out'))).not.toBe(sha256);
});

it('where it can not be written packed, the shard has its hash all the same, and half a file is not left', async () => {
  const bytes = randomBytes(3 * MIB);
  writeFileSync(at('shard'), bytes);
  expect(await packShard(at('shard'), at('no-such/packed'))).toEqual({ sha256: hashOf(bytes), packedBytes: null });
  // By way of a link, which is what is removed: a device that is always full.
  symlinkSync('/dev/full', at('full'));
  expect(await packShard(at('shard'), at('full'))).toEqual({ sha256: hashOf(bytes), packedBytes: null });
  expect(existsSync(at('full'))).toBe(false);
});
