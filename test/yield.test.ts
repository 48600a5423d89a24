import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import type { App, ScanListener } from '../engine/app/app.ts';
import { createApp } from '../engine/app/create.ts';
import { runtimeSources } from '../engine/runtime/sources.ts';
import { defaultSettings } from '../shared/settings.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { expectSame } from './support/compare.ts';
import { describeWithRuntimes, type TestRuntime } from './support/runtimes.ts';
import { temporaryDirectory } from './support/temporary.ts';

const ROOT = join(import.meta.dirname, '..');
const tree = join(temporaryDirectory(), 'tree');
const CHECK = 'mdResyncAction="check P"\nmdResync="1000"\nmdResyncPos="420"\nmdResyncDt="60"\n';

beforeAll(() => {
  makePlainTree(tree, 40, 10);
});

/** As the command line makes it, but for where the host tells of its own work. */
function appOf(runtime: TestRuntime, dataDir: string, neighbours: { parity: string; mover: string }): App {
  const environment = { ...process.env, ...runtime.options.env };
  return createApp({
    dataDir,
    dbName: 'smart_catalog.db',
    nodePath: process.execPath,
    catalogBundle: join(ROOT, 'dist', 'catalog.mjs'),
    allowAnyFilesystem: false,
    environment,
    neighbours,
    runtimes: (places, choice) =>
      runtimeSources({
        nodePath: process.execPath,
        workerBundle: join(ROOT, 'dist', 'worker.cjs'),
        contextRoot: ROOT,
        spools: places.spools,
        choice,
        environment,
      }),
  });
}

describeWithRuntimes('a parity check', (runtime) => {
  it('is said before the scan, and with --yield-to the scan waits for its end', { timeout: 400_000 }, async () => {
    const dataDir = temporaryDirectory();
    const host = join(temporaryDirectory(), 'host');
    mkdirSync(host);
    const neighbours = { parity: join(host, 'var.ini'), mover: join(host, 'mover.pid') };
    writeFileSync(neighbours.parity, CHECK);
    const app = appOf(runtime, dataDir, neighbours);
    onTestFinished(() => app.close());
    const said: string[] = [];
    const listener: ScanListener = {
      snapshot: (snapshot) => {
        // Nothing runs while it is paused, then the check ends.
        if (snapshot.phase !== 'paused') return;
        said.push(`running ${snapshot.running.length}`);
        rmSync(neighbours.parity, { force: true });
      },
      log: ({ text }) => said.push(text),
      progress: (text) => said.push(text),
    };
    const settings = { ...defaultSettings(), runtime: runtime.kind, yieldTo: ['parity' as const, 'mover' as const] };
    const handle = app.commands.scan({ mountPath: tree, mountName: 'M', settings }, listener);
    const { exitStatus } = await handle.done;
    expect(exitStatus).toBe(0);
    expect(said).toContain('On this host a parity check runs (check P, 42 %): that and the scan slow each other down.');
    expect(said).toContain('PAUSED: a parity check runs (check P, 42 %)');
    expect(said.filter((text) => text.startsWith('running ')).every((text) => text === 'running 0')).toBe(true);
    const place = (text: string): number => said.findIndex((line) => line.startsWith(text));
    expect(place('RESUMED')).toBeGreaterThan(place('PAUSED'));
    expect(place('PLAN measuring')).toBeGreaterThan(place('RESUMED'));
    expectSame(dataDir, 'M', tree);
  });

  it('is no reason to wait where nobody asked for that', async () => {
    const dataDir = temporaryDirectory();
    const host = temporaryDirectory();
    const neighbours = { parity: join(host, 'var.ini'), mover: join(host, 'mover.pid') };
    writeFileSync(neighbours.parity, CHECK);
    writeFileSync(neighbours.mover, String(process.pid));
    const app = appOf(runtime, dataDir, neighbours);
    onTestFinished(() => app.close());
    const said: string[] = [];
    const listener = { snapshot: () => undefined, log: () => undefined, progress: (text: string) => said.push(text) };
    const settings = { ...defaultSettings(), runtime: runtime.kind };
    const { exitStatus } = await app.commands.scan({ mountPath: tree, mountName: 'M', settings }, listener).done;
    expect(exitStatus).toBe(0);
    expect(said.join('\n')).toContain('On this host a parity check runs (check P, 42 %) and the mover runs');
  });
});
