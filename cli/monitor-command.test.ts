import pc from 'picocolors';
import { expect, it } from 'vitest';
import type { App, LiveScan } from '../engine/app/app.ts';
import type { ScanSnapshot } from '../shared/snapshot.ts';
import { monitorCommand } from './monitor-command.ts';
import type { Terminal } from './terminal.ts';

const snapshot: ScanSnapshot = {
  version: 1,
  revision: 1,
  scanId: 's',
  mountName: 'Videos',
  mountPath: '/mnt/user/Videos',
  runtime: 'process',
  host: 'this computer',
  phase: 'scanning',
  mountId: '1',
  hostLostAtMs: null,
  pauses: [],
  planning: false,
  owner: 'me@here',
  logPath: '/log',
  startedAtMs: 1_000,
  updatedAtMs: 2_000,
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
};

async function shown(scan: Omit<LiveScan, 'snapshot'>): Promise<string> {
  const out: string[] = [];
  const terminal: Terminal = {
    live: false,
    gone: new AbortController().signal,
    flushed: () => Promise.resolve(true),
    colors: pc.createColors(false),
    width: () => 100,
    out: (text) => out.push(text),
    err: () => undefined,
    draw: () => undefined,
  };
  const app = {
    queries: {
      watchScans: (listener: (scans: readonly LiveScan[]) => void) => {
        listener([{ ...scan, snapshot }]);
        return Promise.resolve();
      },
    },
  } as unknown as App;
  await monitorCommand(app, { once: true, json: false }, terminal);
  return out.join('\n');
}

it('tells apart a scan that runs, one that lives but says nothing, and one whose program died', async () => {
  const running = await shown({ alive: true, silentMs: 400 });
  expect(running).toContain('Videos  Scanning');
  expect(running).not.toContain('Nothing heard');
  const held = await shown({ alive: true, silentMs: 65_400 });
  expect(held).toContain('Videos  Scanning');
  expect(held).toContain('Nothing heard of it for 1m 5s: what stands above is that old.');
  const dead = await shown({ alive: false, silentMs: 2_100 });
  expect(dead).not.toContain('Scanning');
  expect(dead).toContain('Videos: the scan by me@here ended without closing.');
});
