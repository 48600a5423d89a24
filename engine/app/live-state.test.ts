import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ScanSnapshot } from '../../shared/snapshot.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { LiveStateWriter, readLiveStates, watchLiveStates } from './live-state.ts';

function snapshot(scanId: string, revision: number, more: Partial<ScanSnapshot> = {}): ScanSnapshot {
  return {
    version: 1,
    revision,
    scanId,
    mountName: 'Films',
    mountPath: '/mnt/user/Films',
    runtime: 'process',
    host: 'this computer',
    phase: 'scanning',
    mountId: '1',
    hostLostAtMs: null,
    pauses: [],
    planning: false,
    owner: 'somebody@here',
    logPath: '/log',
    startedAtMs: revision,
    updatedAtMs: revision,
    finishedAtMs: null,
    files: 1,
    directories: 1,
    bytes: 1,
    failedDirectories: 0,
    filesPerSecond: 1,
    measuredEntries: null,
    fraction: null,
    etaMs: null,
    chunks: { planned: 1, queued: 0, running: 1, merging: 0, waiting: 0, done: 0, failed: 0, paused: 0 },
    maxContainers: 1,
    allowedWorkers: 1,
    load: 'balanced',
    running: [],
    problems: [],
    certificate: null,
    ...more,
  };
}

describe('the live state of a scan', () => {
  it('is seen at once, as a whole, and is gone with the scan', async () => {
    const dir = join(temporaryDirectory(), 'live');
    const writer = new LiveStateWriter(dir, 'a');
    writer.update(snapshot('a', 1));
    await vi.waitFor(async () => expect(await readLiveStates(dir)).toEqual([snapshot('a', 1)]));
    expect(readdirSync(dir)).toEqual(['a.json']);
    await writer.end();
    expect(existsSync(join(dir, 'a.json'))).toBe(false);
  });

  it('shows a new phase at once, though figures wait for the second to be over', async () => {
    const dir = temporaryDirectory();
    const writer = new LiveStateWriter(dir, 'a');
    writer.update(snapshot('a', 1));
    writer.update(snapshot('a', 2));
    writer.update(snapshot('a', 3, { phase: 'closing' }));
    await vi.waitFor(() => expect(readFileSync(join(dir, 'a.json'), 'utf8')).toContain('"closing"'), { timeout: 800 });
    await writer.end();
  });

  it('writes the newest figures after a second', async () => {
    const dir = temporaryDirectory();
    const writer = new LiveStateWriter(dir, 'a');
    writer.update(snapshot('a', 1));
    for (let revision = 2; revision < 50; revision += 1) writer.update(snapshot('a', revision));
    await vi.waitFor(async () => expect((await readLiveStates(dir))[0]?.revision).toBe(49), { timeout: 5000 });
    await writer.end();
  });

  it('that is damaged, half written or of another program is left out, the others are not', async () => {
    const dir = temporaryDirectory();
    writeFileSync(join(dir, 'broken.json'), '{"version":1,"scan');
    writeFileSync(join(dir, 'other.json'), '{"version":2,"scanId":"x"}');
    writeFileSync(join(dir, 'list.json'), '[]');
    writeFileSync(join(dir, 'b.json'), JSON.stringify(snapshot('b', 2)));
    writeFileSync(join(dir, 'a.json'), JSON.stringify(snapshot('a', 1)));
    writeFileSync(join(dir, 'c.json.new'), JSON.stringify(snapshot('c', 3)));
    expect((await readLiveStates(dir)).map(({ scanId }) => scanId)).toEqual(['a', 'b']);
    expect(await readLiveStates(join(dir, 'nowhere'))).toEqual([]);
  });

  it('never fails a scan: a directory that can not be made is nobody watching', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    const writer = new LiveStateWriter(join(file, 'live'), 'a');
    writer.update(snapshot('a', 1));
    await expect(writer.end()).resolves.toBeUndefined();
  });

  it('is followed until the watcher has enough', async () => {
    const dir = temporaryDirectory();
    const stop = new AbortController();
    let looks = 0;
    const watching = watchLiveStates(
      dir,
      () => {
        looks += 1;
        return Promise.resolve();
      },
      stop.signal,
    );
    await vi.waitFor(() => expect(looks).toBe(1));
    writeFileSync(join(dir, 'a.json'), JSON.stringify(snapshot('a', 1)));
    await vi.waitFor(() => expect(looks).toBeGreaterThan(1), { timeout: 5000 });
    stop.abort();
    await watching;
  });
});
