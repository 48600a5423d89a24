import { spawnSync } from 'node:child_process';
import type * as perfHooks from 'node:perf_hooks';
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Sqlite from 'better-sqlite3';
import * as v from 'valibot';
import { LoadSchema } from '../shared/settings.ts';
import { BenchApp, cpuBetween, makeHome } from './desktop-app.ts';
import { makeTree } from './make-tree.ts';
import { median } from './measure.ts';
import { pageTasks, startTrace } from './page-trace.ts';

// Started by scripts/bench-desktop.mjs, on a screen and a session bus of its own. Prints a line for each figure.
const { values } = parseArgs({
  options: {
    app: { type: 'string' },
    only: { type: 'string', default: 'start,busy,idle,scroll' },
    files: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '5' },
    // That of the app; workers are processes of this computer here, so that a faster one measures how they starve it.
    load: { type: 'string', default: 'gentle' },
    dir: { type: 'string', default: tmpdir() },
    // What the page's long tasks spent their time with, and how much of it they had a processor.
    trace: { type: 'boolean', default: false },
  },
});
const executable = values.app ?? '';
const IDLE_MS = 60_000;
/** Chromium has work of its own for some seconds after a start. */
const SETTLED_MS = 30_000;
const CHUNKS = 10_000;
const LOG_LINES = 1_000_000;
const SCROLL_MS = 5_000;
const LONG_TASK_MS = 50;

interface BrowserGlobals {
  requestAnimationFrame(callback: (at: number) => void): void;
  readonly performance: { now(): number };
  longTasks?: number[];
  PerformanceObserver: new (callback: (list: { getEntries(): { duration: number }[] }) => void) => {
    observe(options: { entryTypes: string[] }): void;
  };
  readonly document: { querySelector(selector: string): { scrollTop: number; scrollHeight: number } | null };
}

const bench: Readonly<Record<string, () => Promise<void>>> = { start, busy, idle, scroll };
for (const name of values.only.split(',')) await bench[name]?.();

/** From the start of the process to a usable window. Cold: the page cache is dropped before each, where this is root. */
async function start(): Promise<void> {
  for (const isCold of [true, false]) {
    const seconds: number[] = [];
    for (let round = 0; round < Number(values.runs); round += 1) {
      using home = makeHome();
      if (isCold) dropCaches();
      await using app = await BenchApp.launch(executable, home.path);
      seconds.push(app.startSeconds);
    }
    const all = seconds.map((one) => one.toFixed(2)).join(', ');
    say(`${isCold ? 'cold' : 'warm'} start to a usable window: median ${median(seconds).toFixed(2)} s (${all})`);
  }
}

/** Main's event loop and the page's long tasks while eight workers report and a million rows are merged. */
async function busy(): Promise<void> {
  const shape = { files: Number(values.files), directories: Number(values.files) / 20, nameBytes: 16, seed: 1 };
  const name = `smart-scanner-bench-${shape.files}-${shape.directories}-${shape.nameBytes}-${shape.seed}`;
  const tree = makeTree(join(values.dir, name), shape, say);
  using home = makeHome();
  await using desktop = await BenchApp.launch(executable, home.path);
  const { app, page } = desktop;
  await page.evaluate(() => {
    const all = globalThis as unknown as BrowserGlobals;
    const tasks: number[] = (all.longTasks = []);
    new all.PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      entryTypes: ['longtask'],
    });
  });
  await app.evaluate(() => {
    // What Playwright sends to main has no `require` of its own.
    const { mainModule } = process as unknown as { mainModule: { require(name: string): typeof perfHooks } };
    const { monitorEventLoopDelay } = mainModule.require('node:perf_hooks');
    const histogram = monitorEventLoopDelay({ resolution: 5 });
    histogram.enable();
    Object.assign(globalThis, { histogram });
  });
  if (values.trace) await startTrace(app);
  const load = v.parse(LoadSchema, values.load);
  // Where there is a Docker Engine, its containers get a tenth of a processor each: as if they ran on another machine, which is what the app is for.
  const isFar = process.env['DOCKER_HOST'] !== undefined;
  const workers = isFar ? ({ load, runtime: 'docker', cpus: 0.1 } as const) : ({ load, runtime: 'process' } as const);
  const startedAt = performance.now();
  const { runId } = await desktop.request('scan.start', {
    mountPath: tree,
    mountName: 'Bench',
    choices: { ...workers, maxContainers: 8, chunkEntries: shape.files / 100, planWay: 'measure' },
  });
  await page
    .getByRole('navigation', { name: 'Places' })
    .getByRole('button', { name: /^Scans/u })
    .click();
  await page
    .getByRole('button', { name: /^Bench/u })
    .first()
    .click();
  let most = 0;
  const before = desktop.cpuSeconds;
  let after: ReadonlyMap<string, number>;
  for (;;) {
    after = desktop.cpuSeconds;
    const run = (await desktop.request('state.get', undefined)).runs[runId];
    most = Math.max(most, run?.snapshot?.running.length ?? 0);
    if (run === undefined || run.phase === 'ended' || run.phase === 'refused') break;
    await delay(500);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const loop = await app.evaluate(() => {
    const { histogram } = globalThis as unknown as { histogram: { percentile(p: number): number; max: number } };
    return { p50: histogram.percentile(50), p99: histogram.percentile(99), max: histogram.max };
  });
  const tasks = await page.evaluate(() => (globalThis as unknown as BrowserGlobals).longTasks ?? []);
  const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(1);
  say(
    `scan of ${values.files} files in the app by ${workers.runtime} workers, load ${load}, up to ${most} chunks at once: ${seconds.toFixed(1)} s`,
  );
  say(`percent of a processor meanwhile, those that live to its end: ${cpuBetween(before, after, seconds).parts}`);
  say(`main's event loop meanwhile: p50 ${ms(loop.p50)} ms, p99 ${ms(loop.p99)} ms, longest ${ms(loop.max)} ms`);
  const longest = Math.max(0, ...tasks).toFixed(0);
  say(
    `long tasks of the page (over 50 ms): ${tasks.length}, ${tasks.filter((one) => one > 100).length} over 100 ms, longest ${longest} ms`,
  );
  if (!values.trace) return;
  for (const { wallMs, processorMs, parts } of await pageTasks(app, LONG_TASK_MS))
    say(`task of ${wallMs.toFixed(0)} ms, ${processorMs.toFixed(0)} of them on a processor: ${parts}`);
}

/** Processor time and new timers while the app sits in the tray. */
async function idle(): Promise<void> {
  using home = makeHome();
  await using desktop = await BenchApp.launch(executable, home.path);
  await desktop.app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.hide();
    const timers: number[] = [];
    for (const name of ['setTimeout', 'setInterval'] as const) {
      const real = globalThis[name] as (...args: unknown[]) => unknown;
      Object.assign(globalThis, {
        [name]: (...args: unknown[]) => {
          timers.push(Number(args[1] ?? 0));
          return real(...args);
        },
      });
    }
    Object.assign(globalThis, { timers });
  });
  await delay(SETTLED_MS);
  const before = desktop.cpuSeconds;
  await delay(IDLE_MS);
  const { percent, parts } = cpuBetween(before, desktop.cpuSeconds, IDLE_MS / 1000);
  const timers = await desktop.app.evaluate(() => (globalThis as unknown as { timers: number[] }).timers);
  say(
    `idle with the window hidden: ${percent.toFixed(2)} % of a processor over ${IDLE_MS / 1000} s, all processes (${parts})`,
  );
  say(`timers that main set meanwhile: ${timers.length}${timers.length === 0 ? '' : ` (${timers.join(', ')} ms)`}`);
}

/** Frames a second while ten thousand chunks and a million log lines are scrolled. */
async function scroll(): Promise<void> {
  using home = makeHome();
  const shape = { files: 1_000, directories: 50, nameBytes: 16, seed: 1 };
  const tree = makeTree(join(values.dir, 'smart-scanner-bench-1000-50-16-1'), shape, say);
  {
    await using desktop = await BenchApp.launch(executable, home.path);
    await desktop.request('scan.start', { mountPath: tree, mountName: 'Bench', choices: {} });
    await desktop.page
      .getByRole('navigation', { name: 'Places' })
      .getByRole('button', { name: /^Scans/u })
      .click();
    await desktop.page.getByText('Covered').waitFor();
  }
  record(join(home.path, 'data'));
  await using desktop = await BenchApp.launch(executable, home.path);
  const { page } = desktop;
  await page
    .getByRole('navigation', { name: 'Places' })
    .getByRole('button', { name: /^Scans/u })
    .click();
  await page
    .getByRole('button', { name: /^Bench/u })
    .first()
    .click();
  await page.getByRole('listbox', { name: 'List of chunks' }).waitFor();
  say(`${CHUNKS} chunks: ${await framesWhileScrolling(page, '[role=listbox]')}`);
  await page.keyboard.press('Control+j');
  await page.getByText('files in 56 directories').first().waitFor();
  say(`${LOG_LINES} log lines were read after ${await grown(page, '[aria-label=Lines]')} s`);
  say(`${LOG_LINES} log lines: ${await framesWhileScrolling(page, '[aria-label=Lines]')}`);
}

/** As a scan leaves them: the rows of its chunks again and again, and its log grown. */
function record(dataDir: string): void {
  const db = new Sqlite(join(dataDir, 'smart_catalog.db'));
  const columns = db
    .prepare<[], string>(`SELECT name FROM pragma_table_info('chunks') WHERE name <> 'id'`)
    .pluck()
    .all()
    .join(', ');
  const count = db.prepare<[], number>('SELECT count(*) FROM chunks').pluck().get() ?? 0;
  db.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${CHUNKS - count})
     INSERT INTO chunks(${columns}) SELECT ${columns} FROM n, (SELECT * FROM chunks LIMIT 1)`,
  );
  db.close();
  const log = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).find((name) =>
    /smart_scan_.*\.log$/u.test(name),
  );
  if (log === undefined) throw new Error(`No log in ${dataDir}`);
  const line = '2026-01-31 18:05:09 - INFO - Chunk 12 done: 1234 files in 56 directories merged in 12 ms\n';
  for (let written = 0; written < LOG_LINES; written += 10_000) appendFileSync(join(dataDir, log), line.repeat(10_000));
}

/** Until a list has stopped growing, seconds. */
async function grown(page: BenchApp['page'], selector: string): Promise<string> {
  const startedAt = performance.now();
  for (let before = -1; ;) {
    const height = await page.locator(selector).evaluate((box: { scrollHeight: number }) => box.scrollHeight);
    if (height === before) return ((performance.now() - startedAt) / 1000 - 2).toFixed(1);
    before = height;
    await delay(2_000);
  }
}

async function framesWhileScrolling(page: BenchApp['page'], selector: string): Promise<string> {
  const frames = await page.evaluate(
    ([which, ms]) =>
      new Promise<number[]>((resolve) => {
        const all = globalThis as unknown as BrowserGlobals;
        const box = all.document.querySelector(which);
        if (box === null) throw new Error(`There is no ${which}`);
        const startedAt = all.performance.now();
        const times: number[] = [];
        const frame = (at: number): void => {
          times.push(at);
          // As a wheel that is turned fast; back to the top at the end.
          box.scrollTop = box.scrollTop + 2_000 > box.scrollHeight ? 0 : box.scrollTop + 120;
          if (at - startedAt < ms) all.requestAnimationFrame(frame);
          else resolve(times.slice(1).map((time, index) => time - (times[index] ?? time)));
        };
        all.requestAnimationFrame(frame);
      }),
    [selector, SCROLL_MS] as const,
  );
  const sorted = frames.toSorted((a, b) => a - b);
  const perSecond = (frames.length / frames.reduce((sum, one) => sum + one, 0)) * 1000;
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  return `${perSecond.toFixed(1)} frames a second, 99 in 100 within ${p99.toFixed(1)} ms, longest ${(sorted.at(-1) ?? 0).toFixed(0)} ms`;
}

function dropCaches(): void {
  if (process.getuid?.() !== 0) return;
  spawnSync('sync');
  writeFileSync('/proc/sys/vm/drop_caches', '3');
}

function say(line: string): void {
  console.log(line);
}
