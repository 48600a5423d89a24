import { expect, it } from 'vitest';
import { FullDisk } from './full-disk.ts';

it('workers that meet the same full disk side by side count once, so that one bad moment does not end a scan', () => {
  const disk = new FullDisk();
  for (let worker = 0; worker < 8; worker += 1) disk.met(false, 'full');
  expect([disk.tight, disk.givenUp]).toEqual([true, null]);
});

it('after three in a row, alone, the rest is given up with the reason of the last', () => {
  const disk = new FullDisk();
  disk.met(false, 'first');
  disk.met(true, 'second');
  expect(disk.givenUp).toBeNull();
  disk.met(true, 'third');
  expect(disk.givenUp).toBe('third');
});

it('what could be merged begins the count anew: a chunk too large for the disk does not stop the small ones', () => {
  const disk = new FullDisk();
  for (let round = 0; round < 10; round += 1) {
    disk.met(false, 'full');
    disk.met(true, 'full');
    disk.eased();
    expect([disk.tight, disk.givenUp]).toEqual([false, null]);
  }
});

it('what was given up stays so', () => {
  const disk = new FullDisk();
  disk.giveUp('nothing can be noted');
  disk.eased();
  disk.giveUp('later');
  expect(disk.givenUp).toBe('nothing can be noted');
});
