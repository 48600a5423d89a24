import { expect, it } from 'vitest';
import type { ChunkRow } from '../catalog/api.ts';
import { HeldChunks } from './held-chunks.ts';

const chunk = (id: number): ChunkRow => ({ id }) as ChunkRow;

it('what a paused chunk leaves waits with it, and goes on whichever of them is named', () => {
  const held = new HeldChunks();
  expect(held.hold(1, 'paused')).toEqual([]);
  held.inherit(1, [chunk(10), chunk(11)]);
  held.inherit(2, [chunk(20)]);
  held.put(chunk(10));
  held.put(chunk(11));
  expect([held.wishOf(1), held.wishOf(11), held.wishOf(20), held.count]).toEqual(['paused', 'paused', null, 2]);
  held.inherit(11, [chunk(12)]);
  expect(held.release(12).map(({ id }) => id)).toEqual([10, 11]);
  expect([held.wishOf(1), held.count]).toEqual([null, 0]);
});

it('a paused chunk can be stopped, and what waits of it with it', () => {
  const held = new HeldChunks();
  held.hold(1, 'paused');
  held.put(chunk(1));
  expect(held.hold(1, 'stopped').map(({ id }) => id)).toEqual([1]);
  expect([held.wishOf(1), held.count]).toEqual(['stopped', 0]);
  expect(held.hold(1, 'stopped')).toEqual([]);
});
