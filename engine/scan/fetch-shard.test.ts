import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SPOOL_FILES } from '../../shared/worker-protocol.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import type { AttemptRef, FetchedFile } from '../runtime/runtime.ts';
import { fetchShard } from './fetch-shard.ts';

const REF: AttemptRef = { runtime: 'docker', node: 'n', attempt: 'a', id: 'c', spool: 'volume:v' };
const RESULT = { type: 'result', kind: 'scan', exit: 0, reason: 'finished', durationMs: 1 };
const { shard, packed, result } = SPOOL_FILES;

/** A spool with these files; `told`: what its result has of the packed shard. */
async function fetched(there: readonly string[], told: object, travels: boolean): Promise<[string | null, string[]]> {
  const dir = temporaryDirectory();
  const asked: string[] = [];
  writeFileSync(join(dir, result), JSON.stringify({ ...RESULT, ...told }));
  const fetch = (_ref: AttemptRef, names: readonly string[]): Promise<FetchedFile[]> => {
    asked.push(...names);
    const found = names.filter((name) => there.includes(name));
    return Promise.resolve(found.map((name) => ({ name, path: join(dir, name), bytes: 1, copied: true })));
  };
  const found = await fetchShard({ fetch }, REF, travels, dir);
  expect(found.isPacked).toBe(found.shard?.name === packed);
  return [found.shard?.name ?? null, asked];
}

it('over a network the packed shard comes and the other one stays where it is', async () => {
  expect(await fetched([shard, packed, result], { packedBytes: 5 }, true)).toEqual([packed, [result, packed]]);
});

it('a worker that was killed, was older or had no room for it leaves its shard all the same', async () => {
  const whole = [shard, `${shard}-journal`];
  // Killed while it packed: half a file, of which no result tells.
  expect(await fetched([shard, packed], {}, true)).toEqual([shard, [result, ...whole]]);
  expect(await fetched([shard, result], {}, true)).toEqual([shard, [result, ...whole]]);
  expect(await fetched([shard, result], { packedBytes: 5 }, true)).toEqual([shard, [result, packed, ...whole]]);
  expect(await fetched([], {}, true)).toEqual([null, [result, ...whole]]);
});

it('what does not travel is taken as it lies there', async () => {
  expect(await fetched([shard, packed, result], { packedBytes: 5 }, false)).toEqual([
    shard,
    [shard, `${shard}-journal`, result],
  ]);
});
