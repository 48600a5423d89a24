import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { ScanLocks } from './locks.ts';
import { Reserve } from './reserve.ts';

describe('the room that is kept', () => {
  it('is really taken, also where the file system compresses', () => {
    const path = join(temporaryDirectory(), 'reserve');
    const reserve = new Reserve(path);
    const bytes = readFileSync(path);
    expect(bytes.length).toBeGreaterThan(1024 ** 2);
    expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(bytes.length);
    expect(gzipSync(bytes, { level: 1 }).length).toBeGreaterThan(bytes.length * 0.9);
    reserve.remove();
    expect(existsSync(path)).toBe(false);
  });

  it('is given back bit by bit, so that workers that still write do not get all of it at once', () => {
    const path = join(temporaryDirectory(), 'reserve');
    const reserve = new Reserve(path);
    const whole = statSync(path).size;
    expect(reserve.give()).toBe(true);
    expect(statSync(path).size).toBeGreaterThan(whole / 2);
    let times = 1;
    while (reserve.give()) times += 1;
    expect(times).toBe(8);
    expect(existsSync(path)).toBe(false);
  });

  it('stops no scan where it can not be had', () => {
    expect(new Reserve(join(temporaryDirectory(), 'nowhere', 'reserve')).give()).toBe(false);
  });
});

describe('of a scan', () => {
  it('goes when the scan ends, and what a killed owner left goes with the next one', () => {
    const catalog = join(temporaryDirectory(), 'catalog.db');
    const [mine, yours] = [new ScanLocks(catalog), new ScanLocks(catalog)];
    const reserves = (): string[] =>
      readdirSync(join(catalog, '..', 'locks')).filter((name) => name.endsWith('.reserve'));
    yours.acquire('b');
    writeFileSync(join(catalog, '..', 'locks', 'scan-killed.reserve'), 'x');
    mine.acquire('a');
    expect(reserves().sort()).toEqual(['scan-a.reserve', 'scan-b.reserve']);
    mine.releaseAll();
    expect(reserves()).toEqual(['scan-b.reserve']);
    expect([mine.holdsAny, yours.holdsAny, mine.giveRoom(), yours.giveRoom()]).toEqual([false, true, false, true]);
    yours.releaseAll();
    expect(reserves()).toEqual([]);
  });
});
