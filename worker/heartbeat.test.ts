import { existsSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SPOOL_FILES } from '../shared/worker-protocol.ts';
import { temporaryDirectory } from '../test/support/temporary.ts';
import { Heartbeat } from './heartbeat.ts';

const LONG_AGO = new Date(1_000_000_000_000);

function heartbeatOf(spool: string): { at(ms: number, mainThreadLives: boolean): boolean } {
  const path = join(spool, SPOOL_FILES.heartbeat);
  let now = 0;
  const heartbeat = new Heartbeat(spool, () => now);
  return {
    /** Whether the file was touched then. */
    at: (ms, mainThreadLives) => {
      now = ms;
      if (existsSync(path)) utimesSync(path, LONG_AGO, LONG_AGO);
      if (mainThreadLives) heartbeat.mainThreadLives();
      heartbeat.tick();
      return existsSync(path) && statSync(path).mtimeMs > LONG_AGO.getTime();
    },
  };
}

it('touches its file every 5 s at most, and from the start', () => {
  const heartbeat = heartbeatOf(temporaryDirectory());
  expect(heartbeat.at(0, true)).toBe(true);
  expect(heartbeat.at(1000, true)).toBe(false);
  expect(heartbeat.at(4999, true)).toBe(false);
  expect(heartbeat.at(5000, true)).toBe(true);
  expect(heartbeat.at(9999, true)).toBe(false);
});

it('stops where the main thread is silent, and goes on with it', () => {
  const heartbeat = heartbeatOf(temporaryDirectory());
  expect(heartbeat.at(0, true)).toBe(true);
  expect(heartbeat.at(6000, false)).toBe(false);
  expect(heartbeat.at(60_000, false)).toBe(false);
  expect(heartbeat.at(60_500, true)).toBe(true);
});

it('makes its file again where it is gone, and throws nothing where the spool is', () => {
  const spool = temporaryDirectory();
  const heartbeat = heartbeatOf(spool);
  expect(heartbeat.at(0, true)).toBe(true);
  rmSync(join(spool, SPOOL_FILES.heartbeat));
  expect(heartbeat.at(5000, true)).toBe(true);
  rmSync(spool, { recursive: true });
  expect(heartbeat.at(10_000, true)).toBe(false);
});
